# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The transport: one session, its headers, TLS, timeouts and repeats. Knows no order and no Ansible."""

from __future__ import annotations

import email.utils
import http.client
import http.cookiejar
import io
import ipaddress
import json
import math
import os
import random
import re
import socket
import ssl
import threading
import time
import traceback
import typing as t
from urllib.parse import urlsplit

from ._errors import (
    INVALID_OPTION,
    NOT_FOUND,
    RATE_LIMITED,
    REFUSED,
    TLS,
    UNAUTHORIZED,
    UNAVAILABLE,
    UNEXPECTED_RESPONSE,
    CertCentralError,
    Interrupted,
    RequestFailed,
    plain,
)
from ._line import Line
from ._pace import WINDOWS, Pace

try:
    import requests
    from requests.adapters import HTTPAdapter
    from requests.utils import get_environ_proxies
    from urllib3 import disable_warnings
    from urllib3.exceptions import InsecureRequestWarning, LocationValueError
except ImportError:
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

VERSION = "1.0.0"
USER_AGENT = "certops.certcentral/" + VERSION

# https://dev.digicert.com/: an account lives on one of the two.
BASE_URLS = {
    "us": "https://www.digicert.com/services/v2",
    "eu": "https://certcentral.digicert.eu/services/v2",
}

# What one reply may cost. docs/bounds.md tells it to users.
MIB = 1024 * 1024
# Bytes of the body that a GET asked for. The largest listing page, 1000 rows, has some 4 MB.
MAX_BODY = 32 * MIB
# Bytes of any other: a few errors, or the page of a CDN. The errors are kept, in a long task those of many orders.
MAX_ERROR_BODY = MIB
# Bytes of a header, with all interim replies (1xx) before it.
MAX_HEADER = MIB
# Values in a JSON value, for each can take far more room than its text. The largest listing page has some 200,000.
MAX_VALUES = 1_000_000
# Levels of a JSON value; an order has some five.
MAX_DEPTH = 50
# Digits of a whole number. Python before 3.11 takes hours for millions of them, later ones refuse thousands.
MAX_DIGITS = 100
# A key that is shorter could be a part of anything. CertCentral's have 64 characters.
SHORTEST_SECRET = 8
CHUNK = 16 * 1024
# Seconds. The upper end of the first random wait (where the API asks for fewer requests, beyond its window), and of every
# later one.
FIRST_WAIT = 1.0
FIRST_WAIT_BEYOND = 0.25
LONGEST_WAIT = 30.0
DAY = 86400.0
# After a signal nobody sleeps longer.
NAP = 0.2
MOST_CONNECTIONS = 16

LONE_SURROGATES = re.compile("[\ud800-\udfff]")

Params = t.Sequence[tuple[str, str]]


