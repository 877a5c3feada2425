# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The URL, key and certificates for requests, which are checked before anything is sent."""

from __future__ import annotations

import contextlib
import socket
import typing as t
from urllib.parse import urlsplit

from .._errors import CertCentralError
from .._text import sanitize

# An account belongs to one of these regions (https://dev.digicert.com/).
BASE_URLS = {
    "us": "https://www.digicert.com/services/v2",
    "eu": "https://certcentral.digicert.eu/services/v2",
}
# Ansible hides a secret wherever its text occurs, and a short text can occur within words.
MIN_KEY_LENGTH = 8


class Settings(t.NamedTuple):
    """The settings of a transport.

    :param url: the base URL, without a slash at its end
    :param timeout: the maximum seconds for connecting, and for receiving a whole response
    """

    url: str
    api_key: str
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30.0


def make_base_url(region: str, api_url: str | None) -> str:
    """Return the base URL without a slash at its end: ``api_url`` if it is given, otherwise the URL of the region.

    :raises CertCentralError: ``invalid_option``. The message never contains the URL, because the URL may contain a password
    """
    if api_url is None:
        return BASE_URLS[region]
    wanted = "it has to look like https://gateway.example.com/services/v2"
    try:
        parts = urlsplit(api_url)
        host = parts.hostname or ""
        # No request can be sent to a host with these characters, or to port 0.
        sound = parts.port != 0 and (
            socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
            if "[" in parts.netloc
            else not (host.encode("idna") and {"%", "*"} & set(host))
        )
    except (OSError, ValueError):
        raise CertCentralError("invalid_option", f"api_url is not a URL: {wanted}") from None
    is_url = sound and host and parts.scheme in ("http", "https") and not parts.query and not parts.fragment
    faults = (
        ("@" in parts.netloc, f"must not contain a user name or a password: {wanted}"),
        (not is_url, f"is not a base URL: {wanted}"),
        (
            any(char in '\\?#"<>^`{|}' or not "!" <= char <= "~" for char in api_url),
            f"has characters that a base URL cannot have: {wanted}",
        ),
        (
            parts.scheme == "http" and not is_loopback(host),
            f"is http:// to {sanitize(host)}, which would show the API key to the network: use https://",
        ),
    )
    for is_wrong, what in faults:
        if is_wrong:
            raise CertCentralError("invalid_option", f"api_url {what}")
    return api_url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether the host in a URL is this machine: ``localhost``, an address in ``127.0.0.0/8``, or ``::1``."""
    for family, loopback in ((socket.AF_INET, b"\x7f"), (socket.AF_INET6, bytes(15) + b"\1")):
        with contextlib.suppress(OSError, ValueError):
            return socket.inet_pton(family, host).startswith(loopback)
    return host == "localhost"


def clean_key(api_key: t.Any) -> str:
    """Return the API key without the white space around it.

    :raises CertCentralError: ``invalid_option``. The message never contains any part of the key
    """
    key = api_key.strip() if isinstance(api_key, str) else ""
    if len(key) >= MIN_KEY_LENGTH and all(" " <= char <= "~" for char in key):
        return key
    # Ansible compiles each import anew for every task, and most tasks have a key.
    from .bad_key import describe_fault  # noqa: PLC0415

    raise CertCentralError("invalid_option", describe_fault(api_key))
