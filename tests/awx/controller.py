"""The files in docs/awx: the configuration of AWX and automation controller, and the credential type with the environment that it makes."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

DOCS = Path(__file__).parents[2] / "docs" / "awx"
# For each list, the module of awx.awx whose arguments an entry contains. The names of the lists are those of the roles dispatch of
# infra.aap_configuration 3.0.0 and of infra.controller_configuration. Neither is on a package index, so the names were compared once,
# with roles/dispatch/defaults/main.yml and docs/CONVERSION_GUIDE.md of both.
MODULES = {
    "controller_credential_types": "credential_type",
    "controller_credentials": "credential",
    "controller_execution_environments": "execution_environment",
    "controller_projects": "project",
    "controller_inventories": "inventory",
    "controller_templates": "job_template",
    "controller_workflows": "workflow_job_template",
    "controller_schedules": "schedule",
}


class _Loader(yaml.SafeLoader):
    """A loader that reads ``!unsafe`` as Ansible does, as the text itself."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(t.cast(yaml.ScalarNode, node)))


def load() -> dict[str, list[dict[str, t.Any]]]:
    """Return all lists, by the names of their variables."""
    found: dict[str, list[dict[str, t.Any]]] = {}
    for file in sorted((DOCS / "controller").glob("*.yml")):
        lists = yaml.load(file.read_text(encoding="utf-8"), _Loader)
        assert not found.keys() & lists.keys()
        found.update(lists)
    return found


LISTS = load()


def named(kind: str) -> dict[str, dict[str, t.Any]]:
    """Return the entries of a list, by name."""
    entries = {entry["name"]: entry for entry in LISTS[kind]}
    assert len(entries) == len(LISTS[kind])
    return entries


TEMPLATES = named("controller_templates")
WORKFLOWS = named("controller_workflows")
SCHEDULES = named("controller_schedules")


def nodes(workflow: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """Return the nodes of a workflow, by identifier."""
    return {node["identifier"]: node for node in workflow["workflow_nodes"]}


def template_of(workflow: dict[str, t.Any], identifier: str) -> dict[str, t.Any]:
    """Return the job template of a node."""
    return TEMPLATES[nodes(workflow)[identifier]["unified_job_template"]["name"]]


def schedule_of(workflow: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the only schedule of a workflow."""
    [schedule] = [entry for entry in SCHEDULES.values() if entry["unified_job_template"] == workflow["name"]]
    return schedule


INPUTS: dict[str, t.Any] = yaml.safe_load((DOCS / "credential_type_inputs.yml").read_text(encoding="utf-8"))
INJECTORS: dict[str, t.Any] = yaml.safe_load((DOCS / "credential_type_injectors.yml").read_text(encoding="utf-8"))


def inject(**values: str) -> dict[str, str]:
    """Return the environment variables of a job whose credential has these values.

    AWX renders each template with the values that are not empty. An undefined value becomes an empty string.
    """
    environment = ImmutableSandboxedEnvironment()
    given = {name: value for name, value in values.items() if value}
    return {name: environment.from_string(text).render(given) for name, text in INJECTORS["env"].items()}
