# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The URL, key and certificates for requests, which are checked before anything is sent."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import typing as t
from urllib.parse import urlsplit

from .._errors import INVALID_OPTION, CertCentralError
from .._text import sanitize

# An account belongs to one of these regions (https://dev.digicert.com/).
BASE_URLS = {
    "us": "https://www.digicert.com/services/v2",
    "eu": "https://certcentral.digicert.eu/services/v2",
}
# OpenSSL looks for other numbers only if there is a file with this one.
HASH_LINK = re.compile(r"[0-9a-f]{8}\.0")
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
        sound = parts.port != 0
        if ":" not in host:
            host.encode("idna")
            # No request can be sent to a host with these characters.
            sound = sound and not {"%", "*"} & set(host)
    except ValueError:
        raise CertCentralError(INVALID_OPTION, f"api_url is not a URL: {wanted}") from None
    if "@" in parts.netloc:
        raise CertCentralError(INVALID_OPTION, f"api_url must not contain a user name or a password: {wanted}")
    if not sound or not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise CertCentralError(INVALID_OPTION, f"api_url is not a base URL: {wanted}")
    if any(char in "\\?#" or not "!" <= char <= "~" for char in api_url):
        raise CertCentralError(INVALID_OPTION, f"api_url has characters that a base URL cannot have: {wanted}")
    if parts.scheme == "http" and not is_loopback(host):
        raise CertCentralError(
            INVALID_OPTION,
            f"api_url is http:// to {sanitize(host)}, which would show the API key to the network: use https://",
        )
    return api_url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether the host in a URL is this machine: ``localhost``, an address in ``127.0.0.0/8``, or ``::1``."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address == ipaddress.IPv6Address("::1") or address in ipaddress.IPv4Network("127.0.0.0/8")


def clean_key(api_key: t.Any) -> str:
    """Return the API key without the white space around it.

    :raises CertCentralError: ``invalid_option``. The message never contains any part of the key
    """
    if api_key is None:
        raise CertCentralError(
            INVALID_OPTION,
            "api_key is missing: set it, or the environment variable DIGICERT_API_KEY of the host that runs this",
        )
    if not isinstance(api_key, str):
        raise CertCentralError(INVALID_OPTION, "api_key is not a string: put it in quotes")
    key = api_key.strip()
    if not key:
        raise CertCentralError(INVALID_OPTION, "api_key is empty: set it to a CertCentral API key")
    if any(not " " <= char <= "~" for char in key):
        raise CertCentralError(
            INVALID_OPTION,
            "api_key has a line break, a control character or a non-ASCII character inside: check that it is read from the right file",
        )
    if len(key) < MIN_KEY_LENGTH:
        raise CertCentralError(
            INVALID_OPTION,
            f"api_key has fewer than {MIN_KEY_LENGTH} characters, too few to be hidden in what Ansible shows: set it to the "
            "whole CertCentral API key",
        )
    return key


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
        raise CertCentralError(INVALID_OPTION, f"ca_path {sanitize(ca_path)} cannot be used ({why})", advice) from None


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
