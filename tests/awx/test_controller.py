"""The configuration in docs/awx, checked against the argument specs of awx.awx and AWX's own rules, and run with ansible-runner."""

from __future__ import annotations

import json
import re
import shutil
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
from ansible_collections.certops.certcentral.tests.awx.support import ORDERS, Job
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


# ---- the argument specs of awx.awx


@pytest.mark.parametrize("kind", MODULES)
def test_entries_are_arguments_of_the_module(kind: str, awx_specs: dict[str, t.Any]) -> None:
    assert LISTS[kind]
    for entry in LISTS[kind]:
        result = ArgumentSpecValidator(awx_specs[MODULES[kind]]).validate(entry)
        assert result.error_messages == [], entry["name"]


def test_configuration_has_no_other_lists() -> None:
    assert LISTS.keys() == MODULES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_nodes_have_the_form_that_the_module_documents(name: str, awx_specs: dict[str, t.Any]) -> None:
    validator = ArgumentSpecValidator(to_spec(awx_specs["workflow_nodes"]))
    for node in WORKFLOWS[name]["workflow_nodes"]:
        assert validator.validate(node).error_messages == []


def to_spec(suboptions: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return an argument spec that is made from documentation."""
    kept = ("type", "elements", "required", "choices", "aliases")
    return {
        name: {
            **{key: value for key, value in option.items() if key in kept},
            **({"options": to_spec(option["suboptions"])} if "suboptions" in option else {}),
        }
        for name, option in suboptions.items()
    }


def test_check_finds_a_wrong_argument(awx_specs: dict[str, t.Any]) -> None:
    template = {**LISTS["controller_templates"][0], "job_type": "plan", "ask_extra_variables": True}
    [choice, unknown] = ArgumentSpecValidator(awx_specs["job_template"]).validate(template).error_messages
    assert "job_type" in choice and "ask_extra_variables" in unknown
    node = {"identifier": "plan", "related": {"succes_nodes": []}}
    assert ArgumentSpecValidator(to_spec(awx_specs["workflow_nodes"])).validate(node).error_messages


# ---- AWX's own rules


def test_objects_that_an_entry_names_exist() -> None:
    references = {
        "credentials": "controller_credentials",
        "execution_environment": "controller_execution_environments",
        "inventory": "controller_inventories",
        "project": "controller_projects",
    }
    for template in TEMPLATES.values():
        for field, kind in references.items():
            values = template[field] if isinstance(template[field], list) else [template[field]]
            assert set(values) <= named(kind).keys()
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
    workflow = WORKFLOWS[name]
    survey = workflow["survey_spec"]
    assert workflow["survey_enabled"] is True
    assert survey.keys() == {"name", "description", "spec"}
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
    after = {identifier: node.get("related", {}) for identifier, node in nodes(workflow).items()}
    follows = {"plan": [{"identifier": "approval"}], "approval": [{"identifier": "run"}]}
    assert after == {
        "plan": {"success_nodes": follows["plan"]},
        "approval": {"success_nodes": follows["approval"]},
        "run": {},
    }
    approval = nodes(workflow)["approval"]["unified_job_template"]
    assert approval["type"] == "workflow_approval"
    # The approval times out before the schedule starts the workflow again.
    assert 0 < approval["timeout"] < 24 * 3600
    plan, run = template_of(workflow, "plan"), template_of(workflow, "run")
    assert (plan["job_type"], plan["credentials"]) == ("check", ["CertCentral view only"])
    assert (run["job_type"], run["credentials"]) == ("run", ["CertCentral orders"])
    assert workflow["allow_simultaneous"] is False


@pytest.mark.parametrize("name", NAMES)
def test_plan_and_run_make_the_same_decisions(name: str) -> None:
    """The settings that determine which orders are due are equal in both templates."""
    both = [dict(template_of(WORKFLOWS[name], identifier)) for identifier in ("plan", "run")]
    for template in both:
        for field in ("name", "description", "job_type", "credentials"):
            template.pop(field)
        template["extra_vars"] = {key: value for key, value in template["extra_vars"].items() if not is_path(key)}
        # Each slice would process the whole account.
        assert template["job_slice_count"] == 1 and template["allow_simultaneous"] is False
        assert template["ask_variables_on_launch"] is True
    assert both[0] == both[1]


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
    assert "{{ awx_workflow_job_id }}" in plan[f"{role}_report_json"]
    assert f"{role}_approved_plan" not in plan


def test_reports_do_not_overwrite_each_other() -> None:
    paths = [
        value for template in TEMPLATES.values() for key, value in template["extra_vars"].items() if "_report_" in key
    ]
    assert len(set(paths)) == len(paths) == 2 * len(TEMPLATES)
    assert all("{{ awx_workflow_job_id }}" in path for path in paths)


# ---- runs with ansible-runner


class Played:
    """The jobs of a workflow, as AWX would run them."""

    def __init__(self, name: str, account: Simulator, collections: Path, folder: Path) -> None:
        self.workflow = WORKFLOWS[name]
        self.account = account
        self.folder = folder
        self.job = Job(folder, collections, {})
        shutil.copytree(DOCS / "project", folder / "project", dirs_exist_ok=True)

    def run(self, identifier: str, meta: dict[str, t.Any], codes: tuple[int, ...] = (0,)) -> str:
        """Run the job of a node.

        :param meta: variables that AWX adds
        """
        template = template_of(self.workflow, identifier)
        variables = {**template["extra_vars"], **schedule_of(self.workflow)["extra_data"], **meta}
        for variable, value in variables.items():
            if is_path(variable):
                variables[variable] = value.replace("/reports/", f"{self.folder}/")
        self.job.write("env/extravars", yaml.safe_dump(variables))
        is_plan = template["job_type"] == "check"
        key = self.account.view_only_key if is_plan else self.account.key
        environment = inject(api_key=key, api_url=self.account.url)
        return self.job.run(template["playbook"], identifier, environment, "--check" if is_plan else "", codes)

    def report(self, kind: str) -> dict[str, t.Any]:
        """Return the report of the job of workflow 7."""
        [path] = self.folder.glob(f"*_7_{kind}.json")
        assert path.with_suffix(".html").is_file()
        report: dict[str, t.Any] = json.loads(path.read_text(encoding="utf-8"))
        return report


@pytest.mark.parametrize("name", NAMES)
def test_only_orders_of_the_approved_plan_are_changed(
    name: str, account: Simulator, collections: Path, tmp_path: Path
) -> None:
    played = Played(name, account, collections, tmp_path)
    played.run("plan", {"awx_workflow_job_id": 7, "awx_job_id": 8})
    assert account.changes == []
    [due] = [row["order_id"] for row in played.report("plan")["orders"] if row["decision"] in ("mark", "cancel")]
    # More orders are due by the time when somebody approves the plan.
    names = {"common_name": "new.example.com", "dns_names": ["new.example.com"]}
    late = [{**order, "id": order["id"] + 100, "certificate": names} for order in ORDERS]
    account.account.seed(late)
    played.run("run", {"awx_workflow_job_id": 7, "awx_job_id": 9})
    assert [change.order_id for change in account.changes] == [due]
    reasons = {row["order_id"]: row["reason"] for row in played.report("result")["orders"]}
    assert reasons.pop(due) in ("same_names", "stale")
    assert reasons == {due + 100: "not_approved"}


@pytest.mark.parametrize("name", NAMES)
def test_run_that_is_launched_without_its_workflow_changes_nothing(
    name: str, account: Simulator, collections: Path, tmp_path: Path
) -> None:
    says = Played(name, account, collections, tmp_path).run("run", {"awx_job_id": 9}, codes=(2,))
    assert "awx_workflow_job_id" in says and "undefined" in says
    assert account.requests == []
