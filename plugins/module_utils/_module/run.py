# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules share: their options, the client made of them, and the one place where an error becomes fail_json."""

from __future__ import annotations

import contextlib
import math
import os
import re
import signal
import threading
import typing as t

from ansible.module_utils.basic import AnsibleFallbackNotFound, AnsibleModule, missing_required_lib

from .._errors import INVALID_OPTION, UNEXPECTED_RESPONSE, UNKNOWN_OUTCOME, CertCentralError, describe_bug, format_trace
from .._http import transport as _transport
from .._http.bounded import REQUESTS_IMPORT_ERROR
from .._http.client import Client
from .._http.settings import BASE_URLS, Settings, check_ca, clean_key, make_base_url

try:
    # ansible-core 2.22 and later mask secrets on the controller.
    from ansible.module_utils.secrets import register_secret
except ImportError:

    def register_secret(value: str) -> str:
        return value


def _environment(name: str) -> str:
    """An environment variable without white space around it, if it is not blank."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise AnsibleFallbackNotFound()
    return value


COMMON_OPTIONS: dict[str, t.Any] = {
    "api_key": {"type": "str", "no_log": True, "fallback": (_environment, ["DIGICERT_API_KEY"])},
    "region": {
        "type": "str",
        "choices": list(BASE_URLS),
        "default": "us",
        "fallback": (_environment, ["DIGICERT_REGION"]),
    },
    "api_url": {"type": "str", "fallback": (_environment, ["DIGICERT_API_URL"])},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float", "default": 30.0},
    "retry_timeout": {"type": "int", "default": 240},
}
# An AWX credential leaves them empty, which counts as not given. clean_key refuses an empty api_key.
MAY_BE_EMPTY = ("region", "api_url", "ca_path")
# What selects orders: a variable that came out as null must not mean everything.
SELECTORS = re.compile("orders|order_ids|filters|products|containers|exclude_.*|accept")
# The least and the most of a rate_limit_share that makes sense.
SHARES = (0.01, 1000)
MAX_CONCURRENCY = 16


class Module(AnsibleModule):
    """An AnsibleModule that knows what an option that came out empty means."""

    params: dict[str, t.Any]
    # What was given empty and must not be: an empty guard is no licence.
    empty: t.Sequence[str] = ()
    # Where the action plugin of the module's name follows how far it is. No option of its own: users do not give it.
    progress_file: str | None = None

    def _load_params(self) -> None:
        super()._load_params()
        self.progress_file = self.params.pop("_progress_file", None)
        # What Ansible registers as secret, before it logs the options, is then the key itself, and never mere spaces.
        if isinstance(self.params.get("api_key"), str):
            self.params["api_key"] = self.params["api_key"].strip()
            # Ansible finds no secret at all where an entry of orders is no dict, and then shows the options.
            _hide(self, self.params["api_key"])
        # It will be refused, but shown among the options, also where another option is refused before it.
        for url in (self.params.get("api_url"), os.environ.get("DIGICERT_API_URL")):
            if password := re.search("//[^/]*:(.+)@", str(url)):
                _hide(self, password.group(1))
        empty: list[str] = []
        self.params = _without_empty(self.params, self.argument_spec, empty)
        for name, option in self.argument_spec.items():
            if "options" in option and isinstance(self.params.get(name), list):
                self.params[name] = [
                    _without_empty(entry, option["options"], empty) if isinstance(entry, dict) else entry
                    for entry in self.params[name]
                ]
        self.empty = empty


def _without_empty(options: t.Mapping[str, t.Any], spec: t.Mapping[str, t.Any], empty: list[str]) -> dict[str, t.Any]:
    """The options without null and empty text. Unknown ones stay, for Ansible to refuse them.

    :param empty: takes the names of those that must not be empty
    """
    kept = {}
    for name, value in options.items():
        if name not in spec or (name == "api_key" and value == "") or value not in (None, ""):
            kept[name] = value
        elif value == "" and name not in MAY_BE_EMPTY:
            empty.append(f"{name} is an empty text")
        elif value is None and SELECTORS.fullmatch(name):
            empty.append(f"{name} is null")
    return kept


def run(
    options: t.Mapping[str, t.Any], work: t.Callable[[Module, Client], dict[str, t.Any]], **relations: t.Any
) -> None:
    """Run a module to its end.

    :param options: its own argument spec
    :param relations: between options, as AnsibleModule takes them
    :param work: returns the result, which has a ``reason`` if it failed; so does a :exc:`CertCentralError` that it raises
    """
    module = Module(argument_spec={**COMMON_OPTIONS, **options}, supports_check_mode=True, **relations)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    client = None
    with contextlib.ExitStack() as stack:
        try:
            client = _make_client(module)
            stack.enter_context(_interruptible(client))
            result = work(module, client)
        except Exception as caught:  # noqa: BLE001
            error = caught if isinstance(caught, CertCentralError) else _bug(module, client, caught)
            order_id = module.params.get("order_id")
            if error.order_id is None and not isinstance(order_id, bool):
                error = error.replaced(order_id=order_id)
            result = error.result()
        if client and client.interrupted:
            # Perhaps nobody is there any more to take the result.
            module.log(result["msg"])
        elif client and client.waited:
            module.warn(
                f"waited {client.waited:.1f} s in all before sending requests (the last time: {client.waited_for})"
            )
        if "reason" in result:
            module.fail_json(**result)
        module.exit_json(**result)


def api_calls(client: Client) -> dict[str, int]:
    """How many requests were sent, as modules return it."""
    return {"reads": client.reads, "writes": client.writes}


def check_number(name: str, value: t.Any, least: int, most: int | None = None) -> None:
    """Refuse a number that is out of bounds; None is fine. A bool passes for an int in Ansible's argument check.

    :raises CertCentralError: ``invalid_option``
    """
    if value is None:
        return
    if isinstance(value, bool) or value < least or (most is not None and value > most):
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        raise CertCentralError(INVALID_OPTION, f"{name} is {value}: it has to be a whole number, {bounds}")


# What ends a process, where nothing else was asked for.
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def _interruptible(client: Client) -> t.Iterator[None]:
    """Have a signal end the task in order: requests under way get their replies, no other goes, and the result is printed.

    Later ones change nothing, because one request to end comes several times: from systemd as well as from Ansible's worker.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    # Those that are ignored stay so (nohup). Only the main thread may ask for the others.
    wanted = [number for number in SIGNALS if before[number] is not signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        wanted = []

    def interrupt(unused_number: int, unused_frame: t.Any) -> None:
        client.interrupted = True

    for number in wanted:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number in wanted:
            signal.signal(number, before[number])


def _bug(module: Module, client: Client | None, error: Exception) -> CertCentralError:
    """The failure after a bug. Uncaught, it would show its text raw, and say nothing of a change that was sent."""
    module.log(format_trace(error))
    order_id = module.params.get("order_id")
    subject = f"order {order_id}" if order_id else ""
    if client and client.writes:
        return CertCentralError(
            UNKNOWN_OUTCOME,
            f"a change was sent, and then {describe_bug(error)}",
            "look at the account before you run this again",
            subject=subject,
            changed=True,
        )
    return CertCentralError(UNEXPECTED_RESPONSE, f"nothing was changed, as {describe_bug(error)}", subject=subject)


def _make_client(module: Module) -> Client:
    """The client that the common options describe.

    :raises CertCentralError: ``invalid_option``
    """
    options = module.params
    key = clean_key(options["api_key"])
    # The option is registered as it was given; what is sent, and may come back, is the key without white space.
    _hide(module, key)
    if module.empty:
        raise CertCentralError(
            INVALID_OPTION, "; ".join(module.empty), "set it, or leave it out (default(omit)) if that is what you mean"
        )
    if not (math.isfinite(options["timeout"]) and options["timeout"] > 0):
        raise CertCentralError(
            INVALID_OPTION, f"timeout is {options['timeout']}: it has to be a number of seconds above 0"
        )
    check_number("retry_timeout", options["retry_timeout"], 0)
    check_number("concurrency", options.get("concurrency"), 1, MAX_CONCURRENCY)
    share = options.get("rate_limit_share", 1.0)
    if share != 0 and not SHARES[0] <= share <= SHARES[1]:
        raise CertCentralError(
            INVALID_OPTION, f"rate_limit_share is {share}: it has to be 0 (no limiter) or {SHARES[0]} to {SHARES[1]}"
        )
    if options["ca_path"] is not None:
        check_ca(options["ca_path"])
    settings = Settings(
        make_base_url(options["region"], options["api_url"]),
        key,
        options["validate_certs"],
        options["ca_path"],
        options["timeout"],
    )
    transport = _transport.RequestsTransport(settings)
    return Client(transport, key, retry_timeout=options["retry_timeout"], rate_limit_share=share)


def _hide(module: Module, secret: str) -> None:
    """Have Ansible mask a secret in all that the module returns."""
    if secret:
        module.no_log_values.add(secret)
        register_secret(secret)
