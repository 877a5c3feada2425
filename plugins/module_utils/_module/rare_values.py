# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of options that few tasks have. Each value is cleaned or refused."""

from __future__ import annotations

import contextlib
import math
import typing as t

from .options import LEAVE_OUT, clean_text, invalid, show


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
