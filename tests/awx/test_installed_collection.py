"""The installed collection as AWX uses it: its requirements in ansible-builder, and a playbook in ansible-runner.

Building an image would need containers and a network.
"""

from __future__ import annotations

import json
import re
import textwrap
import typing as t
from pathlib import Path

import yaml

from ansible_collections.certops.certcentral.tests.awx.controller import inject
from ansible_collections.certops.certcentral.tests.awx.support import COLLECTION, run, run_job
from ansible_collections.certops.certcentral.tests.simulator import Simulator

NEEDED = "requests>=2.25.1"
PLAYBOOK = "certops.certcentral.mark_renewed_migrated_orders"


def create(definition: dict[str, t.Any], folder: Path) -> Path:
    """Return the folder with the files for the image."""
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


def test_only_the_first_run_changes_an_order(account: Simulator, collections: Path, tmp_path: Path) -> None:
    page, data = tmp_path / "report.html", tmp_path / "report.json"
    variables = {"mark_renewed_report_html": str(page), "mark_renewed_report_json": str(data)}
    # The key and the address come from the credential. If the credential has no address, it comes from a variable.
    variables["digicert_api_url"] = "{{ address | default('') }}"
    # In a project, a playbook imports the playbook of the collection.
    (tmp_path / "clean_up.yml").write_text(json.dumps([{"ansible.builtin.import_playbook": PLAYBOOK}]))
    given: dict[str, t.Any] = {"extravars": {**variables, "address": account.url}, "project_dir": str(tmp_path)}
    says = run_job(tmp_path / "run", collections, "clean_up.yml", inject(api_key=account.key), **given)
    assert ">Result: 1 order marked renewed<" in page.read_text(encoding="utf-8")
    assert [(change.order_id, change.status) for change in account.changes] == [(1, "renewed")]

    environment = inject(api_key=account.key, region="eu", api_url=account.url)
    says += run_job(tmp_path / "again", collections, PLAYBOOK, environment, extravars=variables)
    assert ">Result: nothing to do<" in page.read_text(encoding="utf-8")
    assert json.loads(data.read_text(encoding="utf-8"))["orders"] == [] and len(account.changes) == 1
    assert account.key not in says


def test_empty_key_is_refused(account: Simulator, collections: Path, tmp_path: Path) -> None:
    says = run_job(tmp_path / "run", collections, PLAYBOOK, inject(api_url=account.url), code=2)
    assert "api_key is missing: set it, or the environment variable DIGICERT_API_KEY" in says
    assert account.requests == []
