# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens where a module meets what real estates have: odd options, other hosts' Pythons, odd replies."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.modules import digicert_order_statuses
from ansible_collections.certops.certcentral.tests.unit.support import KEY, run_main


@pytest.mark.parametrize("orders", [["x"], "x", [None], [[1]]])
def test_orders_that_are_no_dicts_do_not_show_the_key(orders: t.Any) -> None:
    """Ansible's own argument check fails then, before it knows of any secret."""
    options = {"orders": orders, "status": "renewed", "api_key": f" {KEY}\n"}
    result = run_main(digicert_order_statuses.main, options)
    assert result["failed"]
    # ansible-core 2.21 and later name no invocation unless asked.
    assert "module_args" in result.get("invocation", {"module_args": None})
    assert KEY not in json.dumps(result)
