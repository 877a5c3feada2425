# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of modules, each with its own rules: the meaning of null and of an empty string, and the valid values.

For each kind of option, a function returns an :class:`Option`. For example::

    OPTIONS = {
        "older_than": number(1, 36500, required=True),
        "common_name": common_name(null=REFUSED),
        "exclude_names": texts(is_dns_name=True, default=[]),
    }
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ansible.module_utils.errors import AnsibleFallbackNotFound

from .._errors import CertCentralError
from .._http.settings import BASE_URLS, clean_key
from .values import (
    LEAVE_OUT,
    MAX_NUMBER,
    Clean,
    check_choice,
    clean_float,
    clean_name,
    clean_number,
    clean_text,
    invalid,
)

# The possible meanings of null or an empty string.
NOT_GIVEN, REFUSED = "not given", "refused"


@dataclass(frozen=True)
class Option:
    """An option of a module.

    :param spec: the option in the argument spec of AnsibleModule
    :param null: the meaning of null, ``NOT_GIVEN`` or ``REFUSED``
    :param empty: the meaning of an empty string, ``NOT_GIVEN`` or ``REFUSED``
    :param clean: takes the option's name and a value as it was typed, and returns the value to use or raises
        :exc:`CertCentralError`
    :param entry: the options of each entry, for a list of mappings
    """

    spec: t.Mapping[str, t.Any]
    null: str
    empty: str = REFUSED
    clean: Clean = lambda unused, value: value
    entry: t.Mapping[str, Option] | None = None


Options = t.Mapping[str, Option]


# Kinds of options


def number(least: int, most: int = MAX_NUMBER, *, null: str = NOT_GIVEN, **spec: t.Any) -> Option:
    """Return an option that takes a whole number."""
    return Option({"type": "int", **spec}, null, clean=lambda name, value: clean_number(name, value, least, most))


def decimal(fits: t.Callable[[float], bool], wanted: str, **spec: t.Any) -> Option:
    """Return an option that takes a number for which ``fits`` is true."""
    return Option(
        {"type": "float", **spec}, NOT_GIVEN, clean=lambda name, value: clean_float(name, value, fits, wanted)
    )


def flag(default: bool | None) -> Option:
    """Return an option that takes true or false."""
    return Option({"type": "bool", "default": default}, NOT_GIVEN)


def text(*, null: str = NOT_GIVEN, empty: str = REFUSED, type: str = "str", **spec: t.Any) -> Option:
    """Return an option that takes a string, which is not changed. ``choices`` limits it to some strings."""

    def clean(name: str, value: t.Any) -> str:
        check_choice(name, value, spec)
        return clean_text(name, value)

    return Option({"type": type, **spec}, null, empty, clean)


def common_name(*, null: str) -> Option:
    """Return an option that takes a common name."""
    return Option({"type": "str"}, null, clean=clean_name)


def make_spec(options: Options) -> dict[str, t.Any]:
    """Return the argument spec of the given options for AnsibleModule."""
    return {name: dict(option.spec) for name, option in options.items()}


# Values that users typed


class Typed:
    """The cleaned values of options, and the errors of options whose values are refused.

    :param subject: the entry of a list that the options belong to, for messages
    :ivar values: the cleaned values, without those that count as not given
    :ivar faults: the error of each option whose value is refused
    """

    def __init__(self, options: Options, values: t.Mapping[str, t.Any], subject: str = "") -> None:
        self.values: dict[str, t.Any] = {}
        self.faults: list[CertCentralError] = []
        for name, value in values.items():
            # Unknown options are left to Ansible, which refuses them.
            option = options.get(name, UNKNOWN)
            rule = option.null if value is None else option.empty if value == "" else ""
            if rule == NOT_GIVEN:
                continue
            try:
                if rule == REFUSED:
                    raise invalid(f"{name} is {'null' if value is None else 'empty'}", LEAVE_OUT)
                self.values[name] = option.clean(name, value)
            except CertCentralError as fault:
                self.faults.append(fault if fault.subject else fault.replaced(subject=subject))

    def check(self) -> None:
        """Report all refused values at once.

        :raises CertCentralError: ``invalid_option`` if there are any
        """
        if self.faults:
            # Ansible compiles each import anew for every task, and most tasks have no faults.
            from .faults import join_faults  # noqa: PLC0415

            raise join_faults(self.faults)


UNKNOWN = Option({}, null="", empty="")


# Options of all modules


def _environment(name: str) -> str:
    """Return the value of an environment variable without the white space around it.

    :raises AnsibleFallbackNotFound: if the variable is not set, or is blank
    """
    value = os.environ.get(name, "").strip()
    if not value:
        raise AnsibleFallbackNotFound()
    return value


COMMON_OPTIONS: dict[str, Option] = {
    "api_key": Option(
        {"type": "str", "no_log": True, "fallback": (_environment, ["DIGICERT_API_KEY"])},
        NOT_GIVEN,
        empty="",
        clean=lambda unused, value: clean_key(value),
    ),
    # An AWX credential sets these to an empty string if its fields are not filled in.
    "region": text(
        choices=list(BASE_URLS), default="us", fallback=(_environment, ["DIGICERT_REGION"]), empty=NOT_GIVEN
    ),
    "api_url": text(fallback=(_environment, ["DIGICERT_API_URL"]), empty=NOT_GIVEN),
    "validate_certs": flag(True),
    "ca_path": text(type="path", empty=NOT_GIVEN),
    "timeout": decimal(lambda seconds: seconds > 0, "a number of seconds above 0", default=30.0),
    "retry_timeout": number(0, default=240),
    "rate_limit_share": decimal(
        lambda share: share == 0 or 0.01 <= share <= 1000, "0 (no limiter) or 0.01 to 1000", default=1.0
    ),
}
# Options of several modules.
MAX_CHANGES = number(0, null=REFUSED)
CONCURRENCY = number(1, 16, default=4)
