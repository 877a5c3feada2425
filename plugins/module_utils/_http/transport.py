# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange over HTTP: a request and its reply, bounded in time and size. Follows no redirect, repeats nothing.

This is the seam under the client: whatever has a ``send`` like :class:`RequestsTransport` can take its place.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import typing as t

from .._errors import INVALID_OPTION, UNEXPECTED_RESPONSE, RequestError
from .bounded import MAX_BODY, MAX_ERROR_BODY, BoundAdapter, BoundSession, ConnectFailed, TooLong
from .failures import NotConnected, explain_broken, explain_unconnected
from .proxy import find_proxy
from .settings import Settings

try:
    import requests
    from urllib3 import disable_warnings
    from urllib3.exceptions import InsecureRequestWarning, LocationValueError
except ImportError:
    # bounded.py notes it, and modules end before anything here is used.
    pass


VERSION = "1.0.0"
USER_AGENT = "certops.certcentral/" + VERSION
CHUNK_BYTES = 16 * 1024
MAX_TIMEOUT_SECONDS = 86400.0
MAX_CONNECTIONS = 16
Params = t.Sequence[tuple[str, str]]
Headers = t.Mapping[str, str]


class Response(t.NamedTuple):
    """One reply as it came. ``body`` is None, and ``broken`` says why, where it did not arrive in full.

    ``headers`` finds a name in whatever case.
    """

    status: int
    headers: Headers
    body: bytes | None
    broken: RequestError | None = None


class Transport(t.Protocol):
    """What the client sends through. Several threads may use it."""

    def send(self, method: str, path: str, params: Params, body: bytes | None, headers: Headers) -> Response:
        """One exchange.

        :raises RequestError: no reply came; with :exc:`NotConnected` nothing was sent
        """


class RequestsTransport:
    """Exchanges over ``requests``."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.url
        self._timeout = min(settings.timeout, MAX_TIMEOUT_SECONDS)
        self._verify: bool | str = (settings.ca_path or True) if settings.validate_certs else False
        if not settings.validate_certs:
            disable_warnings(InsecureRequestWarning)
        self._ca_path = settings.ca_path
        self._proxy = find_proxy(settings.url)
        # Whether a connection through the proxy opened before.
        self._proxy_works = False
        self._session = BoundSession()
        adapter = BoundAdapter(pool_maxsize=MAX_CONNECTIONS)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter)
        # A cookie of the CDN would tie requests together that have nothing to do with each other.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # Else a .netrc would add credentials, and REQUESTS_CA_BUNDLE would replace ca_path.
        self._session.trust_env = False
        self._session.headers.update(
            {
                "X-DC-DEVKEY": settings.api_key,
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                # The one coding whose size can be bounded chunk by chunk.
                "Accept-Encoding": "gzip",
            }
        )

    def send(self, method: str, path: str, params: Params, body: bytes | None, headers: Headers) -> Response:
        """One exchange.

        :raises RequestError: no reply came; with :exc:`NotConnected` nothing was sent
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
            raise explain_unconnected(
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
            # Whatever a hostile response makes the libraries raise: the request may have had its effect.
            raise explain_broken("the connection to the API broke", error, outcome_unknown=True) from None


def _read(response: t.Any) -> bytes:
    """The body. Reads no more than ``MAX_BODY`` or ``MAX_ERROR_BODY``, even of a reply that unpacks to more.

    :raises RequestError: if it is too long, packed otherwise than was asked for, or does not arrive in full
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
        # urllib3 before 2.0 takes a body that was cut short for a whole one.
        announced = headers.get("Content-Length", "")
        if announced.isdigit() and "Transfer-Encoding" not in headers and response.raw.tell() < int(announced):
            raise http.client.IncompleteRead(b"")
    except Exception as error:  # noqa: BLE001
        raise explain_broken("the API's response broke off", error, http_status=status) from None
    return bytes(body)
