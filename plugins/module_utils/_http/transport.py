# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request and its response, with limits for time and size, and without redirects or retries.

Tests replace :class:`HttpTransport`.
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import sys
import typing as t
from urllib.parse import urlencode, urlsplit

from .._errors import RequestError
from .connections import MAX_BODY, MAX_ERROR_BODY, MIB, BadResponse, DirectConnections
from .settings import Settings, is_loopback

# If it is missing, modules end before they use anything from here. A task without a proxy does not import it, because that takes long,
# but it uses the CA bundle that comes with it.
HAS_REQUESTS = importlib.util.find_spec("requests") is not None

if t.TYPE_CHECKING:
    from .proxy import Proxy, ProxyConnections

VERSION = "1.0.0"
CHUNK_BYTES = 16 * 1024
MAX_TIMEOUT_SECONDS = 86400.0
Params = t.Sequence[tuple[str, str]]
Headers = t.Union[t.Mapping[str, str], http.client.HTTPMessage]


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


class NotConnected(RequestError):
    """The failure of a request whose connection never opened, so that nothing was sent."""


class HttpTransport:
    """A transport that uses http.client, or urllib3 if there is a proxy."""

    def __init__(self, settings: Settings) -> None:
        timeout = min(settings.timeout, MAX_TIMEOUT_SECONDS)
        self._ca_path = settings.ca_path
        # Whether an earlier connection through the proxy opened.
        self._proxy_works = False
        self._proxy, self._connections = _connect(settings, timeout)
        # A file descriptor in reserve. It is given up once a connection has opened, and is then free for imports.
        self._reserve = open(os.devnull, "rb")  # noqa: SIM115
        self._headers = {
            "X-DC-DEVKEY": settings.api_key,
            "User-Agent": f"certops.certcentral/{VERSION}",
            "Accept": "application/json",
            # gzip is the only encoding whose unpacked size can be limited chunk by chunk.
            "Accept-Encoding": "gzip",
        }

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()
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
        """Send a request and return its response. Several threads may do so at the same time.

        :param may_send: called when a new connection has opened; if it returns false, nothing is sent
        :raises RequestError: if no response arrived; if it is a :exc:`NotConnected`, nothing was sent
        """
        response: http.client.HTTPResponse | None = None
        target = path + (f"?{urlencode(params)}" if params else "")
        try:
            with self._connections.request(method, target, body, {**self._headers, **headers}, may_send) as response:
                self._reserve.close()
                self._proxy_works = True
                return Response(response.status, response.headers, _read(method, response))
        except Exception as error:  # noqa: BLE001
            self._reserve.close()
            # Ansible compiles each import anew for every task, and most tasks do not need this one.
            from .failures import explain, explain_body  # noqa: PLC0415

            if response is None:
                raise explain(error, self._proxy, self._proxy_works, self._ca_path) from None
            return Response(response.status, response.headers, None, explain_body(error, response.status))


def _connect(settings: Settings, timeout: float) -> tuple[Proxy | None, DirectConnections | ProxyConnections]:
    """Return the proxy that the environment names, if there is one, and connections, which open when they are used.

    :param timeout: the maximum seconds for connecting, and for receiving a whole response
    """
    # Only on macOS can there be a proxy without a variable.
    may_have_proxy = sys.platform == "darwin" or {"https_proxy", "all_proxy"} & {*map(str.lower, os.environ)}
    if may_have_proxy and not is_loopback(urlsplit(settings.url).hostname or ""):
        from .proxy import ProxyConnections, find_proxy  # noqa: PLC0415  (most tasks have no proxy)

        if proxy := find_proxy(settings.url):
            return proxy, ProxyConnections(proxy, settings, timeout)
    return None, DirectConnections(
        settings.url, timeout, lambda: find_ca(settings) if settings.validate_certs else None
    )


def find_ca(settings: Settings) -> str:
    """Return the path of the CA bundle: the user's, or that of ``requests``. In some distributions, it is not that of certifi."""
    if settings.ca_path:
        return settings.ca_path
    try:
        import certifi  # noqa: PLC0415

        return certifi.where()
    except ImportError:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH  # noqa: PLC0415

        return DEFAULT_CA_BUNDLE_PATH


def _read(method: str, response: t.Any) -> bytes:
    """Return the unpacked body, of at most ``MAX_BODY`` or ``MAX_ERROR_BODY`` bytes.

    :raises Exception: if the body is too long, has an encoding that was not requested, or does not arrive in full
    """
    encoding = ", ".join(response.headers.get_all("Content-Encoding", ())).lower()
    if encoding not in ("", "identity", "gzip"):
        raise BadResponse("the API's response uses a Content-Encoding that was not requested")
    reader = response
    if encoding == "gzip":
        import gzip  # noqa: PLC0415  (short responses are not packed)

        reader = gzip.GzipFile(fileobj=response)
    limit = MAX_BODY if response.status == 200 and method == "GET" else MAX_ERROR_BODY
    body = bytearray()
    while chunk := reader.read(CHUNK_BYTES):
        body += chunk
        if len(body) > limit:
            raise BadResponse(f"the API's response is longer than {limit // MIB} MiB")
    # http.client accepts a body that was cut short. urllib3 refuses it.
    if getattr(response, "length", None):
        raise http.client.IncompleteRead(b"")
    return bytes(body)
