# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange over HTTP: a request and its reply, bounded in time and size. Follows no redirect, repeats nothing.

This is the seam under the client: whatever has a ``send`` like :class:`RequestsTransport` can take its place.
"""

from __future__ import annotations

import http.client
import http.cookiejar
import re
import socket
import ssl
import typing as t
from urllib.parse import urlsplit

from .._errors import BLOCKED, INVALID_OPTION, TLS, UNAVAILABLE, UNEXPECTED_RESPONSE, RequestError
from .._text import sanitize
from .bounded import MAX_BODY, MAX_ERROR_BODY, BoundAdapter, BoundSession, ConnectFailed, TooLong
from .settings import Settings, is_loopback

try:
    import requests
    from requests.utils import get_environ_proxies
    from urllib3 import disable_warnings
    from urllib3.exceptions import InsecureRequestWarning, LocationValueError
except ImportError:
    # _bounded_http says so, and _module ends before anything here is used.
    pass


VERSION = "1.0.0"
USER_AGENT = "certops.certcentral/" + VERSION
CHUNK_BYTES = 16 * 1024
MAX_TIMEOUT_SECONDS = 86400.0
MAX_CONNECTIONS = 16
TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (4\d\d)")
PROXY_ADVICE = "check the proxy variables of the host that runs this (https_proxy, no_proxy)"
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

    def close(self) -> None:
        """Close all connections."""


class NotConnected(RequestError):
    """The connection never opened, so nothing was sent."""


class RequestsTransport:
    """Exchanges over ``requests``."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.url
        self._timeout = min(settings.timeout, MAX_TIMEOUT_SECONDS)
        self._verify: bool | str = (settings.ca_path or True) if settings.validate_certs else False
        if not settings.validate_certs:
            disable_warnings(InsecureRequestWarning)
        host = urlsplit(settings.url).hostname or ""
        self._proxies: dict[str, str] = {} if is_loopback(host) else get_environ_proxies(settings.url)
        self._session = BoundSession()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, BoundAdapter(pool_maxsize=MAX_CONNECTIONS))
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

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

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
                proxies=self._proxies,
            ) as response:
                try:
                    return Response(response.status_code, response.headers, _read(response))
                except RequestError as broken:
                    return Response(response.status_code, response.headers, None, broken)
        except ConnectFailed as error:
            raise _not_connected(error) from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, LocationValueError) as error:
            # A proxy of the environment, say. The text may hold a password.
            raise NotConnected(
                INVALID_OPTION,
                f"the request could not be made ({type(error).__name__})",
                f"check api_url; {PROXY_ADVICE}",
            ) from None
        except Exception as error:  # noqa: BLE001
            # Whatever a hostile reply makes the libraries raise: the request may have had its effect.
            raise _broken("the connection to the API broke", error, outcome_unknown=True) from None


def _read(response: t.Any) -> bytes:
    """The body. Reads no more than ``MAX_BODY`` or ``MAX_ERROR_BODY``, even of a reply that unpacks to more.

    :raises RequestError: if it is too long, packed otherwise than was asked for, or does not arrive in full
    """
    headers = response.headers
    status = response.status_code
    if headers.get("Content-Encoding", "").lower() not in ("", "identity", "gzip"):
        raise RequestError(
            UNEXPECTED_RESPONSE, "the API's reply is packed otherwise than asked for", http_status=status
        )
    limit = MAX_BODY if status == 200 and response.request.method == "GET" else MAX_ERROR_BODY
    body = bytearray()
    try:
        for chunk in response.iter_content(CHUNK_BYTES):
            body += chunk
            if len(body) > limit:
                raise TooLong("the API's reply", limit)
        # urllib3 before 2.0 takes a body that was cut short for a whole one.
        announced = headers.get("Content-Length", "")
        if announced.isdigit() and "Transfer-Encoding" not in headers and response.raw.tell() < int(announced):
            raise http.client.IncompleteRead(b"")
    except Exception as error:  # noqa: BLE001
        raise _broken("the API's reply broke off", error, http_status=status) from None
    return bytes(body)


def _not_connected(error: Exception) -> NotConnected:
    """Why the connection did not open, and whether another try can help."""
    causes = list(_causes(error))
    why = _why(causes)
    if any(isinstance(cause, ssl.CertificateError) or "CertificateError" in repr(type(cause)) for cause in causes):
        return NotConnected(
            TLS, f"the API's certificate was not accepted ({why})", "set ca_path if the API has a private CA"
        )
    refused = next(filter(None, (TUNNEL_REFUSED.search(str(cause)) for cause in causes)), None)
    if refused:
        reason = INVALID_OPTION if refused[1] == "407" else BLOCKED
        return NotConnected(reason, f"the proxy refused the connection (HTTP {refused[1]})", PROXY_ADVICE)
    return NotConnected(UNAVAILABLE, f"the API cannot be reached ({why})", repeat=True)


def _broken(what: str, error: Exception, **values: t.Any) -> RequestError:
    """A reply that did not come, or not in full."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, TooLong):
            return RequestError(UNEXPECTED_RESPONSE, str(cause), "check what api_url leads to", **values)
        # http.client's own bounds, on lines and on their number.
        if type(cause) in (http.client.LineTooLong, http.client.HTTPException):
            text = f"the header of the API's reply makes no sense ({sanitize(cause)})"
            return RequestError(UNEXPECTED_RESPONSE, text, "check what api_url leads to", **values)
    return RequestError(UNAVAILABLE, f"{what} ({_why(causes)})", repeat=True, **values)


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    """An exception and all that led to it."""
    seen: list[BaseException] = []
    todo: list[t.Any] = [error]
    while todo:
        cause = todo.pop()
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            yield cause
            todo += [*cause.args, getattr(cause, "reason", None), cause.__cause__ or cause.__context__]


def _why(causes: list[BaseException]) -> str:
    """The plainest words for a network error: those of the operating system or of TLS where there are any."""
    for cause in reversed(causes):
        if isinstance(cause, socket.timeout) or "Timeout" in type(cause).__name__:
            return "it took too long"
        if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
            return sanitize(getattr(cause, "verify_message", None) or cause.strerror or cause, 200)
    return sanitize(type(causes[-1]).__name__)
