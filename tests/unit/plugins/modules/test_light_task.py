# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task for a single order imports. Ansible compiles the collection's own code anew for every task."""

from __future__ import annotations

from ansible_collections.certops.certcentral.tests.benchmarks import statements


def test_task_for_one_order_does_not_import_all_of_requests() -> None:
    """Importing requests takes as long as the rest of a task. Its part urllib3 is enough without a proxy."""
    imported = statements.find_imports()
    assert "urllib3" in imported
    assert {"requests", "charset_normalizer", "concurrent.futures"} & imported.keys() == set()
