# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA bundle that the user names, which is checked before anything is sent."""

from __future__ import annotations

import os
import re
import ssl

from .._errors import CertCentralError
from .._text import sanitize

# OpenSSL looks for other numbers only if there is a file with this one.
HASH_LINK = re.compile(r"[0-9a-f]{8}\.0")


def check_ca(ca_path: str) -> None:
    """Refuse a CA bundle that cannot be used.

    :raises CertCentralError: ``invalid_option``
    """
    why, advice = "", "it has to be a file with PEM certificates, or a directory with hash links to such files"
    try:
        if not os.path.isdir(ca_path):
            _load(ca_path)
        elif not any(_is_found(ca_path, name) for name in os.listdir(ca_path)):
            why, advice = (
                "OpenSSL would find no certificate in this directory",
                "run openssl rehash on it, or set ca_path to the file",
            )
    except (OSError, ValueError) as error:
        why = sanitize(getattr(error, "strerror", None) or error)
    if why:
        raise CertCentralError(
            "invalid_option", f"ca_path {sanitize(ca_path)} cannot be used ({why})", advice
        ) from None


def _load(path: str) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)


def _is_found(directory: str, name: str) -> bool:
    """Return whether OpenSSL would find a certificate under this name, which consists of the subject's hash and a number."""
    try:
        if HASH_LINK.fullmatch(name):
            _load(os.path.join(directory, name))
            return True
    except OSError:
        pass
    return False
