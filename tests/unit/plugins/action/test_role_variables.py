# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the roles in real plays."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import seed

ROLES = Path(__file__).parents[4] / "roles"
GROUP = "group/certops.certcentral.certcentral"
# Nothing listens there.
NOWHERE = "http://127.0.0.1:9/"
REQUIRED = {"cancel_stale_older_than": 30, "cancel_stale_note": "Nobody needs it", "cancel_stale_max_changes": 10}


def read_role(name: str, file: str) -> dict[str, t.Any]:
    content: dict[str, t.Any] = yaml.safe_load((ROLES / name / file).read_text(encoding="utf-8"))
    return content


def options_of(role: str) -> dict[str, dict[str, t.Any]]:
    [spec] = read_role(role, "meta/argument_specs.yml")["argument_specs"].values()
    options: dict[str, dict[str, t.Any]] = spec["options"]
    return options


def connect(sim: Simulator) -> dict[str, str]:
    """Return the environment variables that lead to an account."""
    return {"DIGICERT_API_URL": sim.url, "DIGICERT_API_KEY": sim.key}


def play(folder: Path, tasks: t.Sequence[t.Mapping[str, t.Any]], environment: t.Mapping[str, str]) -> str:
    """Return the output of a play with these tasks."""
    (folder / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    settings = {"HOME": str(folder), "ANSIBLE_NOCOLOR": "1", **environment}
    ran = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "play.yml"],
        cwd=folder,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.stdout


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
def test_variable_with_an_undefined_part_is_refused(role: str, sim: Simulator, tmp_path: Path) -> None:
    """Regression: with a typo in the path of the approved plan, everything was changed that was due, and not only what the plan holds."""
    seed(sim, 1, created_days_ago=40)
    options = options_of(role)
    required = REQUIRED if role == "cancel_stale" else {}
    tasks = [apply_role(role, {**required, name: "{{ not_defined }}"}) for name in options]
    output = play(tmp_path, tasks, connect(sim))
    assert len(re.findall(r'"msg": "refused', output)) == len(options), re.findall(r'"msg": "accepted.*', output)
    assert sim.requests == []


@pytest.mark.parametrize("role", ["mark_renewed", "cancel_stale"])
def test_defaults_are_those_of_the_argument_spec(role: str) -> None:
    defaults = read_role(role, "defaults/main.yml")
    given = {name: value for name, value in defaults.items() if value != "{{ omit }}"}
    options = options_of(role)
    assert given == {name: option["default"] for name, option in options.items() if "default" in option}
    own = {name for name, option in options.items() if name.startswith(role) and not option.get("required")}
    assert defaults.keys() == own - {f"{role}_rate_limit_share"}


@pytest.mark.parametrize("variable", [True, False])
def test_variable_overrides_the_default_of_the_action_group_and_that_the_environment(
    variable: bool, sim: Simulator, tmp_path: Path
) -> None:
    """Regression: the omitted options of the role's task also dropped the play's defaults, so the role used another account."""
    defaults = {"api_url": NOWHERE if variable else sim.url, "api_key": sim.key, "rate_limit_share": 0.5}
    variables = {"digicert_api_url": sim.url, "mark_renewed_rate_limit_share": 0.25} if variable else {}
    variables["mark_renewed_report_json"] = str(tmp_path / "report.json")
    task = {**apply_role("mark_renewed", variables), "module_defaults": {GROUP: defaults}}
    assert '"msg": "accepted' in play(tmp_path, [task], environment={"DIGICERT_API_URL": NOWHERE})
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["account"], report["options"]["rate_limit_share"]) == (sim.url, 0.25 if variable else 0.5)


def test_variable_that_is_omit_is_not_given(sim: Simulator, tmp_path: Path) -> None:
    task = apply_role("mark_renewed", {"digicert_api_url": "{{ nothing | default(omit) }}"})
    assert '"msg": "accepted' in play(tmp_path, [task], environment=connect(sim))
    assert sim.requests
