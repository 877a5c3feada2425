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
import re
import typing as t

from ansible.module_utils.errors import AnsibleFallbackNotFound

from .._errors import CertCentralError
from .._http.settings import BASE_URLS, clean_key
from .._text import sanitize

LEAVE_OUT = "set it, or leave it out (default(omit)) if that is what you mean"
# The largest number that the API uses.
MAX_NUMBER = 2**63 - 1
DIGITS = re.compile("-?[0-9]{1,19}")
MAX_SHOWN = 60

# Takes the option's name and a value as it was typed, and returns the value to use or raises CertCentralError.
Clean = t.Callable[[str, t.Any], t.Any]
# The possible meanings of null or an empty string.
NOT_GIVEN, REFUSED = "not given", "refused"


class Option(t.NamedTuple):
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

    def clean(name: str, value: t.Any) -> float:
        # Ansible compiles each import anew for every task, and most tasks do not have such an option.
        from .rare_values import clean_float  # noqa: PLC0415

        return clean_float(name, value, fits, wanted)

    return Option({"type": "float", **spec}, NOT_GIVEN, clean=clean)


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

    def clean(name: str, value: t.Any) -> str:
        from .rare_values import clean_name  # noqa: PLC0415  (as in decimal)

        return clean_name(name, value)

    return Option({"type": "str"}, null, clean=clean)


def make_spec(options: Options) -> dict[str, t.Any]:
    """Return the argument spec of the given options for AnsibleModule."""
    return {name: dict(option.spec) for name, option in options.items()}


# Single values


def invalid(what: str, advice: str = "") -> CertCentralError:
    """Return the error that refuses an option."""
    return CertCentralError("invalid_option", what, advice)


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


def check_choice(name: str, value: t.Any, spec: t.Mapping[str, t.Any]) -> None:
    """Refuse a value that is not one of the choices in an argument spec, if the spec has choices.

    :raises CertCentralError: ``invalid_option``
    """
    if "choices" in spec and value not in spec["choices"]:
        raise invalid(f"{name} is {show(value)}", f"it has to be one of {', '.join(spec['choices'])}")


def show(value: t.Any) -> str:
    """Return a value in the form in which messages show it."""
    return sanitize(value if isinstance(value, (bool, int, float)) else repr(value), MAX_SHOWN)


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
                    raise invalid(
                        f"{name} is {'null' if value is None else 'empty'}",
                        "set it" if option.spec.get("required") else LEAVE_OUT,
                    )
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
