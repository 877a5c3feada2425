"""Every option of every module has rules for null, for an empty string, and for its values."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from unittest import mock

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._module import options as rules
from ansible_collections.certops.certcentral.plugins.module_utils._module import run
from ansible_collections.certops.certcentral.plugins.module_utils._module.options import NOT_GIVEN, REFUSED, Option

PLUGINS = Path(__file__).parents[5] / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
# These lists are independent of the options themselves, so that an error there is found.
GUARDS = {"common_name", "max_changes"}
MAY_BE_EMPTY = {"region", "api_url", "ca_path"}


@functools.cache
def read_options(module: str) -> rules.Options:
    """Return all options of a module, which does not run."""
    main = importlib.import_module(f"ansible_collections.certops.certcentral.plugins.modules.{module}").main
    start_module = mock.patch.object(run.Module, "__init__", side_effect=NotImplementedError)
    with start_module as start, pytest.raises(NotImplementedError):
        main()
    options: rules.Options = start.call_args[0][0]
    return options


def find_missing_rules(options: rules.Options) -> list[str]:
    """Return the options whose rules would allow null or an empty string to lift a limit."""
    missing = []
    for name, option in options.items():
        spec = option.spec
        if (spec.get("type") in ("list", "dict") or name in GUARDS) and option.null != REFUSED:
            missing.append(name)
        if option.empty != (NOT_GIVEN if name in MAY_BE_EMPTY else REFUSED) and name != "api_key":
            missing.append(name)
        if spec.get("elements") == "dict":
            missing += [f"{name}.{inner}" for inner in find_missing_rules(option.entry or {})]
            missing += [name] if not option.entry or rules.make_spec(option.entry) != spec["options"] else []
        elif (
            spec.get("type") in ("list", "dict", "int", "float", "str")
            and option.clean is Option._field_defaults["clean"]
        ):
            missing.append(name)
    return missing


@pytest.mark.parametrize("module", MODULES)
def test_every_option_has_rules_for_null_empty_and_values(module: str) -> None:
    assert find_missing_rules(read_options(module)) == []


def test_option_without_a_rule_is_found() -> None:
    """Regression: an option include_names accepted null, so that every stale order was selected for cancellation."""
    names = {"type": "list", "elements": "str"}
    for name, spec, null in (
        ("include_names", names, NOT_GIVEN),
        ("names", names, REFUSED),
        ("max_changes", {}, NOT_GIVEN),
    ):
        assert name in find_missing_rules({name: Option(spec, null)})


def test_plain_argument_spec_is_not_accepted() -> None:
    with pytest.raises(AttributeError):
        run.run({"include_names": {"type": "list", "elements": "str"}}, lambda *unused: {})  # type: ignore[dict-item]


@pytest.mark.parametrize("module", MODULES)
def test_nobody_is_told_to_leave_out_a_required_option(module: str) -> None:
    options = {name: option for name, option in read_options(module).items() if option.empty == REFUSED}
    for fault in rules.Typed(options, dict.fromkeys(options, "")).faults:
        required = options[fault.what.partition(" ")[0]].spec.get("required")
        assert fault.advice == ("set it" if required else rules.LEAVE_OUT)
