# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The variables of the playbooks: what each takes, and the refusal of all else. Pure.

Stricter than Ansible's own checks, for which an empty text is a list and true is the number 1: a mistyped variable must
not decide about an order.
"""

from __future__ import annotations

import json
import math
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils._errors import plain

Parse = t.Callable[[t.Any], t.Any]


class BadSetting(ValueError):
    """A variable cannot be what it is. The text is a sentence for a person."""


class Setting(t.NamedTuple):
    """What a variable takes.

    :param parse: turns what was given into what is meant; a ValueError says what it has to be
    """

    parse: Parse
    default: t.Any = None
    required: bool = False


def read_settings(given: t.Mapping[str, t.Any], prefix: str, settings: t.Mapping[str, Setting]) -> dict[str, t.Any]:
    """The values of all settings, by their names without the prefix.

    :param given: the variables that are set and begin with the prefix; null counts as not set
    :raises BadSetting: an unknown variable, one that is needed and not given, or one of a wrong value
    """
    unknown = sorted(str(name) for name in given if str(name).removeprefix(prefix) not in settings)
    if unknown:
        known = ", ".join(prefix + name for name in settings)
        raise BadSetting(f"{plain(unknown[0])} is not a variable of this playbook: there are {known}")
    values = {}
    for name, setting in settings.items():
        value = given.get(prefix + name)
        if value is None:
            if setting.required:
                raise BadSetting(f"{prefix}{name} is missing: it has no default, for what it allows cannot be undone")
            values[name] = setting.default
            continue
        try:
            values[name] = setting.parse(value)
        except (ValueError, TypeError) as error:
            shown = plain(value if isinstance(value, (str, int, float)) else json.dumps(value, default=str), 80)
            raise BadSetting(f"{prefix}{name} is {shown!r}: {_advice(error, prefix + name)}") from None
    return values


def _advice(error: Exception, name: str) -> str:
    return f"it has to be {str(error).replace('NAME', name)}"


def whole_number(least: int, most: int | None = None) -> Parse:
    """A whole number, which extra vars give as text."""
    words = f"a whole number, {least} or more" if most is None else f"a whole number, {least} to {most}"

    def parse(value: t.Any) -> int:
        number = _int(value)
        if number is None or number < least or (most is not None and number > most):
            raise ValueError(words)
        return number

    return parse


def share(value: t.Any) -> float:
    """A number, 0 or more."""
    try:
        number = float("nan" if isinstance(value, bool) else value)
    except (ValueError, TypeError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise ValueError("a number, 0 or more")
    return number


def flag(value: t.Any) -> bool:
    """A boolean, in Ansible's words for it."""
    try:
        return bool(boolean(value))
    except TypeError:
        raise ValueError("true or false") from None


def text(value: t.Any) -> str:
    """A text that is not blank, as it is."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not blank")
    return value


def path(value: t.Any) -> str | None:
    """The path of a file; an empty one counts as not given, for no order depends on it."""
    if not isinstance(value, str):
        raise ValueError("the path of a file")
    return value.strip() or None


def ids(value: t.Any) -> list[int]:
    """A list of the API's IDs."""
    numbers = [_int(item) for item in _list(value, "numbers, as in -e '{\"NAME\": [5, 7]}'")]
    if not all(number is not None and number > 0 for number in numbers):
        raise ValueError("a list of whole numbers above 0")
    return t.cast("list[int]", numbers)


def words(value: t.Any) -> list[str]:
    """A list of texts that are not blank."""
    items = _list(value, 'texts, as in -e \'{"NAME": ["one", "two"]}\'')
    if not all(isinstance(item, str) and item.strip() for item in items):
        raise ValueError("a list of texts that are not blank")
    return [str(item).strip() for item in items]


def _list(value: t.Any, of: str) -> list[t.Any]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"a list of {of}")
    return list(value)


def _int(value: t.Any) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
