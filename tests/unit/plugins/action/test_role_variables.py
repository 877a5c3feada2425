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
from jinja2 import Environment, meta

from ansible_collections.certops.certcentral.plugins.plugin_utils._role import OWN_OPTIONAL
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import FIRST, changed_by, seed

ROLES = Path(__file__).parents[4] / "roles"
GROUP = "group/certops.certcentral.certcentral"
# Nothing listens there.
NOWHERE = "http://127.0.0.1:9/"
# Names that the roles used once.
LONG_GONE = ("omit", "given", "report", "counts", "orders", "outcomes", "prefix", "options", "spec", "clean_up_result")
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


def play(
    folder: Path,
    tasks: t.Sequence[t.Mapping[str, t.Any]],
    environment: t.Mapping[str, str],
    extra: t.Mapping[str, t.Any] | None = None,
) -> str:
    """Return the output of a play with these tasks."""
    (folder / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    settings = {"HOME": str(folder), "ANSIBLE_NOCOLOR": "1", **environment}
    ran = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "play.yml", "-e", json.dumps(extra or {})],
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
    options = options_of(role)
    assert defaults == {name: option["default"] for name, option in options.items() if "default" in option}
    own = {name for name, option in options.items() if name.startswith(role) and not option.get("required")}
    assert defaults.keys() == own - {f"{role}_{option}" for option in OWN_OPTIONAL}


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


@pytest.mark.parametrize("role", ["mark_renewed", "cancel_stale"])
def test_variable_that_is_omit_has_the_default_of_the_role(role: str, sim: Simulator, tmp_path: Path) -> None:
    """Regression: with omit as the maximum number of changes, there was none."""
    required = REQUIRED if role == "cancel_stale" else {}
    omitted = {f"{role}_{option}": "{{ nothing | default(omit) }}" for option in ("max_changes", "exclude_orders")}
    seed(sim, 1, created_days_ago=40)
    path = tmp_path / "report.json"
    output = play(tmp_path, [apply_role(role, {**required, f"{role}_report_json": str(path), **omitted})], connect(sim))
    if required:
        assert "the role cancel_stale requires cancel_stale_max_changes" in output and sim.requests == []
    else:
        options = json.loads(path.read_text())["options"]
        assert (options["max_changes"], options["exclude_orders"]) == (100, [])


def find_variable_names() -> set[str]:
    """Return the names of all variables in the roles and in the template of the report, without those that the roles document."""
    texts = [path.read_text(encoding="utf-8") for path in ROLES.rglob("*/*/main.yml")]
    texts += [
        path.read_text(encoding="utf-8") for path in (ROLES.parent / "plugins" / "plugin_utils").glob("*.html.j2")
    ]
    environment = Environment(autoescape=True)
    for name in re.findall(r"\|\s*(\w+)", " ".join(texts)):
        environment.filters.setdefault(name, str)
    found = set().union(*(meta.find_undeclared_variables(environment.parse(text)) for text in texts))
    return {*found, *LONG_GONE} - options_of("mark_renewed").keys() - options_of("cancel_stale").keys()


def test_variables_of_the_user_change_nothing_that_a_role_does(sim: Simulator, tmp_path: Path) -> None:
    """Regression: a fact or extra variable such as ``given`` or ``counts`` dropped exclusions, and replaced the report."""
    names = sorted(find_variable_names())
    assert {"omit", "report", "given"} <= set(names)
    path = tmp_path / "report.json"
    role = apply_role(
        "cancel_stale", {**REQUIRED, "cancel_stale_report_json": str(path), "cancel_stale_exclude_orders": [FIRST]}
    )
    value = {"orders": [{"order_id": FIRST}], "msg": "mine"}
    registered = [{"ansible.builtin.debug": {"msg": "mine"}, "register": name} for name in names]
    ways: dict[str, tuple[list[dict[str, t.Any]], dict[str, t.Any]]] = {
        "nothing": ([], {}),
        "facts": ([{"ansible.builtin.set_fact": dict.fromkeys(names, value)}], {}),
        "registered results": (registered, {}),
        "extra variables": ([], dict.fromkeys(names, value)),
        "survey answers": ([], dict.fromkeys(names, "mine")),
    }
    did = {}
    for way, (tasks, extra) in ways.items():
        sim.reset()
        seed(sim, 3, created_days_ago=40)
        output = play(tmp_path, [*tasks, role], connect(sim), extra)
        assert '"msg": "accepted' in output, (way, output)
        report = json.loads(path.read_text())
        # Times differ from run to run.
        del report["generated"]
        for row in report["orders"]:
            del row["date_created"]
        did[way] = (changed_by(sim), report)
    assert did["nothing"][0] == [FIRST + 1, FIRST + 2]
    for way, done in did.items():
        assert done == did["nothing"], way
