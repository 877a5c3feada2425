"""The configuration in docs/awx, checked against the argument specs of awx.awx and AWX's own rules, and run with ansible-runner."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.certops.certcentral.tests.awx.controller import (
    DOCS,
    INJECTORS,
    INPUTS,
    LISTS,
    MODULES,
    SCHEDULES,
    TEMPLATES,
    WORKFLOWS,
    inject,
    named,
    nodes,
    schedule_of,
    template_of,
)
from ansible_collections.certops.certcentral.tests.awx.support import ORDERS, run_job
from ansible_collections.certops.certcentral.tests.simulator import Simulator

ROOT = DOCS.parents[1]
NAMES = sorted(WORKFLOWS)
# The types of questions in a survey of AWX, each with the Python type of an answer.
ANSWERS = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "integer": int, "float": float}
QUESTION = {"question_name", "question_description", "variable", "type", "required", "min", "max", "default", "choices"}


def role_of(template: dict[str, t.Any]) -> str:
    """Return the role that the project's playbook applies."""
    [play] = yaml.safe_load((DOCS / "project" / template["playbook"]).read_text(encoding="utf-8"))
    [role] = play["roles"]
    return str(role["role"]).removeprefix("certops.certcentral.")


def is_path(variable: str) -> bool:
    """Return whether a variable is the path of a report or of a plan."""
    return variable.endswith(("_report_html", "_report_json", "_approved_plan"))


def options_of(role: str) -> dict[str, dict[str, t.Any]]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    [spec] = specs["argument_specs"].values()
    options: dict[str, dict[str, t.Any]] = spec["options"]
    return options


