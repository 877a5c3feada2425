# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single values of options, as users type them. Each value is cleaned or refused."""

from __future__ import annotations

import contextlib
import math
import re
import typing as t

from .._errors import INVALID_OPTION, CertCentralError
from .._text import sanitize

LEAVE_OUT = "set it, or leave it out (default(omit)) if that is what you mean"
# The largest number that the API uses.
MAX_NUMBER = 2**63 - 1
DIGITS = re.compile("-?[0-9]{1,19}")
MAX_SHOWN = 60

# Takes the option's name and a value as it was typed, and returns the value to use or raises CertCentralError.
Clean = t.Callable[[str, t.Any], t.Any]


def invalid(what: str, advice: str = "") -> CertCentralError:
    """Return the error that refuses an option."""
    return CertCentralError(INVALID_OPTION, what, advice)


def clean_number(name: str, value: t.Any, least: int, most: int = MAX_NUMBER) -> int:
    """Return a whole number, which may be typed as a string.

    :raises CertCentralError: ``invalid_option``; a bool and a float are refused as well
    """
    number = value
    if isinstance(value, str) and DIGITS.fullmatch(value.strip()):
        number = int(value)
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        bounds = f", {least} to {most}" if most < MAX_NUMBER else " above 0" if least == 1 else f", {least} or more"
        raise invalid(f"{name} is {show(value)}", f"it has to be a whole number{bounds}")
    return number


def clean_text(name: str, value: t.Any) -> str:
    """Return a string, which may be typed as a whole number.

    :raises CertCentralError: ``invalid_option``. The message does not show the value, which may be a secret
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise invalid(f"{name} is not a string", "put it in quotes")
    return str(value)


def clean_name(name: str, value: t.Any) -> str:
    """Return a common name without the white space around it and without a dot at its end.

    :raises CertCentralError: ``invalid_option``
    """
    text = clean_text(name, value).strip()
    text = text[:-1] if text.endswith(".") else text
    if not text:
        raise invalid(f"{name} is empty", LEAVE_OUT)
    return text


def clean_float(name: str, value: t.Any, fits: t.Callable[[float], bool], wanted: str) -> float:
    """Return a finite number for which ``fits`` is true.

    :param wanted: a description of the numbers that fit, for the message
    :raises CertCentralError: ``invalid_option``
    """
    number = math.nan
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, OverflowError):
            number = float(value)
    if not math.isfinite(number) or not fits(number):
        raise invalid(f"{name} is {show(value)}", f"it has to be {wanted}")
    return number


def check_choice(name: str, value: t.Any, spec: t.Mapping[str, t.Any]) -> None:
    """Refuse a value that is not one of the choices in an argument spec, if the spec has choices.

    :raises CertCentralError: ``invalid_option``
    """
    if "choices" in spec and value not in spec["choices"]:
        raise invalid(f"{name} is {show(value)}", f"it has to be one of {', '.join(spec['choices'])}")


def show(value: t.Any) -> str:
    """Return a value in the form in which messages show it."""
    return sanitize(value if isinstance(value, (bool, int, float)) else repr(value), MAX_SHOWN)
