"""The variables of the roles in real plays."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import seed
from ansible_collections.certops.certcentral.tests.unit.playbook_runs import PlaybookRun

ROLES = Path(__file__).parents[4] / "roles"
GROUP = "group/certops.certcentral.certcentral"
# No server listens on this port.
NOWHERE = "http://127.0.0.1:9/"
REQUIRED = {"cancel_stale_older_than": 30, "cancel_stale_note": "Nobody needs it", "cancel_stale_max_changes": 10}


def options_of(role: str) -> list[str]:
    content = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    [spec] = content["argument_specs"].values()
    return list(spec["options"])


def connect(sim: Simulator) -> dict[str, str]:
    """Return the environment variables that lead to an account."""
    return {"DIGICERT_API_URL": sim.url, "DIGICERT_API_KEY": sim.key}


Play = t.Callable[..., str]


@pytest.fixture
def play(make: t.Callable[..., PlaybookRun]) -> Play:
    """Return a function that returns the output of a play with these tasks."""

    def played(tasks: t.Sequence[t.Any], environment: t.Mapping[str, str]) -> str:
        run = make(*tasks)
        run.environment.update(environment)
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


@pytest.mark.parametrize("role", ["mark_renewed", "cancel_stale"])
def test_variable_with_an_undefined_part_is_refused(role: str, sim: Simulator, play: Play) -> None:
    """Regression: with a typo in the path of the approved plan, all due orders were changed, not only those in the plan."""
    seed(sim, 1, created_days_ago=40)
    options = options_of(role)
    required = REQUIRED if role == "cancel_stale" else {}
    tasks = [apply_role(role, {**required, name: "{{ not_defined }}"}) for name in options]
    output = play(tasks, connect(sim))
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
    assert '"msg": "accepted' in play([task], {"DIGICERT_API_URL": NOWHERE})
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["account"], report["options"]["rate_limit_share"]) == (sim.url, 0.25 if variable else 0.5)


def test_variable_that_is_omit_is_not_given(sim: Simulator, play: Play) -> None:
    task = apply_role("mark_renewed", {"digicert_api_url": "{{ nothing | default(omit) }}"})
    assert '"msg": "accepted' in play([task], connect(sim))
    assert sim.requests


@pytest.mark.parametrize("role", ["mark_renewed", "cancel_stale"])
def test_variable_that_is_omit_has_the_default_of_the_role(
    role: str, sim: Simulator, play: Play, tmp_path: Path
) -> None:
    """Regression: with omit as the maximum number of changes, there was none."""
    required = REQUIRED if role == "cancel_stale" else {}
    omitted = {f"{role}_{option}": "{{ nothing | default(omit) }}" for option in ("max_changes", "exclude_orders")}
    seed(sim, 1, created_days_ago=40)
    path = tmp_path / "report.json"
    output = play([apply_role(role, {**required, f"{role}_report_json": str(path), **omitted})], connect(sim))
    if required:
        assert "the role cancel_stale requires cancel_stale_max_changes" in output and sim.requests == []
    else:
        options = json.loads(path.read_text())["options"]
        assert (options["max_changes"], options["exclude_orders"]) == (100, [])
