"""Runs of a module's ``main()`` in this process, and a client without any network."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import typing as t
from unittest import mock

from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from requests.structures import CaseInsensitiveDict

from ansible_collections.certops.certcentral.plugins.module_utils import _clock
from ansible_collections.certops.certcentral.plugins.module_utils._http.transport import (
    Headers,
    HttpTransport,
    Params,
    Response,
)

try:
    from ansible.module_utils import _internal
except ImportError:
    _internal = None

MODULES = "ansible_collections.certops.certcentral.plugins.modules."
FAILURE_KEYS = {"msg", "changed", "reason", "http_status", "errors", "order_id"}
# This key is as long as those of CertCentral, so that modules look for it in responses.
KEY = "UNIT0TEST0KEY000000000000000000000000000000000000000000000000000"


def spread(groups: t.Mapping[t.Any, t.Any]) -> list[tuple[t.Any, t.Any]]:
    """Return the rows of a table, each a value and what is expected of it, from the values with the same expectation."""
    return [(value, expected) for expected, values in groups.items() for value in values]


def run_main(
    main: t.Callable[[], None], options: t.Mapping[str, t.Any], *, check_mode: bool = False, diff: bool = True
) -> dict[str, t.Any]:
    """Return the result that the module prints."""
    printed = io.StringIO()
    print_main(main, options, printed, check_mode=check_mode, diff=diff)
    return read_result(printed.getvalue())


def run_module(name: str, options: t.Mapping[str, t.Any], **mode: bool) -> dict[str, t.Any]:
    """Return the result that a module prints."""
    return run_main(importlib.import_module(MODULES + name).main, options, **mode)


def print_main(
    main: t.Callable[[], None],
    options: t.Mapping[str, t.Any],
    printed: t.TextIO,
    *,
    check_mode: bool = False,
    diff: bool = True,
) -> None:
    """Run a module, and redirect its output."""
    arguments = {**options, "_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_remote_tmp": "/tmp"}
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    # Ansible collects the warnings of the whole process, because it runs only one module in each process.
    warnings._global_warnings.clear()
    with contextlib.ExitStack() as stack:
        if hasattr(_internal, "is_controller"):
            # If an earlier test in this process used a filter, ansible-core treats the process as the controller, which handles warnings differently.
            stack.enter_context(mock.patch.object(_internal, "is_controller", False))
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.suppress(SystemExit))
        main()


def read_result(output: str) -> dict[str, t.Any]:
    """Return the result in the output of a module, as the controller sees it."""
    # In ansible-core 2.22 and later, the controller masks the secrets that the module lists here.
    for secret in json.loads(output).get("_ansible_new_secrets", ()):
        output = output.replace(secret, "$REDACTED$")
    result: dict[str, t.Any] = json.loads(output)
    result.pop("_ansible_new_secrets", None)
    # In ansible-core 2.19 and later, warnings are objects.
    result["warnings"] = [w if isinstance(w, str) else w["event"]["msg"] for w in result.get("warnings", [])]
    if result.get("failed") and "reason" in result:
        assert result.keys() >= FAILURE_KEYS, result
        assert "\n" not in result["msg"]
    assert isinstance(result.get("changed", False), bool)
    return result


class Clock(_clock.Clock):
    """A clock whose sleeps end at once. It also advances by itself, because timeouts are real."""

    def __init__(self, now: t.Callable[[], float]) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now() + sum(self.slept)

    def sleep(self, seconds: float, stopped: t.Callable[[], bool] = lambda: False) -> None:
        self.slept.append(seconds)


Gate = t.Callable[[], bool]


def always() -> bool:
    return True


class Sent(t.NamedTuple):
    """A request that reached a transport. ``body`` is its parsed JSON."""

    method: str
    path: str
    params: Params
    body: t.Any
    headers: Headers

    def param(self, name: str) -> str | None:
        """Return the value of a query parameter."""
        return dict(self.params).get(name)


class ScriptedTransport(HttpTransport):
    """A transport for which a function answers each request.

    :param answer: returns a JSON value (for a 200), a status without a body, or a whole response, or raises an error of a transport
    """

    def __init__(self, answer: t.Callable[[Sent], t.Any]) -> None:
        self.sent: list[Sent] = []
        self._answer = answer

    def close(self) -> None:
        """Close nothing, because nothing is open."""

    def send(
        self, method: str, path: str, params: Params, body: bytes | None, headers: Headers, may_send: Gate = always
    ) -> Response:
        """Make one exchange."""
        sent = Sent(method, path, list(params), json.loads(body) if body else None, headers)
        self.sent.append(sent)
        reply = self._answer(sent)
        if isinstance(reply, Response):
            return reply
        return make_response(reply) if isinstance(reply, int) else make_response(200, reply)

    @property
    def methods(self) -> list[str]:
        """Return the methods of all requests."""
        return [sent.method for sent in self.sent]


def make_response(status: int, body: t.Any = None, headers: t.Mapping[str, str] | None = None) -> Response:
    """Return a response. Bytes and text are its body as they are, and other values as JSON."""
    if isinstance(body, str):
        body = body.encode()
    elif body is None:
        body = b""
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return Response(status, CaseInsensitiveDict(headers or {}), body)