def base_url(region: str, api_url: str | None) -> str:
    """The base URL without a slash at its end: the region's, or ``api_url`` once it is known to be harmless.

    :raises CertCentralError: ``invalid_option``; the message never holds the URL, which may hold a password
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
    except ValueError:
        raise CertCentralError(INVALID_OPTION, f"api_url is not a URL: {wanted}") from None
    if "@" in parts.netloc:
        raise CertCentralError(INVALID_OPTION, f"api_url holds a user name or a password, which it must not: {wanted}")
    if not sound or not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise CertCentralError(INVALID_OPTION, f"api_url is not a base URL: {wanted}")
    if any(char in "\\?#" or not "!" <= char <= "~" for char in api_url):
        raise CertCentralError(INVALID_OPTION, f"api_url has characters that a base URL cannot have: {wanted}")
    if parts.scheme == "http" and not is_loopback(host):
        raise CertCentralError(
            INVALID_OPTION,
            f"api_url is http:// to {plain(host)}, which would show the API key to the network: use https://",
        )
    return api_url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host of a URL is this machine by its very name: ``localhost``, ``127.0.0.0/8`` or ``::1``."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address == ipaddress.IPv6Address("::1") or address in ipaddress.IPv4Network("127.0.0.0/8")


def clean_key(api_key: str | None) -> str:
    """The API key without surrounding white space.

    :raises CertCentralError: ``invalid_option``; the message never holds any part of the key
    """
    if api_key is None:
        raise CertCentralError(
            INVALID_OPTION,
            "api_key is missing: set it, or the environment variable DIGICERT_API_KEY of the host that runs this",
        )
    key = api_key.strip()
    if not key:
        raise CertCentralError(INVALID_OPTION, "api_key is empty: set it to a CertCentral API key")
    if any(not " " <= char <= "~" for char in key):
        raise CertCentralError(
            INVALID_OPTION,
            "api_key has a line break, a control character or a non-ASCII character inside: is it the right file?",
        )
    return key


def check_ca(ca_path: str) -> None:
    """Refuse a CA bundle that cannot be used, before anything is sent.

    :raises CertCentralError: ``invalid_option``
    """
    try:
        where = {"capath": ca_path} if os.path.isdir(ca_path) else {"cafile": ca_path}
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**where)
    except (OSError, ValueError) as error:
        raise CertCentralError(
            INVALID_OPTION,
            f"ca_path {plain(ca_path)} cannot be used ({plain(getattr(error, 'strerror', None) or error)})",
            "it has to be a file of PEM certificates",
        ) from None


class NotConnected(Exception):
    """The connection never opened, so nothing was sent. Not one of the errors that urllib3 turns into its own."""


class _TooLong(OSError):
    """More came than any reply of the API has.

    :param most: bytes
    """

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{what} is longer than {most // MIB} MiB")


class _BoundReader(io.RawIOBase):
    """Reads one reply from a socket: until its timeout, counted from now on, is used up, and up to a bound in bytes.

    A reply that drips gets no more time, and one without an end no more room.
    """

    # Whether the header has come, with its empty line.
    header_ended = False

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", 0)
        self._end = time.monotonic() + (sock.gettimeout() or 0.0)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(left)
        size = self._raw.readinto(buffer)
        self._size += size or 0
        if not self.header_ended and self._size > MAX_HEADER:
            raise _TooLong("the header of the API's reply", MAX_HEADER)
        if self._size > MAX_HEADER + MAX_BODY:
            raise _TooLong("the API's reply", MAX_BODY)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Lines(io.BufferedReader):
    """Remembers the last line that was read. It is empty at the end of the connection alone."""

    last: bytes = b""

    def readline(self, size: int | None = -1) -> bytes:
        self.last = super().readline(size)
        return self.last


class _BoundResponse(http.client.HTTPResponse):
    """A reply whose header and body share one timeout and one bound. ``requests`` has a timeout for each read alone."""

    def __init__(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self._bound = _BoundReader(sock)
        self._lines = _Lines(self._bound)
        self.fp = self._lines

    def _read_status(self) -> tuple[str, int, str]:
        """The final status. http.client skips 100 alone, and would take a later reply for that to the next request."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status <= 101 or status >= 200:
                return version, status, reason
            http.client.parse_headers(self.fp)

    def begin(self) -> None:
        super().begin()
        # http.client takes a header that was cut short for a whole one.
        if not self._lines.last:
            raise http.client.RemoteDisconnected("the reply was cut short in its header")
        self._bound.header_ended = True
        # 101: what comes on this connection now is no HTTP.
        self.will_close = self.will_close or self.status < 200


def _bound(pool_class: t.Any) -> t.Any:
    """A pool of connections that bound their replies, and tell a connection that never opened from one that broke."""
    opened = pool_class.ConnectionCls.connect

    def connect(self: t.Any) -> None:
        try:
            opened(self)
        except Exception as error:
            raise NotConnected() from error

    connection = type("Connection", (pool_class.ConnectionCls,), {"response_class": _BoundResponse, "connect": connect})
    return type("Pool", (pool_class,), {"ConnectionCls": connection})


def _session() -> requests.Session:
    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self._bind(self.poolmanager)

        def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
            known = proxy in self.proxy_manager
            manager = super().proxy_manager_for(proxy, **kwargs)
            if not known:
                self._bind(manager)
            return manager

        @staticmethod
        def _bind(manager: t.Any) -> None:
            pools = manager.pool_classes_by_scheme.items()
            manager.pool_classes_by_scheme = {scheme: _bound(pool_class) for scheme, pool_class in pools}

    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter(pool_maxsize=MOST_CONNECTIONS))
    # A cookie of the CDN would tie requests together that have nothing to do with each other.
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    # Else a .netrc would add credentials, and REQUESTS_CA_BUNDLE would replace ca_path.
    session.trust_env = False
    # Even where redirects are not followed, requests reads all of their bodies to find out where they lead.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    return session


