"""Every option of every module has rules for null, for an empty string, and for its values."""

from __future__ import annotations

import functools
import importlib
import typing as t
from pathlib import Path
from unittest import mock

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._module import run
from ansible_collections.certops.certcentral.plugins.module_utils._module.options import (
    LEAVE_OUT,
    NOT_GIVEN,
    REFUSED,
    Option,
    Options,
    Typed,
    make_spec,
)

PLUGINS = Path(__file__).parents[5] / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
# These lists are independent of the options themselves, so that an error there is found.
GUARDS = {"common_name", "max_changes"}
MAY_BE_EMPTY = {"region", "api_url", "ca_path"}


class Stopped(Exception):
    """The exception that is raised instead of running a module."""


@functools.cache
def read_options(module: str) -> Options:
    """Return all options of a module."""
    found: list[Options] = []

    def start(unused: object, options: Options, **more: t.Any) -> t.NoReturn:
        found.append(options)
        raise Stopped

    with mock.patch.object(run.Module, "__init__", start), pytest.raises(Stopped):
        importlib.import_module(f"ansible_collections.certops.certcentral.plugins.modules.{module}").main()
    return found[0]


def find_missing_rules(options: Options) -> list[str]:
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
            missing += [name] if not option.entry or make_spec(option.entry) != spec["options"] else []
        elif spec.get("type") in ("list", "dict", "int", "float", "str") and option.clean is Option.clean:
            missing.append(name)
    return missing


@pytest.mark.parametrize("module", MODULES)
def test_every_option_has_rules_for_null_empty_and_values(module: str) -> None:
    assert find_missing_rules(read_options(module)) == []


def test_option_without_a_rule_is_found() -> None:
    """Regression: an option include_names accepted null, so that every stale order was selected for cancellation."""
    assert "include_names" in find_missing_rules(
        {"include_names": Option({"type": "list", "elements": "str"}, NOT_GIVEN)}
    )
    assert "names" in find_missing_rules({"names": Option({"type": "list", "elements": "str"}, REFUSED)})
    assert "max_changes" in find_missing_rules({"max_changes": Option({"type": "int"}, NOT_GIVEN)})


def test_plain_argument_spec_is_not_accepted() -> None:
    with pytest.raises(AttributeError):
        run.run({"include_names": {"type": "list", "elements": "str"}}, lambda *unused: {})  # type: ignore[dict-item]


@pytest.mark.parametrize("module", MODULES)
def test_nobody_is_told_to_leave_out_a_required_option(module: str) -> None:
    options = {name: option for name, option in read_options(module).items() if option.empty == REFUSED}
    for fault in Typed(options, dict.fromkeys(options, "")).faults:
        required = options[fault.what.partition(" ")[0]].spec.get("required")
        assert fault.advice == ("set it" if required else LEAVE_OUT)
