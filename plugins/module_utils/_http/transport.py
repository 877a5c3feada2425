# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request and its response, with limits for time and size, and without redirects or retries.

Tests replace :class:`RequestsTransport` with another class that has the same methods.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import typing as t
from urllib.parse import urlsplit

from .._errors import INVALID_OPTION, UNEXPECTED_RESPONSE, RequestError
from .bounded import MAX_BODY, MAX_ERROR_BODY, BoundAdapter, BoundSession, ConnectFailed, TooLong
from .settings import Settings, is_loopback

try:
    import requests
    from urllib3 import disable_warnings
    from urllib3.exceptions import InsecureRequestWarning, LocationValueError
except ImportError:
    # bounded.py remembers that requests is missing, and modules end before they use anything from here.
    pass


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
    """A transport that uses the library ``requests``."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.url
        self._timeout = min(settings.timeout, MAX_TIMEOUT_SECONDS)
        self._verify: bool | str = (settings.ca_path or True) if settings.validate_certs else False
        if not settings.validate_certs:
            disable_warnings(InsecureRequestWarning)
        self._ca_path = settings.ca_path
        self._proxy = None if is_loopback(urlsplit(settings.url).hostname or "") else _find_proxy(settings.url)
        # Whether an earlier connection through the proxy opened.
        self._proxy_works = False
        self._session = BoundSession()
        adapter = BoundAdapter(pool_maxsize=MAX_CONNECTIONS)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter)
        # Requests are independent of each other, so the CDN's cookies are not kept.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # Otherwise a .netrc would add credentials, and REQUESTS_CA_BUNDLE would replace ca_path.
        self._session.trust_env = False
        self._session.headers.update(
            {
                "X-DC-DEVKEY": settings.api_key,
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                # gzip is the only encoding whose unpacked size can be limited chunk by chunk.
                "Accept-Encoding": "gzip",
            }
        )

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def send(self, method: str, path: str, params: Params, body: bytes | None, headers: Headers) -> Response:
        """Send a request and return its response.

        :raises RequestError: if no response arrived; if it is a :exc:`NotConnected`, nothing was sent
        """
        try:
            with self._session.request(
                method,
                self._url + path,
                params=list(params),
                data=body,
                headers=dict(headers),
                timeout=(self._timeout, self._timeout),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                proxies={"all": self._proxy.url} if self._proxy else {},
            ) as response:
                self._proxy_works = True
                try:
                    return Response(response.status_code, response.headers, _read(response))
                except RequestError as broken:
                    return Response(response.status_code, response.headers, None, broken)
        except ConnectFailed as error:
            raise _failures().explain_unconnected(
                error,
                proxy=self._proxy,
                at_proxy=not error.reached_api,
                proxy_works=self._proxy_works,
                ca_path=self._ca_path,
            ) from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, LocationValueError) as error:
            # The text may contain a password.
            where = self._proxy.variable if self._proxy else "api_url"
            raise NotConnected(
                INVALID_OPTION, f"the request could not be made ({type(error).__name__})", f"check {where}"
            ) from None
        except Exception as error:  # noqa: BLE001
            # A hostile response can make the libraries raise any exception, and the request may have taken effect.
            raise _failures().explain_broken("the connection to the API broke", error, outcome_unknown=True) from None


def _find_proxy(url: str) -> Proxy | None:
    # Ansible compiles each import anew for every task, and most tasks need neither of these two.
    from .proxy import find_proxy  # noqa: PLC0415

    return find_proxy(url)


def _failures() -> t.Any:
    from . import failures  # noqa: PLC0415

    return failures


def _read(response: t.Any) -> bytes:
    """Return the unpacked body, of at most ``MAX_BODY`` or ``MAX_ERROR_BODY`` bytes.

    :raises RequestError: if the body is too long, has an encoding that was not requested, or does not arrive in full
    """
    headers = response.headers
    status = response.status_code
    if headers.get("Content-Encoding", "").lower() not in ("", "identity", "gzip"):
        raise RequestError(
            UNEXPECTED_RESPONSE,
            "the API's response uses a Content-Encoding that was not requested",
            "check what api_url leads to",
            http_status=status,
        )
    limit = MAX_BODY if status == 200 and response.request.method == "GET" else MAX_ERROR_BODY
    body = bytearray()
    try:
        for chunk in response.iter_content(CHUNK_BYTES):
            body += chunk
            if len(body) > limit:
                raise TooLong("the API's response", limit)
        # urllib3 before 2.0 accepts a body that was cut short.
        announced = headers.get("Content-Length", "")
        if announced.isdigit() and "Transfer-Encoding" not in headers and response.raw.tell() < int(announced):
            raise http.client.IncompleteRead(b"")
    except Exception as error:  # noqa: BLE001
        raise _failures().explain_broken("the API's response broke off", error, http_status=status) from None
    return bytes(body)
