# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API keys that cannot be used."""

from __future__ import annotations

import os
import typing as t

from .settings import MIN_KEY_LENGTH


def describe_fault(api_key: t.Any) -> str:
    """Return what is wrong with a key that is not valid, and what to do, without any part of the key."""
    if api_key is None and any(os.environ.get(name) for name in ("SUDO_USER", "DOAS_USER")):
        return (
            "api_key is missing, and sudo (become), which started this, usually drops DIGICERT_API_KEY from the environment: set "
            "api_key, or run this without become"
        )
    if api_key is None:
        return "api_key is missing: set it, or the environment variable DIGICERT_API_KEY of the host that runs this"
    if not isinstance(api_key, str):
        return "api_key is not a string: put it in quotes"
    if not api_key.strip():
        return "api_key is empty: set it to a CertCentral API key"
    if len(api_key.strip()) < MIN_KEY_LENGTH and all(" " <= char <= "~" for char in api_key.strip()):
        return (
            f"api_key has fewer than {MIN_KEY_LENGTH} characters, too few to be hidden in what Ansible shows: set it to the "
            "whole CertCentral API key"
        )
    return "api_key has a line break, a control character or a non-ASCII character inside: check that it is read from the right file"
