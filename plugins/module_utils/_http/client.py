# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GET and PUT with the rate limiter, repeats and an account of both. Knows no order and no Ansible."""

from __future__ import annotations

import json
import math
import typing as t
from datetime import datetime, timedelta

from .._clock import Clock
from .._errors import CLOCK_SKEW, RATE_LIMITED, UNEXPECTED_RESPONSE, CertCentralError, Interrupted, RequestError
from .limiter import RateLimiter
from .responses import find_errors, parse_http_date, quote, to_error
from .retry import RetryBudget
from .safe_json import make_secret, parse
from .transport import NotConnected, Params, Response, Transport

MAX_RETRY_SECONDS = 10**9
# What depends on today's date fails if the host's clock and the API's differ by more.
MAX_CLOCK_SKEW = timedelta(days=1)


class Client:
    """Requests with one key. Several threads may use it.

    :param transport: takes the requests
    :param api_key: hidden in all that the API writes
    :param retry_timeout: seconds that a failing request may go on being repeated from its first failure on
    :param rate_limit_share: the share of the API's documented rate limits that may be used; 0: no limiter
    """

    def __init__(
        self, transport: Transport, api_key: str, *, retry_timeout: int = 240, rate_limit_share: float = 1.0
    ) -> None:
        # Set by a signal's handler, which must take no lock: no further request goes then.
        self.interrupted = False
        # Requests for which a connection opened.
        self.reads = 0
        self.writes = 0
        self.waited = 0.0
        self.waited_for = ""
        self.clock = Clock()
        self.now = self.clock.now
        self.limiter = RateLimiter(rate_limit_share, self.clock, self.sleep)
        # Held from a reading to the change that rests on it, where the limiter allows few requests.
        self.turn = self.clock.lock()
        self._transport = transport
        self._secret = make_secret(api_key)
        self._retry_timeout = min(retry_timeout, MAX_RETRY_SECONDS)
        self._waited_until = -math.inf
        # The Date header of the newest response, and when it arrived by the host's clock.
        self._dated: tuple[str, datetime] | None = None
        self._lock = self.clock.lock()

    def sleep(self, seconds: float) -> None:
        """
        :raises Interrupted: soon after a signal
        """
        self.clock.sleep(seconds, lambda: self.interrupted)
        if self.interrupted:
            raise Interrupted()

    def wait_for_turn(self, retry: RetryBudget | None = None) -> float:
        """Wait until the rate limiter lets a request go, without counting one. Returns the time then.

        :raises Interrupted: after a signal
        """
        waited = self.limiter.acquire()
        self.limiter.cancel()
        if retry:
            retry.extend(waited)
        return self.now()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def waiting(self) -> tuple[float, str]:
        """For how many seconds more no request goes, as far as one knows now, and why."""
        left = self._waited_until - self.now()
        limited = self.limiter.seconds_left()
        if left >= limited:
            return max(0.0, left), self.waited_for
        return (limited if limited < math.inf else 0.0), "the API's rate limit"

    def budget(self) -> RetryBudget:
        """The time for the repeats of one request, or of several that belong together."""
        return RetryBudget(self._retry_timeout, self.now, self._wait)

    def get(
        self, path: str, params: Params = (), retry: RetryBudget | None = None, *, fresh: bool = False
    ) -> dict[str, t.Any]:
        """The JSON object at ``path``, asked for again while that can help and time is left.

        :param fresh: tell caches on the way to ask the API itself
        :raises RequestError: the last failure
        """
        retry = retry or self.budget()
        headers = {"Cache-Control": "no-cache"} if fresh else {}
        while True:
            try:
                self._acquire(retry)
                return self._to_object(self._exchange("GET", path, params, None, headers))
            except Interrupted:
                raise
            except RequestError as failure:
                retry.wait(failure)

    def put(self, path: str, body: t.Mapping[str, t.Any], retry: RetryBudget, may_send: t.Callable[[], bool]) -> bool:
        """Send ``body`` once. Repeating is up to the caller, who can read what a request without an answer did.

        :param may_send: asked when the rate limiter lets the request go; false: it is not sent
        :return: whether it was sent, and answered with the documented 204
        :raises RequestError: if it was sent and anything else came back
        """
        self._acquire(retry)
        if not may_send():
            self.limiter.cancel()
            return False
        data = json.dumps(body).encode("ascii")
        reply = self._exchange("PUT", path, (), data, {"Content-Type": "application/json"})
        if reply.status != 204:
            raise to_error(reply, self._secret, self.clock.utc_now())
        return True

    def check_clock(self) -> None:
        """Compare the host's clock with the ``Date`` header of the newest response, before a change that depends on today.

        A response without such a header, or with one that is not a date, proves nothing.

        :raises CertCentralError: ``clock_skew`` if they differ by more than a day
        """
        if self._dated is None:
            return
        header, here = self._dated
        there = parse_http_date(header)
        if there is not None and abs(here - there) > MAX_CLOCK_SKEW:
            raise CertCentralError(
                CLOCK_SKEW,
                f"the clock of this host says {here:%Y-%m-%d %H:%M} UTC, but the API's clock says {there:%Y-%m-%d %H:%M} UTC",
                "set the clock of the host that runs this",
            )

    def _to_object(self, reply: Response) -> dict[str, t.Any]:
        # For any other status the header says enough.
        if reply.broken and reply.status in (200, 404):
            raise reply.broken
        if reply.status != 200:
            raise to_error(reply, self._secret, self.clock.utc_now())
        data = parse(reply.body or b"", self._secret)
        if not isinstance(data, dict):
            raise RequestError(
                UNEXPECTED_RESPONSE,
                "the API's reply is not a JSON object, or larger than any of its replies",
                "does api_url lead to CertCentral's Services API?",
                http_status=200,
            )
        if data.get("errors"):
            said = quote(find_errors(data)) or "errors"
            raise RequestError(
                UNEXPECTED_RESPONSE,
                f"the API answered with errors (HTTP 200: {said})",
                "try again later",
                http_status=200,
                errors=find_errors(data),
            )
        return data

    def _acquire(self, retry: RetryBudget) -> None:
        """Wait for the rate limiter.

        :raises Interrupted: after a signal
        """
        if not self.limiter.try_acquire():
            retry.extend(self.limiter.acquire())
        if self.interrupted:
            self.limiter.cancel()
            raise Interrupted()

    def _exchange(
        self, method: str, path: str, params: Params, body: bytes | None, headers: t.Mapping[str, str]
    ) -> Response:
        # Before it goes: whatever happens now, a change may have been sent.
        self._count(method, 1)
        try:
            response = self._transport.send(method, path, params, body, headers)
            if date := response.headers.get("Date"):
                self._dated = (date, self.clock.utc_now())
            return response
        except NotConnected:
            self._count(method, -1)
            raise
        finally:
            self.limiter.release()

    def _count(self, method: str, number: int) -> None:
        with self._lock:
            self.reads += number * (method == "GET")
            self.writes += number * (method == "PUT")

    def _wait(self, seconds: float, failure: RequestError) -> None:
        """Wait before a request is repeated. Where the API asked for fewer requests, all threads do.

        :raises Interrupted: after a signal
        """
        if failure.reason == RATE_LIMITED:
            self.limiter.pause(seconds)
        with self._lock:
            # Threads that wait at the same time wait once.
            now = self.now()
            self.waited += max(0.0, now + seconds - max(now, self._waited_until))
            self._waited_until = max(self._waited_until, now + seconds)
            self.waited_for = failure.what
        self.sleep(seconds)