class Reply(t.NamedTuple):
    """One reply as it came. ``body`` is None, and ``broken`` says why, where it did not arrive whole."""

    status: int
    headers: t.Mapping[str, str]
    body: bytes | None
    broken: RequestFailed | None


class Patience:
    """How long failing requests may go on being repeated: ``retry_timeout`` seconds from the first failure on.

    The waits grow exponentially with full jitter, so that many tasks on one key do not come back together. Where the API
    asks for fewer requests, the shorter of its windows rolls on first, and the tasks with this key on this host ask one at a time.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._end: float | None = None
        self._failures = 0
        self._in_line = False

    def wait(self, failure: RequestFailed) -> bool:
        """Wait before the next try. False, at once, if no time is left for one."""
        client = self._client
        now = client.now()
        if self._end is None:
            self._end = now + client.retry_timeout
        left = self._end - now
        if left <= 0:
            self.leave_line()
            if self._failures:
                failure.what += f", and the {client.retry_timeout} s of retry_timeout are used up"
                failure.advice = "try again later"
            return False
        try:
            self._wait(left, failure)
        except Interrupted as interrupted:
            self.leave_line()
            failure.what += f", and {interrupted.what}"
            failure.advice = interrupted.advice
            return False
        return True

    def left(self) -> float:
        """Seconds for which a request may still go on being repeated."""
        return self._client.retry_timeout if self._end is None else self._end - self._client.now()

    def _wait(self, left: float, failure: RequestFailed) -> None:
        client = self._client
        first, window, stood = FIRST_WAIT, 0.0, 0.0
        if failure.reason == RATE_LIMITED:
            first, window = FIRST_WAIT_BEYOND, WINDOWS[0][1]
            if not self._in_line:
                stood = client.line.enter(left)
                self._in_line = True
        wait = window + random.uniform(0, min(LONGEST_WAIT, first * 2 ** min(self._failures, 10)))  # noqa: S311  (this is no secret)
        self._failures += 1
        if failure.retry_after:
            wait = max(0.0, failure.retry_after - stood)
        elif stood:
            # The one who asked before was answered, so there is room.
            wait = 0.0
        client.wait(max(0.0, min(wait, left - stood)), failure, stood)

    def leave_line(self) -> None:
        """The request was not turned down for the number of requests, or is given up: others may ask."""
        if self._in_line:
            self._in_line = False
            self._client.line.leave()

    def excuse(self, seconds: float) -> None:
        """Time that was spent on the pace does not count."""
        if self._end is not None:
            self._end += seconds


class Client:
    """Requests to one base URL with one key. Several threads may use it.

    :param url: base URL without a slash at its end, from :func:`base_url`
    :param api_key: from :func:`clean_key`
    :param timeout: seconds for connecting, and for one whole reply
    :param retry_timeout: seconds that a failing request may go on being repeated from its first failure on
    :param rate_limit_share: the share of the API's documented rate limits that may be used; 0: no pace
    :param folder: where the tasks of this host line up, see :class:`_line.Line`
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        validate_certs: bool = True,
        ca_path: str | None = None,
        timeout: float = 30.0,
        retry_timeout: int = 240,
        rate_limit_share: float = 1.0,
        folder: str | None = None,
    ) -> None:
        self.url = url
        self._secret = _secret(api_key)
        self.retry_timeout = min(retry_timeout, 10**9)
        # Set by a signal's handler, which must take no lock: no further request goes then.
        self.interrupted = False
        self.reads = 0
        self.writes = 0
        self.waited = 0.0
        self.waited_for = ""
        self._waited_until = -math.inf
        self._lock = threading.Lock()
        self.pace = Pace(rate_limit_share, self.now, self.sleep)
        self.line = Line(folder, f"{url} {api_key}", self.now, self.sleep)
        self._timeout = min(timeout, DAY)
        self._session = _session()
        self._session.headers.update(
            {
                "X-DC-DEVKEY": api_key,
                "User-Agent": USER_AGENT,
                "Accept": "application/json",
                # The one coding whose size can be bounded chunk by chunk.
                "Accept-Encoding": "gzip",
            }
        )
        self._verify: bool | str = (ca_path or True) if validate_certs else False
        if not validate_certs:
            disable_warnings(InsecureRequestWarning)
        host = urlsplit(url).hostname or ""
        self._proxies: dict[str, str] = {} if is_loopback(host) else get_environ_proxies(url)

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """
        :raises Interrupted: soon after a signal
        """
        end = self.now() + seconds
        while not self.interrupted and (left := end - self.now()) > 0:
            time.sleep(min(left, NAP))
        if self.interrupted:
            raise Interrupted()

    def wait(self, seconds: float, failure: RequestFailed, stood: float = 0.0) -> None:
        """Wait before a request is repeated. Where the API asked for fewer requests, all threads do.

        :param stood: seconds that were spent in the line for it
        """
        if failure.reason == RATE_LIMITED:
            self.pace.hold(seconds)
        self._account(stood, seconds, failure.what)
        self.sleep(seconds)

    def _account(self, past: float, ahead: float, why: str) -> None:
        """Keep account of waiting. Threads that wait at the same time wait once."""
        with self._lock:
            now = self.now()
            self.waited += max(0.0, now + ahead - max(now - past, self._waited_until))
            self._waited_until = max(self._waited_until, now + ahead)
            self.waited_for = why

    def get(self, path: str, params: Params = (), patience: Patience | None = None) -> dict[str, t.Any]:
        """The JSON object at ``path``, asked for again while that can help and time is left.

        :raises RequestFailed: the last failure
        """
        patience = patience or Patience(self)
        while True:
            try:
                return self._get(path, params, patience)
            except RequestFailed as failure:
                if not failure.repeat or not patience.wait(failure):
                    raise

    def put(
        self, path: str, body: t.Mapping[str, t.Any], patience: Patience, check: t.Callable[[], None] = lambda: None
    ) -> None:
        """Send ``body`` once. Repeating is up to the caller, who can read what a lost request did.

        :param check: called when the pace lets it go; what it raises stops it
        :raises RequestFailed: if anything but 204 came back
        """
        reply = self._exchange("PUT", path, patience, data=json.dumps(body).encode("ascii"), check=check)
        if reply.status != 204:
            failure = self._failure(reply)
            # A 4xx says that nothing was done. Whatever else is not the documented 204 says nothing.
            failure.lost = not 400 <= reply.status < 500 or reply.status == 408
            raise failure

    def _get(self, path: str, params: Params, patience: Patience) -> dict[str, t.Any]:
        # A change does not wait here: it goes on a reading that did, and which must not grow old.
        stood = self.line.wait(patience.left())
        if stood:
            self._account(stood, 0.0, "the API asked another task with this key for fewer requests")
        reply = self._exchange("GET", path, patience, params=params)
        # For any other status the header says enough.
        if reply.broken and reply.status in (200, 404):
            raise reply.broken
        if reply.status != 200:
            raise self._failure(reply)
        data = self._parse(reply)
        if not isinstance(data, dict):
            raise RequestFailed(
                UNEXPECTED_RESPONSE,
                "the API's reply is not a JSON object, or larger than any of its replies",
                "does api_url lead to CertCentral's Services API?",
                http_status=200,
            )
        return data

    def _parse(self, reply: Reply) -> t.Any:
        """The JSON value of a reply, without the key should it be in there; None if there is none."""
        return _clean(_parse(reply.body or b""), self._secret)

    def _failure(self, reply: Reply) -> RequestFailed:
        errors = _errors(self._parse(reply))
        return _failure(reply, errors, _words(errors, "" if errors else _text(reply, self._secret)))

    def _exchange(
        self,
        method: str,
        path: str,
        patience: Patience,
        *,
        params: Params = (),
        data: bytes | None = None,
        check: t.Callable[[], None] = lambda: None,
    ) -> Reply:
        if not self.pace.enter_at_once():
            # Those behind it in the line shall not wait for this task's own pace.
            patience.leave_line()
            patience.excuse(self.pace.enter())
        try:
            if self.interrupted:
                raise Interrupted()
            check()
        except BaseException:
            self.pace.give_back()
            patience.leave_line()
            raise
        with self._lock:
            self.reads += method == "GET"
            self.writes += method == "PUT"
        try:
            reply = self._send(method, path, params, data)
        except RequestFailed:
            patience.leave_line()
            raise
        finally:
            self.pace.leave()
        if reply.status != 429:
            patience.leave_line()
        return reply

    def _send(self, method: str, path: str, params: Params, data: bytes | None) -> Reply:
        try:
            with self._session.request(
                method,
                self.url + path,
                params=list(params),
                data=data,
                headers={"Content-Type": "application/json"} if data is not None else None,
                timeout=(self._timeout, self._timeout),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                proxies=self._proxies,
            ) as response:
                try:
                    return Reply(response.status_code, response.headers, _read(response), None)
                except RequestFailed as broken:
                    return Reply(response.status_code, response.headers, None, broken)
        except NotConnected as error:
            causes = list(_causes(error))
            why = _why(causes)
            if any(
                isinstance(cause, ssl.CertificateError) or "CertificateError" in repr(type(cause)) for cause in causes
            ):
                raise RequestFailed(
                    TLS, f"the API's certificate was not accepted ({why})", "set ca_path if the API has a private CA"
                ) from None
            raise RequestFailed(UNAVAILABLE, f"the API cannot be reached ({why})", repeat=True) from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, LocationValueError) as error:
            # A proxy of the environment, say. The text may hold a password.
            raise RequestFailed(
                INVALID_OPTION,
                f"the request could not be made ({type(error).__name__})",
                "check api_url and the proxy variables",
                lost=True,
            ) from None
        except Exception as error:  # noqa: BLE001
            # Whatever a hostile reply makes the libraries raise: the request may have had its effect.
            failure = _broken("the connection to the API broke", error)
            failure.lost = True
            raise failure from None