def to_spec(suboptions: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return an argument spec that is made from documentation."""
    kept = {"type", "elements", "required", "choices", "aliases"}
    spec = {}
    for name, option in suboptions.items():
        spec[name] = {key: option[key] for key in kept & option.keys()}
        if "suboptions" in option:
            spec[name]["options"] = to_spec(option["suboptions"])
    return spec


def test_entries_are_arguments_of_the_modules(awx_specs: dict[str, t.Any]) -> None:
    assert LISTS.keys() == MODULES.keys() and all(LISTS.values())
    for kind, entries in LISTS.items():
        for entry in entries:
            result = ArgumentSpecValidator(awx_specs[MODULES[kind]]).validate(entry)
            assert result.error_messages == [], entry["name"]


@pytest.mark.parametrize("name", NAMES)
def test_nodes_have_the_form_that_the_module_documents(name: str, awx_specs: dict[str, t.Any]) -> None:
    validator = ArgumentSpecValidator(to_spec(awx_specs["workflow_nodes"]))
    for node in WORKFLOWS[name]["workflow_nodes"]:
        assert validator.validate(node).error_messages == []


def test_objects_that_an_entry_names_exist() -> None:
    for template in TEMPLATES.values():
        assert set(template["credentials"]) <= named("controller_credentials").keys()
        assert template["execution_environment"] in named("controller_execution_environments")
        assert template["inventory"] in named("controller_inventories")
        assert template["project"] in named("controller_projects")
        assert (DOCS / "project" / template["playbook"]).is_file()
    for credential in LISTS["controller_credentials"]:
        assert credential["credential_type"] in named("controller_credential_types")
        assert credential["inputs"].keys() <= {field["id"] for field in INPUTS["fields"]}
        # The key comes from a vault.
        assert re.fullmatch(r"\{\{ vault_\w+ \}\}", credential["inputs"]["api_key"])


def test_credential_type_is_that_of_the_guide() -> None:
    [credential_type] = LISTS["controller_credential_types"]
    assert (credential_type["inputs"], credential_type["injectors"]) == (INPUTS, INJECTORS)


def test_injectors_survive_the_roles_that_apply_them() -> None:
    """The role credential_types of infra.controller_configuration removes all double spaces from the injectors."""
    assert "  " not in str(INJECTORS)


def test_templates_for_awx_are_marked_unsafe() -> None:
    """Otherwise, the roles that apply the configuration would evaluate them, and their variables would be undefined."""
    for file in (DOCS / "controller").glob("*.yml"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if "{{" in line and not line.lstrip().startswith("#"):
                assert ("!unsafe" in line) != ("{{ vault_" in line), line


@pytest.mark.parametrize("name", NAMES)
def test_survey_asks_required_questions_with_valid_defaults(name: str) -> None:
    survey = WORKFLOWS[name]["survey_spec"]
    assert WORKFLOWS[name]["survey_enabled"] is True and survey.keys() == {"name", "description", "spec"}
    variables = [question["variable"] for question in survey["spec"]]
    assert len(set(variables)) == len(variables) > 0
    for question in survey["spec"]:
        assert question.keys() <= QUESTION
        # AWX passes a blank answer to an optional question as an empty string.
        assert question["required"] is True
        check_answer(question, question["default"])


def check_answer(question: dict[str, t.Any], answer: t.Any) -> None:
    assert isinstance(answer, ANSWERS[question["type"]]) and not isinstance(answer, bool)
    size = len(answer) if isinstance(answer, str) else answer
    assert question["min"] <= size <= question["max"]


@pytest.mark.parametrize("name", NAMES)
def test_schedule_answers_all_questions(name: str) -> None:
    schedule = schedule_of(WORKFLOWS[name])
    questions = {question["variable"]: question for question in WORKFLOWS[name]["survey_spec"]["spec"]}
    assert schedule["extra_data"].keys() == questions.keys()
    for variable, answer in schedule["extra_data"].items():
        check_answer(questions[variable], answer)
    # The rule has a start in UTC and an interval, and nothing else.
    rule = r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=(DAILY|WEEKLY|MONTHLY);INTERVAL=[1-9]\d*(;BY\w+=[\w,]+)*"
    assert re.fullmatch(rule, schedule["rrule"])


def test_only_workflows_have_schedules() -> None:
    assert sorted(schedule["unified_job_template"] for schedule in SCHEDULES.values()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changes_before_somebody_approves_the_plan(name: str) -> None:
    workflow = WORKFLOWS[name]
    assert {identifier: node.get("related", {}) for identifier, node in nodes(workflow).items()} == {
        "plan": {"success_nodes": [{"identifier": "approval"}]},
        "approval": {"success_nodes": [{"identifier": "run"}]},
        "run": {},
    }
    approval = nodes(workflow)["approval"]["unified_job_template"]
    # The approval times out before the schedule starts the workflow again.
    assert approval["type"] == "workflow_approval" and 0 < approval["timeout"] < 24 * 3600
    plan, run = template_of(workflow, "plan"), template_of(workflow, "run")
    assert (plan["job_type"], plan["credentials"]) == ("check", ["CertCentral view only"])
    assert (run["job_type"], run["credentials"]) == ("run", ["CertCentral orders"])
    assert workflow["allow_simultaneous"] is False


@pytest.mark.parametrize("name", NAMES)
def test_plan_and_run_make_the_same_decisions(name: str) -> None:
    """The settings that determine which orders are due are equal in both templates."""
    plan, run = ({**template_of(WORKFLOWS[name], identifier)} for identifier in ("plan", "run"))
    for template in (plan, run):
        template["extra_vars"] = {key: value for key, value in template["extra_vars"].items() if not is_path(key)}
    # Each slice would process the whole account.
    assert plan["job_slice_count"] == 1 and plan["allow_simultaneous"] is False
    assert plan["ask_variables_on_launch"] is True
    differing = {key for key in plan.keys() | run.keys() if plan.get(key) != run.get(key)}
    assert differing <= {"name", "description", "job_type", "credentials"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("identifier", ["plan", "run"])
def test_variables_are_those_of_the_role(name: str, identifier: str) -> None:
    template = template_of(WORKFLOWS[name], identifier)
    role = role_of(template)
    options = options_of(role)
    answers = schedule_of(WORKFLOWS[name])["extra_data"]
    assert not answers.keys() & template["extra_vars"].keys()
    given = {**answers, **template["extra_vars"]}
    assert given.keys() <= options.keys()
    assert {key for key, option in options.items() if option.get("required")} <= given.keys()
    assert {f"{role}_report_html", f"{role}_report_json"} <= given.keys()
    assert ArgumentSpecValidator(to_spec(options)).validate(given).error_messages == []


@pytest.mark.parametrize("name", NAMES)
def test_run_carries_out_the_plan_of_its_own_workflow(name: str) -> None:
    plan, run = (template_of(WORKFLOWS[name], identifier)["extra_vars"] for identifier in ("plan", "run"))
    role = role_of(template_of(WORKFLOWS[name], "run"))
    assert run[f"{role}_approved_plan"] == plan[f"{role}_report_json"]
    assert f"{role}_approved_plan" not in plan


def test_reports_do_not_overwrite_each_other() -> None:
    templates = [template["extra_vars"] for template in TEMPLATES.values()]
    paths = [path for variables in templates for name, path in variables.items() if "_report_" in name]
    assert len(set(paths)) == len(paths) == 2 * len(TEMPLATES)
    assert all("{{ awx_workflow_job_id }}" in path for path in paths)


Play = t.Callable[..., str]


@pytest.fixture
def play(account: Simulator, collections: Path, tmp_path: Path) -> Play:
    """Return a function that runs the job of a node of a workflow, as AWX would run it with further variables."""

    def run(name: str, identifier: str, meta: dict[str, t.Any], code: int = 0) -> str:
        template = template_of(WORKFLOWS[name], identifier)
        variables = {**template["extra_vars"], **schedule_of(WORKFLOWS[name])["extra_data"], **meta}
        for variable in filter(is_path, variables):
            variables[variable] = variables[variable].replace("/reports/", f"{tmp_path}/")
        is_plan = template["job_type"] == "check"
        environment = inject(api_key=account.view_only_key if is_plan else account.key, api_url=account.url)
        settings = {"extravars": variables, "project_dir": str(DOCS / "project"), "cmdline": "--check" * is_plan}
        return run_job(tmp_path / identifier, collections, template["playbook"], environment, code=code, **settings)

    return run


def orders_of(folder: Path, kind: str) -> list[dict[str, t.Any]]:
    """Return the orders in the report of a job of workflow 7."""
    [path] = folder.glob(f"*_7_{kind}.json")
    assert path.with_suffix(".html").is_file()
    return list(json.loads(path.read_text(encoding="utf-8"))["orders"])


@pytest.mark.parametrize("name", NAMES)
def test_only_orders_of_the_approved_plan_are_changed(
    name: str, account: Simulator, play: Play, tmp_path: Path
) -> None:
    play(name, "plan", {"awx_workflow_job_id": 7, "awx_job_id": 8})
    assert account.changes == []
    [due] = [row["order_id"] for row in orders_of(tmp_path, "plan") if row["decision"] in ("mark", "cancel")]
    # More orders are due by the time when somebody approves the plan.
    names = {"common_name": "new.example.com", "dns_names": ["new.example.com"]}
    account.account.seed([{**order, "id": order["id"] + 100, "certificate": names} for order in ORDERS])
    play(name, "run", {"awx_workflow_job_id": 7, "awx_job_id": 9})
    assert [change.order_id for change in account.changes] == [due]
    reasons = {row["order_id"]: row["reason"] for row in orders_of(tmp_path, "result")}
    assert reasons.pop(due) in ("same_names", "stale") and reasons == {due + 100: "not_approved"}


@pytest.mark.parametrize("name", NAMES)
def test_run_that_is_launched_without_its_workflow_changes_nothing(name: str, account: Simulator, play: Play) -> None:
    says = play(name, "run", {"awx_job_id": 9}, code=2)
    assert "awx_workflow_job_id" in says and "undefined" in says
    assert account.requests == []
