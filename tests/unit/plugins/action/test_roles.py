"""The files of each role agree with each other and with the module that the role calls."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.plugins import doc_fragments
from ansible_collections.certops.certcentral.plugins.module_utils._module import migrated_orders, stale_orders
from ansible_collections.certops.certcentral.plugins.module_utils._module.options import COMMON_OPTIONS

ROLES = Path(doc_fragments.__path__[0]).parents[1] / "roles"
CALLED = {"mark_renewed": migrated_orders.OPTIONS, "cancel_stale": stale_orders.OPTIONS}
# Options for whose variables a role has no default, so that the defaults of the play or of the module apply.
WITHOUT_DEFAULT = {"rate_limit_share", "products", "containers"}
# Options for which a role has no variable.
WITHOUT_VARIABLE = {"concurrency", "verify_change"}
# Defaults of a role that differ from those of its module, and variables that it requires and its module does not.
OWN_DEFAULTS = {"mark_renewed_max_changes": 100}
OWN_REQUIRED = {"cancel_stale_max_changes"}


def load(role: str, name: str) -> t.Any:
    return yaml.safe_load((ROLES / role / name).read_text(encoding="utf-8"))


def spec_of(role: str) -> dict[str, dict[str, t.Any]]:
    [entry] = load(role, "meta/argument_specs.yml")["argument_specs"].values()
    return dict(entry["options"])


def variable_of(role: str, option: str) -> str:
    return f"digicert_{option}" if option in COMMON_OPTIONS and option != "rate_limit_share" else f"{role}_{option}"


def options_of(role: str) -> dict[str, dict[str, t.Any]]:
    """Return the options of the module for which the role has a variable, by variable."""
    options = {**COMMON_OPTIONS, **CALLED[role]}
    return {variable_of(role, name): dict(how.spec) for name, how in options.items() if name not in WITHOUT_VARIABLE}


@pytest.fixture(params=sorted(CALLED))
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_each_role_is_known() -> None:
    assert {path.name for path in ROLES.iterdir()} == CALLED.keys()


def test_role_has_a_variable_like_each_option(role: str) -> None:
    options, variables = options_of(role), spec_of(role)
    assert variables.keys() == options.keys()
    for name, how in variables.items():
        option = options[name]
        # The module's documentation, to which the common options refer, has their choices and defaults.
        for key in ("type", "elements", "choices") if name.startswith(role) else ("type", "elements"):
            assert how.get(key) == option.get(key), (name, key)
        default = option.get("default") if name.removeprefix(f"{role}_") in CALLED[role] else None
        assert how.get("default", "") == OWN_DEFAULTS.get(name, "" if default is None else default), name
        assert bool(how.get("required")) is (name in OWN_REQUIRED or bool(option.get("required"))), name


def test_defaults_are_those_of_the_argument_spec(role: str) -> None:
    defaults, options = load(role, "defaults/main.yml"), spec_of(role)
    assert defaults == {name: option["default"] for name, option in options.items() if "default" in option}
    own = {name for name, option in options.items() if name.startswith(role) and not option.get("required")}
    assert defaults.keys() == own - {f"{role}_{option}" for option in WITHOUT_DEFAULT}


def test_task_passes_each_variable_to_its_option_and_reads_no_other(role: str) -> None:
    [task] = load(role, "tasks/main.yml")
    [module] = [name for name in task if name.startswith("certops.")]
    assert "{" not in str([*load(role, "defaults/main.yml").values()])
    assert task.keys() == {"name", module, "register"} and task["register"] == f"{role}_result"
    read = {option: set(re.findall(r"\w+", text)) for option, text in task[module].items()}
    # The action plugin reads the variables that have no default. So facts and extra variables change nothing that the role does.
    assert read == {option: {f"{role}_{option}"} for option in CALLED[role].keys() - WITHOUT_VARIABLE - WITHOUT_DEFAULT}
