"""The requirements that ansible-builder finds in the installed collection. Building an image would need containers and a network."""

from __future__ import annotations

import re
import textwrap
import typing as t
from pathlib import Path

import yaml

from ansible_collections.certops.certcentral.tests.awx.support import COLLECTION, run

NEEDED = "requests>=2.25.1"


def create(definition: dict[str, t.Any], folder: Path) -> Path:
    """Return the folder of the build context with the files for the image."""
    file = folder / "execution-environment.yml"
    file.write_text(yaml.safe_dump(definition), encoding="utf-8")
    run("ansible-builder", "create", "--file", file, "--context", folder / "context", cwd=folder)
    return folder / "context" / "_build"


def test_build_context_contains_the_requirements_of_the_collection(collections: Path, tmp_path: Path) -> None:
    root = collections / COLLECTION
    definition = yaml.safe_load((root / "meta" / "execution-environment.yml").read_text(encoding="utf-8"))
    # In a collection, the path is relative to the collection. In a definition, it is relative to the definition.
    definition["dependencies"]["python"] = str(root / definition["dependencies"]["python"])
    requirements = create(definition, tmp_path) / "requirements.txt"
    lines = requirements.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == [NEEDED]


def test_definition_in_the_guide_names_the_collection(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "docsite" / "rst" / "guide_awx.rst").read_text(encoding="utf-8")
    [block] = re.findall(r"(?m)^    ---\n    version: 3\n(?:    .*\n|\n)+", guide)
    definition = yaml.safe_load(textwrap.dedent(block))
    requirements = create(definition, tmp_path) / "requirements.yml"
    assert yaml.safe_load(requirements.read_text(encoding="utf-8")) == {
        "collections": [{"name": "certops.certcentral"}]
    }


def test_image_with_the_collection_gets_its_requirements(collections: Path, tmp_path: Path) -> None:
    """A build runs this command in the image after the collections are installed."""
    found = yaml.safe_load(run("ansible-builder", "introspect", collections, cwd=tmp_path))
    assert found == {"python": [f"{NEEDED}  # from collection certops.certcentral"], "system": []}
