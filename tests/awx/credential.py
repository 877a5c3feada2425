# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The custom credential type of the guide, and the environment variables that AWX makes from it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = Path(__file__).parents[2] / "docs" / "awx"
INPUTS: dict[str, t.Any] = yaml.safe_load((FOLDER / "credential_type_inputs.yml").read_text(encoding="utf-8"))
INJECTORS: dict[str, t.Any] = yaml.safe_load((FOLDER / "credential_type_injectors.yml").read_text(encoding="utf-8"))


def inject(**values: str) -> dict[str, str]:
    """Return the environment variables of a job whose credential has these values.

    AWX renders each template with the values that are not empty. An undefined value becomes an empty string.
    """
    environment = ImmutableSandboxedEnvironment()
    given = {name: value for name, value in values.items() if value}
    return {name: environment.from_string(text).render(given) for name, text in INJECTORS["env"].items()}
