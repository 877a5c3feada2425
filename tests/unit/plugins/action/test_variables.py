"""Variables in real plays: those of the roles, and those that came out empty."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import FIRST, NOTE, seed
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import PlaybookRun, make_task

ROLES = Path(__file__).parents[4] / "roles"
GROUP = "group/certops.certcentral.certcentral"
# No server listens on this port.
NOWHERE = "http://127.0.0.1:9/"
REQUIRED = {"cancel_stale_older_than": 30, "cancel_stale_note": "Nobody needs it", "cancel_stale_max_changes": 10}


Play = t.Callable[..., str]


@pytest.fixture
def play(sim: Simulator, make: t.Callable[..., PlaybookRun]) -> Play:
    """Return a function that returns the output of a play with these tasks. The environment leads to the account."""

    def played(*tasks: t.Any, **environment: str) -> str:
        run = make(*tasks)
        run.environment.update({"DIGICERT_API_URL": sim.url, "DIGICERT_API_KEY": sim.key, **environment})
        run.play()
        return run.output

    return played


def apply_role(role: str, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return tasks that apply a role and say so if it succeeds."""
    return {
        "block": [
            {"ansible.builtin.include_role": {"name": f"certops.certcentral.{role}"}, "vars": variables},
            {"ansible.builtin.debug": {"msg": f"accepted {','.join(variables)}"}},
        ],
        "rescue": [{"ansible.builtin.debug": {"msg": f"refused {','.join(variables)}"}}],
    }


@pytest.mark.parametrize(("role", "required"), [("mark_renewed", {}), ("cancel_stale", REQUIRED)])
def test_variable_with_an_undefined_part_is_refused(
    role: str, required: dict[str, t.Any], sim: Simulator, play: Play
) -> None:
    """Regression: with a typo in the path of the approved plan, all due orders were changed, not only those in the plan."""
    seed(sim, 1, created_days_ago=40)
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    [spec] = specs["argument_specs"].values()
    options = spec["options"]
    output = play(*(apply_role(role, {**required, name: "{{ not_defined }}"}) for name in options))
    assert len(re.findall(r'"msg": "refused', output)) == len(options), re.findall(r'"msg": "accepted.*', output)
    assert sim.requests == []


@pytest.mark.parametrize("variable", [True, False])
def test_variable_overrides_the_action_group_which_overrides_the_environment(
    variable: bool, sim: Simulator, play: Play, tmp_path: Path
) -> None:
    """Regression: the omitted options of the role's task also dropped the play's defaults, so the role used another account."""
    defaults = {"api_url": NOWHERE if variable else sim.url, "api_key": sim.key, "rate_limit_share": 0.5}
    variables = {"digicert_api_url": sim.url, "mark_renewed_rate_limit_share": 0.25} if variable else {}
    variables["mark_renewed_report_json"] = str(tmp_path / "report.json")
    task = {**apply_role("mark_renewed", variables), "module_defaults": {GROUP: defaults}}
    assert '"msg": "accepted' in play(task, DIGICERT_API_URL=NOWHERE)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["account"], report["options"]["rate_limit_share"]) == (sim.url, 0.25 if variable else 0.5)


def test_variable_that_is_omit_has_the_default(sim: Simulator, play: Play, tmp_path: Path) -> None:
    """Regression: with omit as the maximum number of changes, there was none."""
    omitted = ["mark_renewed_max_changes", "mark_renewed_exclude_orders", "digicert_api_url"]
    variables = dict.fromkeys(omitted, "{{ nothing | default(omit) }}")
    path = tmp_path / "report.json"
    play(apply_role("mark_renewed", {**variables, "mark_renewed_report_json": str(path)}))
    options = json.loads(path.read_text())["options"]
    assert (options["max_changes"], options["exclude_orders"]) == (100, [])


def test_required_variable_that_is_omit_is_refused(sim: Simulator, play: Play) -> None:
    variables = {**REQUIRED, "cancel_stale_max_changes": "{{ nothing | default(omit) }}"}
    output = play(apply_role("cancel_stale", variables))
    assert "the role cancel_stale requires cancel_stale_max_changes" in output and sim.requests == []


VARIABLES = {"nothing": None, "empty": {}, "response": {"json": {"name": None, "most": None}}}
ONE, MANY = {"order_id": FIRST, **NOTE}, {"order_ids": [FIRST], **NOTE}


@pytest.mark.parametrize(
    ("module", "options", "named"),
    [
        ("digicert_order_status", {**ONE, "common_name": "{{ nothing }}"}, "common_name"),
        ("digicert_order_status", {**ONE, "common_name": "{{ response.json.name }}"}, "common_name"),
        ("digicert_order_statuses", {**MANY, "max_changes": "{{ response.json.most }}"}, "max_changes"),
        ("digicert_order_info", {"order_ids": "{{ nothing }}"}, "order_ids"),
        ("digicert_order_info", {"filters": "{{ empty }}"}, "filters"),
    ],
)
def test_guard_that_came_out_empty_is_refused(
    sim: Simulator, play: Play, module: str, options: dict[str, t.Any], named: str
) -> None:
    """Regression: since ansible-core 2.19 such a variable is null, which lifted the limit. Before, it was an empty string."""
    seed(sim, 1)
    output = play(make_task(sim, module, options, vars=VARIABLES))
    assert f"{named} is null: set it" in output or f"{named} is empty: set it" in output
    assert sim.requests == [] and "failed=1" in output
