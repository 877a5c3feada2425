"""The tests, files, variables and reasons that the docs name exist, and the docs name all that they should."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml

from ansible_collections.certops.certcentral.plugins.module_utils import _errors
from ansible_collections.certops.certcentral.plugins.plugin_utils._advice import NOT_REVIEWED, REASONS
from ansible_collections.certops.certcentral.tests.tools.guides import GUIDES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(GUIDES.glob("*.rst"))]
ROLES = {"mark_renewed": "mark_renewed_migrated_orders", "cancel_stale": "cancel_stale_pending_orders"}


def text_of(pages: list[Path]) -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def test_tests_that_the_docs_name_exist() -> None:
    named = set(re.findall(r"`(test_\w+)(?:\.py)?`", text_of(PAGES)))
    sources = sorted((ROOT / "tests" / "unit").rglob("test_*.py"))
    found = {path.stem for path in sources} | set(re.findall(r"def (test_\w+)", text_of(sources)))
    assert len(named) > 10 and named - found == set()


def test_files_and_targets_that_the_docs_name_exist() -> None:
    named = set(re.findall(r"`((?:tests|docs|plugins|roles|playbooks|extensions)/[\w/.]+)`", text_of(PAGES)))
    model = (ROOT / "docs" / "threat_model.md").read_text(encoding="utf-8")
    targets = {path.name for path in (ROOT / "tests" / "integration" / "targets").iterdir()}
    in_brackets = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"\[(`[^\]]*`)\]", model))))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    assert {name for name in in_brackets if not name.startswith("test_")} - targets == set()
    assert in_brackets & targets


def test_variables_that_the_docs_name_exist() -> None:
    for role, playbook in ROLES.items():
        specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        [spec] = specs["argument_specs"].values()
        options = {*spec["options"], f"{role}_result"}
        named = set(re.findall(rf"\b{role}_\w+", text_of(PAGES))) - {playbook}
        assert named and named - options == set()


def test_every_reason_of_a_failure_has_a_section() -> None:
    text = (GUIDES / "guide_failures.rst").read_text(encoding="utf-8")
    reasons = t.get_args(_errors.Reason)
    assert len(reasons) > 10 and sorted(re.findall(r"^([a-z_]+)\n\^+$", text, re.MULTILINE)) == sorted(reasons)


def test_every_reason_of_a_clean_up_has_a_row() -> None:
    text = (GUIDES / "guide_clean_ups.rst").read_text(encoding="utf-8")
    rows = set(re.findall(r"^    \* - ``(\w+)``$", text, re.MULTILINE))
    assert len(rows) > 10 and rows | set(NOT_REVIEWED) == set(REASONS)


def test_start_page_and_readme_name_every_page() -> None:
    sections = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    pages = [page for section in sections for page in section["toctree"]]
    modules = [path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")]
    start = (ROOT / "docs" / "index.rst").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = [f"<docsite/{page}>" for page in pages] + [f"<{name}_module>" for name in modules]
    linked += [f"<{role}_role>" for role in ROLES]
    assert [link for link in linked if f"{link}`" not in start] == []
    named = [f"/{page}.rst)" for page in pages if page.startswith("guide_")] + [f"`{name}`" for name in ROLES]
    named += [f"`certops.certcentral.{name}`" for name in [*modules, *ROLES.values()]]
    assert [name for name in named if name not in readme] == []


def test_every_argument_of_the_event_source_has_a_row() -> None:
    source = (ROOT / "extensions" / "eda" / "plugins" / "event_source" / "order_changes.py").read_text(encoding="utf-8")
    [documentation] = re.findall(r'^DOCUMENTATION = r"""(.+?)"""', source, re.MULTILINE | re.DOTALL)
    defaults = {name: option.get("default") for name, option in yaml.safe_load(documentation)["options"].items()}
    text = (GUIDES / "event_source_order_changes.rst").read_text(encoding="utf-8")
    rows = re.findall(r"^    \* - ``(\w+)``\n      -(?: ``(\w+)``)?", text, re.MULTILINE)
    shown = {name: yaml.safe_load(default) if default else None for name, default in rows}
    assert shown == defaults
