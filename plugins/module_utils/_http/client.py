# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GET and PUT requests, with retries and within the rate limits."""

from __future__ import annotations

import json
import typing as t

from .._clock import Clock
from .._errors import Interrupted, RequestError
from .limiter import RateLimiter
from .retry import RetryBudget
from .safe_json import parse
from .transport import HttpTransport, NotConnected, Params, Response

MAX_RETRY_SECONDS = 10**9


class Client:
    """Rate limits and retries for one API key. Several threads may share a client.

    Example::

        client = Client(HttpTransport(settings), settings.api_key)
        order = client.get("/order/certificate/123")
        client.put("/order/certificate/123/status", {"status": "canceled"}, client.budget(), lambda: True)

    :param transport: sends the requests
    :param api_key: the API key, which is hidden in every response
    :param retry_timeout: the seconds after its first failure during which a request may be retried
    :param rate_limit_share: the share of the API's documented rate limits that may be used, or 0 for no limiter
    """

    def __init__(
        self, transport: HttpTransport, api_key: str, *, retry_timeout: int = 240, rate_limit_share: float = 1.0
    ) -> None:
        # Whether no further request may begin. A signal handler sets this, and it must not wait for a lock.
        self.interrupted = False
        # The number of requests for which a connection opened.
        self.reads = 0
        self.writes = 0
        self.clock = Clock()
        self.now = self.clock.now
        # The seconds of waits before retries, when the last of them ends, and the reason for it (waits.py).
        self.waited = 0.0
        self.waited_until = 0.0
        self.waited_for = ""
        self.lock = self.clock.lock()
        self.limiter = RateLimiter(rate_limit_share, self.clock, self.sleep)
        # A thread holds this lock from reading an order until it is changed, if the rate limiter allows so few requests that
        # the order would get stale otherwise.
        self.turn = self.clock.lock()
        self._transport = transport
        self._api_key = api_key
        self._retry_timeout = min(retry_timeout, MAX_RETRY_SECONDS)
        # The Date header of the newest response, and when it arrived by the host's clock.
        self.dated = ("", self.clock.utc_now())

    def sleep(self, seconds: float) -> None:
        """Sleep for the given number of seconds.

        :raises Interrupted: soon after the task was asked to stop
        """
        self.clock.sleep(seconds, lambda: self.interrupted)
        if self.interrupted:
            raise Interrupted()

    def wait_for_turn(self, retry: RetryBudget | None = None) -> float:
        """Wait until the rate limiter allows a request, without counting one. Return the time then, in seconds on the clock.

        :param retry: the budget to extend by the seconds that this takes
        :raises Interrupted: after the task was asked to stop
        """
        waited = self.limiter.acquire()
        self.limiter.release(sent=False)
        if retry:
            retry.extend(waited)
        return self.now()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def budget(self, may_repeat: t.Callable[[RequestError], bool] = lambda failure: True) -> RetryBudget:
        """Return a budget for the retries of one request, or of several requests that belong together.

        :param may_repeat: returns whether to retry after a failure that allows a retry
        """
        return RetryBudget(self._retry_timeout, self.now, self._wait, may_repeat)

    def get(
        self, path: str, params: Params = (), retry: RetryBudget | None = None, *, fresh: bool = False
    ) -> dict[str, t.Any]:
        """Return the JSON object at ``path``. Retry while the budget allows it.

        :param retry: the budget for retries; None for a budget of this request only
        :param fresh: whether to bypass all caches between this host and the API
        :raises RequestError: the failure of the last try
        """
        retry = retry or self.budget()
        while True:
            try:
                self._acquire(retry)
                response = self._exchange("GET", path, params, None, {"Cache-Control": "no-cache"} if fresh else {})
                data = parse(response.body or b"", self._api_key) if response.status == 200 else None
                if isinstance(data, dict) and not data.get("errors"):
                    return data
                raise self._to_error("GET", response)
            except RequestError as failure:
                # An interruption is raised again.
                retry.wait(failure)

    def put(self, path: str, body: t.Mapping[str, t.Any], retry: RetryBudget, may_send: t.Callable[[], bool]) -> bool:
        """Send ``body`` once. The caller decides about retries, because it can read what a lost request did.

        :param retry: the budget to extend by the seconds that the rate limiter takes
        :param may_send: called when the rate limiter allows the request, and again when a new connection has opened; if it
            returns false, nothing is sent, and a connection that opened too late counts as one that did not open
        :return: whether the request was sent and got the documented response 204
        :raises RequestError: if the request was sent, and got another response or none
        """
        self._acquire(retry)
        if not may_send():
            self.limiter.release(sent=False)
            return False
        response = self._exchange(
            "PUT", path, (), json.dumps(body).encode("ascii"), {"Content-Type": "application/json"}, may_send
        )
        if response.status != 204:
            raise self._to_error("PUT", response)
        return True

    def _to_error(self, method: str, response: Response) -> RequestError:
        # Ansible compiles each import anew for every task, and most tasks do not need this one.
        from .responses import explain  # noqa: PLC0415

        return explain(method, response, self._api_key, self.clock.utc_now())

    def _acquire(self, retry: RetryBudget) -> None:
        """Wait until the rate limiter allows a request, and count the request.

        :raises Interrupted: after the task was asked to stop
        """
        retry.extend(self.limiter.acquire())
        if self.interrupted:
            self.limiter.release(sent=False)
            raise Interrupted()

    def _exchange(
        self,
        method: str,
        path: str,
        params: Params,
        body: bytes | None,
        headers: t.Mapping[str, str],
        may_send: t.Callable[[], bool] = lambda: True,
    ) -> Response:
        # Count the request before it is sent, because from now on it may have changed something, even if an exception follows.
        self._count(method, 1)
        try:
            response = self._transport.send(
                method, path, params, body, headers, lambda: not self.interrupted and may_send()
            )
            if date := response.headers.get("Date"):
                self.dated = (date, self.clock.utc_now())
            return response
        except NotConnected:
            self._count(method, -1)
            raise
        finally:
            self.limiter.release()

    def _count(self, method: str, number: int) -> None:
        with self.lock:
            self.reads += number * (method == "GET")
            self.writes += number * (method == "PUT")

    def _wait(self, seconds: float, failure: RequestError) -> None:
        from .waits import wait  # noqa: PLC0415  (as in _to_error)

        wait(self, seconds, failure)