def _read(response: requests.Response) -> bytes:
    """The body. Reads no more than ``MAX_BODY`` or ``MAX_ERROR_BODY``, even of a reply that unpacks to more.

    :raises RequestFailed: if it is too long, packed otherwise than was asked for, or does not arrive whole
    """
    headers = response.headers
    if headers.get("Content-Encoding", "").lower() not in ("", "identity", "gzip"):
        raise RequestFailed(
            UNEXPECTED_RESPONSE, "the API's reply is packed otherwise than asked for", http_status=response.status_code
        )
    most = MAX_BODY if response.status_code == 200 and response.request.method == "GET" else MAX_ERROR_BODY
    body = bytearray()
    try:
        for chunk in response.iter_content(CHUNK):
            body += chunk
            if len(body) > most:
                raise _TooLong("the API's reply", most)
        # urllib3 before 2.0 takes a body that was cut short for a whole one.
        announced = headers.get("Content-Length", "")
        if announced.isdigit() and "Transfer-Encoding" not in headers and response.raw.tell() < int(announced):
            raise http.client.IncompleteRead(b"")
    except Exception as error:  # noqa: BLE001
        failure = _broken("the API's reply broke off", error)
        failure.http_status = response.status_code
        raise failure from None
    return bytes(body)


def _broken(what: str, error: Exception) -> RequestFailed:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, _TooLong):
            return RequestFailed(UNEXPECTED_RESPONSE, str(cause), "check what api_url leads to")
        # http.client's own bounds, on lines and on their number.
        if type(cause) in (http.client.LineTooLong, http.client.HTTPException):
            return RequestFailed(
                UNEXPECTED_RESPONSE,
                f"the header of the API's reply makes no sense ({plain(cause)})",
                "check what api_url leads to",
            )
    return RequestFailed(UNAVAILABLE, f"{what} ({_why(causes)})", repeat=True)


