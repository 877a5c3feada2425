# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.awx.support import COLLECTION, run


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the built collection, whose file ARTIFACT names, installed."""
    folder = tmp_path_factory.mktemp("collections")
    run(
        *("ansible-galaxy", "collection", "install", "--offline", os.environ["ARTIFACT"]),
        *("--collections-path", folder),
        cwd=folder,
    )
    assert (folder / COLLECTION / "plugins").is_dir()
    return folder
