# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The roles of the collection: finding the role of a task, checking its variables, and reading the options that they set."""

from __future__ import annotations

import os
import typing as t

import yaml

from ..module_utils._errors import CertCentralError
from ..module_utils._text import sanitize

COLLECTION = "certops.certcentral"


def find_role(task: t.Any) -> str | None:
    """Return the name of the role that a task belongs to, or None if it does not belong to a role of this collection."""
    role = getattr(task, "_role", None)
    if role is None or role._role_collection != COLLECTION:
        return None
    return str(role.get_name()).rpartition(".")[2]


def check_variables(task: t.Any, names: t.Iterable[str]) -> None:
    """Refuse a variable with the prefix of the role that the role does not know, because a typo must not drop an exclusion.

    :param names: all variables of the task
    :raises CertCentralError: ``invalid_option``
    """
    role = find_role(task)
    if role is None:
        return
    # The result of an earlier use of the role may still be set.
    known = {*_read_options(task), f"{role}_result"}
    unknown = sorted(name for name in names if name.lower().startswith(f"{role}_") and name not in known)
    if unknown:
        verb = "is not a variable" if len(unknown) == 1 else "are not variables"
        raise CertCentralError(
            "invalid_option",
            f"{', '.join(sanitize(name, 80) for name in unknown)} {verb} of the role {role}",
            f"ansible-doc -t role {COLLECTION}.{role} shows the variables of the role",
        )


def _read_options(task: t.Any) -> dict[str, dict[str, t.Any]]:
    """Return the variables in the argument spec of a task's role."""
    with open(os.path.join(task._role._role_path, "meta", "argument_specs.yml"), encoding="utf-8") as file:
        [spec] = yaml.safe_load(file)["argument_specs"].values()
    options: dict[str, dict[str, t.Any]] = spec["options"]
    return options


def fill_omitted(task: t.Any) -> dict[str, t.Any]:
    """Return the role's defaults for the options that its task lacks because their variables are ``omit``.

    Otherwise they would have the defaults of the module, which has no limit for changes.

    :raises CertCentralError: ``invalid_option`` if the role requires one of them
    """
    role = find_role(task)
    if role is None:
        return {}
    options = {name[len(role) + 1 :]: spec for name, spec in _read_options(task).items() if name.startswith(f"{role}_")}
    lacking = {option: spec for option, spec in options.items() if option not in task.args}
    if required := [f"{role}_{option}" for option, spec in lacking.items() if spec.get("required")]:
        raise CertCentralError("invalid_option", f"the role {role} requires {', '.join(required)}", "set it")
    return {option: spec["default"] for option, spec in lacking.items() if "default" in spec}


def read_optional(task: t.Any, variables: t.Mapping[str, t.Any], templar: t.Any) -> dict[str, t.Any]:
    """Return the values of options that have no default in the role, if a variable sets them and the task belongs to a role.

    The task in the role cannot pass these options with ``default(omit)``. That would also omit the play's default for the action
    group, and ``omit`` is itself a variable that somebody can set.

    :param variables: all variables of the task, before templates are evaluated
    """
    role = find_role(task)
    if role is None:
        return {}
    optional = [
        name for name, spec in _read_options(task).items() if "default" not in spec and not spec.get("required")
    ]
    names = {name.removeprefix("digicert_").removeprefix(f"{role}_"): name for name in optional}
    typed = {option: variables[name] for option, name in names.items() if name in variables}
    filled: dict[str, t.Any] = templar.template(typed)
    # In ansible-core 2.18 and older, omit is a string.
    return {option: value for option, value in filled.items() if value != variables.get("omit")}