def _parse(body: bytes) -> t.Any:
    """The JSON value in ``body``; None if there is none, or an absurd one. NaN and infinite numbers are not JSON."""
    if sum(map(body.count, b",[{")) > MAX_VALUES:
        return None
    try:
        return json.loads(body, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
    except (ValueError, RecursionError):
        return None


def _refuse(text: str) -> t.NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _whole(text: str) -> int:
    return int(text) if len(text) <= MAX_DIGITS else _refuse(text)


def _secret(api_key: str) -> re.Pattern[str] | None:
    """Finds the key in what the API wrote, also where it is broken into lines. None if it is too short for that."""
    return re.compile(r"\s*".join(map(re.escape, api_key))) if len(api_key) >= SHORTEST_SECRET else None


def _clean(value: t.Any, secret: re.Pattern[str] | None, depth: int = 0) -> t.Any:
    """A JSON value that Ansible can pass on: without ``secret``, and with nothing in it that is not Unicode text.

    None if it is nested too deeply.
    """
    if isinstance(value, str):
        if secret:
            value = secret.sub("********", value)
        return value if value.isascii() else LONE_SURROGATES.sub("\ufffd", value)
    if not isinstance(value, (dict, list)):
        return value
    if depth == MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [_clean(item, secret, depth + 1) for item in value]
    return {_clean(name, secret): _clean(item, secret, depth + 1) for name, item in value.items()}


def _failure(reply: Reply, errors: list[dict[str, t.Any]], words: str) -> RequestFailed:
    """What a reply other than the documented success means, by its status and the API's errors."""
    status = reply.status
    codes = {str(error["code"]) for error in errors}

    def failed(reason: str, what: str, advice: str = "", repeat: bool = False) -> RequestFailed:
        return RequestFailed(
            reason,
            what,
            advice,
            http_status=status,
            errors=errors,
            repeat=repeat,
            retry_after=_retry_after(reply.headers.get("Retry-After")) if repeat else None,
        )

    if status == 429:
        return failed(RATE_LIMITED, f"the API asks for fewer requests (HTTP 429{words})", repeat=True)
    if status == 408 or status >= 500:
        return failed(UNAVAILABLE, f"the API is unavailable (HTTP {status}{words})", repeat=True)
    if status in (401, 403):
        return failed(
            UNAUTHORIZED,
            f"the API did not let this key do it (HTTP {status}{words})",
            "check api_key, what that key may do, and region",
        )
    if status == 404 and codes & {"not_found|route"}:
        return failed(UNEXPECTED_RESPONSE, f"the API knows no such address (HTTP 404{words})", "check api_url")
    if status == 404 and (
        codes & {"not_found|order", "not_found"} or (reply.body is not None and not reply.body.strip())
    ):
        return failed(
            NOT_FOUND, f"this account has no such order (HTTP 404{words})", "check order_id, api_key and region"
        )
    if 400 <= status < 500 and (status != 404 or errors):
        return failed(REFUSED, f"the API refused it (HTTP {status}{words})")
    if 300 <= status < 400:
        return failed(
            UNEXPECTED_RESPONSE,
            f"the API's reply is a redirect (HTTP {status}), which is not followed as it would carry the key elsewhere",
            "check api_url and region",
        )
    return failed(UNEXPECTED_RESPONSE, f"the API's reply makes no sense here (HTTP {status})", "check api_url")


def _errors(data: t.Any) -> list[dict[str, t.Any]]:
    """The API's ``errors`` as a list of dicts that have ``code`` and ``message``, whatever shape they came in."""
    found = data
    if isinstance(data, dict):
        found = data.get("errors", data if "message" in data or "code" in data else None)
    errors = []
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, str):
            item = {"message": item}
        if isinstance(item, dict) and item:
            errors.append({"code": "", "message": item.get("description", ""), **item})
    return errors


def _text(reply: Reply, secret: re.Pattern[str] | None) -> str:
    """A body that is plain text; nothing if it is a page or JSON."""
    text = str(_clean((reply.body or b"").decode("utf-8", "replace"), secret))[:1000].strip()
    return "" if text.startswith(("<", "{", "[")) else text


def _words(errors: list[dict[str, t.Any]], text: str) -> str:
    """What the API said, ready to stand behind the HTTP status."""
    said = [" ".join(str(part) for part in (error["code"], error["message"]) if part) for error in errors[:3]]
    said += [f"and {len(errors) - 3} more"] if len(errors) > 3 else []
    words = plain("; ".join(filter(None, said)) or text)
    return f": {words}" if words else ""


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait by a Retry-After header, which holds seconds or an HTTP date. None if it says nothing."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError, IndexError, OverflowError):
            return None
    return min(seconds, DAY) if seconds > 0 else None


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
            return plain(getattr(cause, "verify_message", None) or cause.strerror or cause, 200)
    return plain(type(causes[-1]).__name__)
