"""The content of the built collection, and Galaxy's own checks of it. The variable ARTIFACT names its file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

# The files and folders in the collection. galaxy.yml excludes all others.
SHIPPED = {"CHANGELOG.md", "FILES.json", "LICENSE", "LICENSES", "MANIFEST.json", "README.md", "REUSE.toml"}
SHIPPED |= {"requirements.txt", "changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles", "tests"}


@pytest.fixture
def artifact() -> Path:
    return Path(os.environ["ARTIFACT"])


def test_artifact_has_only_the_files_that_users_and_certification_need(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        assert {name.split("/")[0] for name in archive.getnames()} == SHIPPED


def test_galaxy_reports_no_problem(artifact: Path) -> None:
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
    # galaxy_importer succeeds even if it finds problems.
    assert ran.returncode == 0 and "Importing" in ran.stdout, ran.stdout
    assert re.findall(r"^(?:WARNING|ERROR|CRITICAL).*", ran.stdout, re.MULTILINE) == []
