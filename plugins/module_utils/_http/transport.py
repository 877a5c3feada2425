# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request and its response, with limits for time and size, and without redirects or retries.

Tests replace :class:`RequestsTransport` with another class that has the same methods.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import sys
import typing as t
from urllib.parse import urlencode, urlsplit

from .._errors import INVALID_OPTION, UNEXPECTED_RESPONSE, RequestError
from .bounded import MAX_BODY, MAX_ERROR_BODY, ConnectFailed, TooLong, bind
from .settings import Settings, is_loopback

# If requests is missing, bounded.py remembers it, and modules end before they use anything from here.
with contextlib.suppress(ImportError):
    import urllib3

if t.TYPE_CHECKING:
    from .proxy import Proxy

VERSION = "1.0.0"
USER_AGENT = "certops.certcentral/" + VERSION
CHUNK_BYTES = 16 * 1024
MAX_TIMEOUT_SECONDS = 86400.0
MAX_CONNECTIONS = 16
Params = t.Sequence[tuple[str, str]]
Headers = t.Mapping[str, str]


class Response(t.NamedTuple):
    """A response as it arrived.

    :param headers: the headers, whose names can be looked up in upper or lower case
    :param body: the body, or None if it did not arrive in full
    :param broken: the reason why the body did not arrive in full, if it did not
    """

    status: int
    headers: Headers
    body: bytes | None
    broken: RequestError | None = None


class Transport(t.Protocol):
    """The interface that a client uses to send requests, from several threads."""

    def send(self, method: str, path: str, params: Params, body: bytes | None, headers: Headers) -> Response:
        """Send a request and return its response.

        :raises RequestError: if no response arrived; if it is a :exc:`NotConnected`, nothing was sent
        """

    def close(self) -> None:
        """Close all connections."""


class NotConnected(RequestError):
    """The failure of a request whose connection never opened, so that nothing was sent."""


class RequestsTransport:
    """A transport that uses urllib3, the part of ``requests`` that makes connections."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.url
        seconds = min(settings.timeout, MAX_TIMEOUT_SECONDS)
        self._timeout = urllib3.Timeout(connect=seconds, read=seconds)
        self._ca_path = settings.ca_path
        self._proxy = None if is_loopback(urlsplit(settings.url).hostname or "") else _find_proxy(settings.url)
        # Whether an earlier connection through the proxy opened.
        self._proxy_works = False
        ca = _choose_ca(settings)
        self._pools = bind(
            self._proxy.open(MAX_CONNECTIONS, ca)
            if self._proxy
            else urllib3.PoolManager(maxsize=MAX_CONNECTIONS, **ca)
        )
        self._headers = {
            "X-DC-DEVKEY": settings.api_key,
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            # gzip is the only encoding whose unpacked size can be limited chunk by chunk.
            "Accept-Encoding": "gzip",
        }

    def close(self) -> None:
        """Close all connections."""
        self._pools.clear()

    def send(self, method: str, path: str, params: Params, body: bytes | None, headers: Headers) -> Response:
        """Send a request and return its response.

        :raises RequestError: if no response arrived; if it is a :exc:`NotConnected`, nothing was sent
        """
        try:
            response = self._pools.urlopen(
                method,
                f"{self._url}{path}?{urlencode(params)}" if params else self._url + path,
                body=body,
                headers={**self._headers, **headers},
                timeout=self._timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            self._proxy_works = True
            try:
                return Response(response.status, response.headers, _read(method, response))
            except RequestError as broken:
                response.close()
                return Response(response.status, response.headers, None, broken)
            finally:
                response.release_conn()
        except ConnectFailed as error:
            raise _failures().explain_unconnected(
                error,
                proxy=self._proxy,
                at_proxy=not error.reached_api,
                proxy_works=self._proxy_works,
                ca_path=self._ca_path,
            ) from None
        except urllib3.exceptions.LocationValueError as error:
            raise NotConnected(
                INVALID_OPTION, f"the request could not be made ({type(error).__name__})", "check api_url"
            ) from None
        except Exception as error:  # noqa: BLE001
            # A hostile response can make the libraries raise any exception, and the request may have taken effect.
            raise _failures().explain_broken("the connection to the API broke", error, outcome_unknown=True) from None


def _choose_ca(settings: Settings) -> dict[str, str]:
    """Return the options of a pool manager that tell which certificates to accept."""
    if not settings.validate_certs:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return {"cert_reqs": "CERT_NONE"}
    if settings.ca_path is None:
        return {"cert_reqs": "CERT_REQUIRED", "ca_certs": _find_ca_bundle()}
    return {
        "cert_reqs": "CERT_REQUIRED",
        "ca_cert_dir" if os.path.isdir(settings.ca_path) else "ca_certs": settings.ca_path,
    }


def _find_ca_bundle() -> str:
    """Return the path of the CA bundle of ``requests``. Some distributions have it without certifi."""
    try:
        from certifi import where  # noqa: PLC0415
    except ImportError:
        from requests.certs import where  # noqa: PLC0415
    return where()


def _find_proxy(url: str) -> Proxy | None:
    # Only on macOS can the environment name a proxy without a variable.
    if sys.platform != "darwin" and not any(name.lower() in ("https_proxy", "all_proxy") for name in os.environ):
        return None
    # Ansible compiles each import anew for every task, and most tasks need neither of these two.
    from .proxy import find_proxy  # noqa: PLC0415

    return find_proxy(url)


def _failures() -> t.Any:
    from . import failures  # noqa: PLC0415

    return failures


def _read(method: str, response: t.Any) -> bytes:
    """Return the unpacked body, of at most ``MAX_BODY`` or ``MAX_ERROR_BODY`` bytes.

    :raises RequestError: if the body is too long, has an encoding that was not requested, or does not arrive in full
    """
    headers = response.headers
    status = response.status
    if headers.get("Content-Encoding", "").lower() not in ("", "identity", "gzip"):
        raise RequestError(
            UNEXPECTED_RESPONSE,
            "the API's response uses a Content-Encoding that was not requested",
            "check what api_url leads to",
            http_status=status,
        )
    limit = MAX_BODY if status == 200 and method == "GET" else MAX_ERROR_BODY
    body = bytearray()
    try:
        for chunk in response.stream(CHUNK_BYTES):
            body += chunk
            if len(body) > limit:
                raise TooLong("the API's response", limit)
        # urllib3 before 2.0 accepts a body that was cut short.
        announced = headers.get("Content-Length", "")
        if announced.isdigit() and "Transfer-Encoding" not in headers and response.tell() < int(announced):
            raise http.client.IncompleteRead(b"")
    except Exception as error:  # noqa: BLE001
        raise _failures().explain_broken("the API's response broke off", error, http_status=status) from None
    return bytes(body)
