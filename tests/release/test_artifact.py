# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in the built collection, whose file ARTIFACT names, and what Galaxy would say of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

# galaxy.yml says what stays out.
SHIPPED = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "LICENSES",
    "MANIFEST.json",
    "README.md",
    "REUSE.toml",
    "changelogs",
    "docs",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
    "tests",
}


@pytest.fixture
def artifact() -> Path:
    return Path(os.environ["ARTIFACT"])


def test_it_has_what_users_and_certification_need_and_no_more(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        assert {name.split("/")[0] for name in archive.getnames()} == SHIPPED


def test_galaxy_has_nothing_to_say(artifact: Path) -> None:
    strict = {"GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true", "GALAXY_IMPORTER_REQUIRE_V1_OR_GREATER": "true"}
    ran = subprocess.run(
        [sys.executable, "-m", "galaxy_importer.main", artifact.name],
        cwd=artifact.parent,
        env={**os.environ, **strict},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    # It succeeds whatever it finds.
    assert ran.returncode == 0 and "Importing" in ran.stdout, ran.stdout
    assert re.findall(r"^(?:WARNING|ERROR|CRITICAL).*", ran.stdout, re.MULTILINE) == []
