# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request and its response, with limits for time and size, and without redirects or retries.

Tests replace :class:`HttpTransport` with another class that has the same methods.
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import sys
import traceback
import typing as t
from urllib.parse import urlencode, urlsplit

from .._errors import RequestError
from .bounded import MAX_BODY, MAX_ERROR_BODY, MIB, BadResponse, bind, gate
from .settings import Settings, is_loopback

REQUESTS_IMPORT_ERROR: str | None = None
try:
    # Of requests, only its parts urllib3 and certifi are imported, because the whole library takes twice as long. It is imported if
    # there is a proxy.
    import urllib3

    if importlib.util.find_spec("requests") is None:
        raise ImportError("No module named 'requests'")
except ImportError:
    # Modules end before they use anything from here.
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

if t.TYPE_CHECKING:
    from .proxy import Proxy

VERSION = "1.0.0"
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

    def send(
        self,
        method: str,
        path: str,
        params: Params,
        body: bytes | None,
        headers: Headers,
        may_send: t.Callable[[], bool] = lambda: True,
    ) -> Response:
        """Send a request and return its response.

        :param may_send: called when a new connection has opened; if it returns false, nothing is sent
        :raises RequestError: if no response arrived; if it is a :exc:`NotConnected`, nothing was sent
        """

    def close(self) -> None:
        """Close all connections."""


class NotConnected(RequestError):
    """The failure of a request whose connection never opened, so that nothing was sent."""


class HttpTransport:
    """A transport that uses urllib3, the part of ``requests`` that makes connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._timeout = min(settings.timeout, MAX_TIMEOUT_SECONDS)
        self._proxy = None if is_loopback(urlsplit(settings.url).hostname or "") else _find_proxy(settings.url)
        # Whether an earlier connection through the proxy opened.
        self._proxy_works = False
        # A file descriptor in reserve. It is given up once a connection has opened, and is then free for imports.
        self._reserve = open(os.devnull, "rb")  # noqa: SIM115
        options = {"maxsize": MAX_CONNECTIONS, **_choose_ca(settings)}
        self._pools = self._proxy.open(**options) if self._proxy else bind(urllib3.PoolManager(**options))
        self._headers = {
            "X-DC-DEVKEY": settings.api_key,
            "User-Agent": f"certops.certcentral/{VERSION}",
            "Accept": "application/json",
            # gzip is the only encoding whose unpacked size can be limited chunk by chunk.
            "Accept-Encoding": "gzip",
        }

    def close(self) -> None:
        """Close all connections."""
        self._pools.clear()
        self._reserve.close()

    def send(
        self,
        method: str,
        path: str,
        params: Params,
        body: bytes | None,
        headers: Headers,
        may_send: t.Callable[[], bool] = lambda: True,
    ) -> Response:
        """Send a request and return its response, as :meth:`Transport.send` describes."""
        response: t.Any = None
        gate.may_send = may_send
        try:
            try:
                response = self._pools.request(
                    method,
                    self._settings.url + path + (f"?{urlencode(params)}" if params else ""),
                    body=body,
                    headers={**self._headers, **headers},
                    timeout=self._timeout,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
            finally:
                self._reserve.close()
            self._proxy_works = True
            return Response(response.status, response.headers, _read(method, response))
        except Exception as error:  # noqa: BLE001
            # Ansible compiles each import anew for every task, and most tasks do not need this one.
            from .failures import explain, explain_body  # noqa: PLC0415

            if response is None:
                raise explain(error, self._proxy, self._proxy_works, self._settings.ca_path) from None
            response.close()
            return Response(response.status, response.headers, None, explain_body(error, response.status))
        finally:
            if response:
                response.release_conn()


def _choose_ca(settings: Settings) -> dict[str, t.Any]:
    """Return the options of a pool manager that tell which certificates to accept."""
    if not settings.validate_certs:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return {"cert_reqs": "CERT_NONE"}
    path = settings.ca_path or _find_ca_bundle()
    return {"cert_reqs": "CERT_REQUIRED", "ca_cert_dir" if os.path.isdir(path) else "ca_certs": path}


def _find_ca_bundle() -> str:
    """Return the path of the CA bundle of ``requests``. In some distributions, it is not that of certifi."""
    try:
        import certifi  # noqa: PLC0415

        return certifi.where()
    except ImportError:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH  # noqa: PLC0415

        return DEFAULT_CA_BUNDLE_PATH


def _find_proxy(url: str) -> Proxy | None:
    # Only on macOS can there be a proxy without a variable.
    if sys.platform != "darwin" and not any(name.lower() in ("https_proxy", "all_proxy") for name in os.environ):
        return None
    from .proxy import find_proxy  # noqa: PLC0415  (most tasks have no proxy)

    return find_proxy(url)


def _read(method: str, response: t.Any) -> bytes:
    """Return the unpacked body, of at most ``MAX_BODY`` or ``MAX_ERROR_BODY`` bytes.

    :raises Exception: if the body is too long, has an encoding that was not requested, or does not arrive in full
    """
    headers = response.headers
    if headers.get("Content-Encoding", "").lower() not in ("", "identity", "gzip"):
        raise BadResponse("the API's response uses a Content-Encoding that was not requested")
    limit = MAX_BODY if response.status == 200 and method == "GET" else MAX_ERROR_BODY
    body = bytearray()
    for chunk in response.stream(CHUNK_BYTES):
        body += chunk
        if len(body) > limit:
            raise BadResponse(f"the API's response is longer than {limit // MIB} MiB")
    # urllib3 before 2.0 accepts a body that was cut short.
    announced = headers.get("Content-Length", "")
    if announced.isdigit() and "Transfer-Encoding" not in headers and response.tell() < int(announced):
        raise http.client.IncompleteRead(b"")
    return bytes(body)
