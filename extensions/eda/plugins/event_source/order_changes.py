# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import sys
import threading
import typing as t
from datetime import datetime, timedelta
from pathlib import Path

DOCUMENTATION = r"""
---
short_description: Send an event for each CertCentral order whose status changed.
version_added: 1.0.0
author:
  - certops.certcentral contributors (@certops)
description:
  - An ansible-rulebook event source plugin that asks DigiCert CertCentral again and again which certificate orders changed their
    status, and sends an event for each change that is new.
  - An event has C(order_id), C(certificate_id) (null if the API gives none) and C(status).
  - The API names each order once, with the status that it has now, and says neither when the status changed nor how often.
    If a status changes several times between two polls, only the last one is seen. If it changes away and back, nothing is,
    unless the certificate became another one, as by a reissue.
  - No event is sent twice for the same order, status and certificate in a row. Nothing is remembered from one run of the rulebook
    to the next. A run begins with the changes of the last seconds (the interval, plus the overlap of the polls), so after a restart
    some events come again. Changes made while the rulebook did not run for longer than that are not seen.
  - Each poll asks for more time than has passed since the last one that succeeded (120 seconds and the time that requests may be
    repeated), so no change is lost between two polls or while the API fails, for up to seven days. After that the plugin warns that
    changes may be missing.
  - A failing API is logged as a warning and never ends the rulebook. A refused API key and a wrong argument do.
  - An API key that is restricted to View Only is enough.
  - Not affiliated with DigiCert.
options:
  interval:
    description:
      - Seconds from one poll to the next, from 10 to 302400.
      - A poll costs one request if nothing changed lately, else two for up to 1000 orders.
    type: int
    default: 60
  statuses:
    description:
      - Send events for these statuses only, such as C(issued), C(canceled), C(rejected), C(revoked) or C(expired).
      - If not given, all statuses. An empty list is refused.
    type: list
    elements: str
  api_key:
    description:
      - The CertCentral API key. Required, either here or in the environment variable DIGICERT_API_KEY.
      - White space around the key is dropped.
    type: str
  region:
    description:
      - Where the account lives, C(us) or C(eu).
      - If not given, the plugin uses the environment variable DIGICERT_REGION.
    type: str
    choices: [us, eu]
    default: us
  api_url:
    description:
      - A base URL that overrides the region, for a gateway or a simulator. C(http://) is accepted only for loopback addresses.
      - If not given, the plugin uses the environment variable DIGICERT_API_URL.
    type: str
  validate_certs:
    description:
      - Whether the API's certificate has to be valid. If you turn this off, whoever answers gets the key.
    type: bool
    default: true
  ca_path:
    description:
      - A bundle of CA certificates in PEM form that replaces the usual ones for the API's certificate.
    type: path
  timeout:
    description:
      - Seconds for connecting to an address of the API, and for the whole of one reply.
    type: float
    default: 30
  retry_timeout:
    description:
      - How many seconds a failing request may be repeated, counted from its first failure. 0 never repeats.
      - A poll ends after the interval in any case, because the next one makes up for it.
    type: int
    default: 240
notes:
  - An empty string counts as not given for region, api_url, ca_path and the environment variables. Every other argument refuses
    it, and statuses refuses null as well.
  - Proxies from the environment apply to https, never to loopback.
requirements:
  - requests >= 2.25.1, in the Python that runs ansible-rulebook
"""

EXAMPLES = r"""
- certops.certcentral.order_changes:
    interval: 60
    statuses:
      - issued

- certops.certcentral.order_changes:
    region: eu
    api_key: "{{ certcentral_api_key }}"
"""

# ansible-rulebook runs this file on its own, without Ansible's loader of collections.
ROOT = str(Path(__file__).absolute().parents[7])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from ansible_collections.certops.certcentral.plugins.module_utils._api.status_changes import (
    MAX_SECONDS,
    Changes,
    Watch,
    read_changes,
)
from ansible_collections.certops.certcentral.plugins.module_utils._errors import (
    INVALID_OPTION,
    UNAUTHORIZED,
    CertCentralError,
    describe_bug,
    format_trace,
)
from ansible_collections.certops.certcentral.plugins.module_utils._http.bounded import REQUESTS_IMPORT_ERROR
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import (
    BASE_URLS,
    Settings,
    check_ca,
    clean_key,
    make_base_url,
)
from ansible_collections.certops.certcentral.plugins.module_utils._http.transport import RequestsTransport
from ansible_collections.certops.certcentral.plugins.module_utils._text import sanitize

NAME = "certops.certcentral.order_changes"
# __name__ says nothing here.
logger = logging.getLogger(NAME)

MIN_INTERVAL = 10
# So that spans of seven days still overlap.
MAX_INTERVAL = MAX_SECONDS // 2
# Seconds by which a span is longer than needed: for a change that the API lists late.
MARGIN_SECONDS = 120
# What lasts: each further poll would fail the same way.
ENDING_REASONS = (UNAUTHORIZED, INVALID_OPTION)
STATUSES = (
    *("needs_approval", "pending", "waiting_pickup", "processing", "needs_csr", "issued", "reissue_pending", "expired"),
    *("canceled", "rejected", "revoked", "approved", "denied", "renewed"),
)

# The options of the modules, with what they are if not given. Those that may be empty, and those from the environment.
DEFAULTS: dict[str, t.Any] = {
    "interval": 60,
    "statuses": None,
    "api_key": None,
    "region": "us",
    "api_url": None,
    "validate_certs": True,
    "ca_path": None,
    "timeout": 30.0,
    "retry_timeout": 240,
}
MAY_BE_EMPTY = ("region", "api_url", "ca_path")
ENVIRONMENT = {"api_key": "DIGICERT_API_KEY", "region": "DIGICERT_REGION", "api_url": "DIGICERT_API_URL"}
BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1", "y", "t"), True),
    **dict.fromkeys(("false", "no", "off", "0", "n", "f"), False),
}
# ansible-rulebook's own, for a source with feedback.
FOREIGN = ("eda_feedback_queue",)


T = t.TypeVar("T")
N = t.TypeVar("N", int, float)


class SourceError(Exception):
    """What ends the rulebook. ansible-rulebook logs its text."""


class Options(t.NamedTuple):
    """The arguments, checked. ``statuses`` is None for all."""

    interval: int
    statuses: frozenset[str] | None
    connection: Settings
    retry_timeout: int


async def main(queue: asyncio.Queue[t.Any], args: dict[str, t.Any]) -> None:
    """Send an event for each change that is new, until it is cancelled.

    :raises SourceError: a wrong argument, or a key that the API refuses
    """
    try:
        if REQUESTS_IMPORT_ERROR:
            raise invalid("the Python library requests is missing", f"install it for {sys.executable}")
        await poll(queue, read_arguments(args, os.environ))
    except CertCentralError as error:
        raise SourceError(f"{NAME}: {error.message}") from None


# ---- polling


async def poll(queue: asyncio.Queue[t.Any], options: Options) -> None:
    """Poll until it is cancelled.

    :raises CertCentralError: what each further poll would meet as well
    """
    # A poll that fails goes on no longer than until the next one is due.
    retry_timeout = min(options.retry_timeout, options.interval)
    client = Client(RequestsTransport(options.connection), options.connection.api_key, retry_timeout=retry_timeout)
    watch = Watch(options.interval, MARGIN_SECONDS + retry_timeout, client.clock)
    said: list[str] = []
    try:
        while True:
            changes = await attempt(client, watch.begin())
            if changes:
                if changes.warnings != said:
                    said = changes.warnings
                    for warning in said:
                        logger.warning("%s", warning)
                news, unknown = watch.end(changes)
                if unknown:
                    logger.warning("%s", describe_gap(unknown, client.clock.utc_now()))
                for change in news:
                    if options.statuses is None or change.status in options.statuses:
                        await queue.put(change._asdict())
            await asyncio.sleep(options.interval)
    finally:
        # The thread of a poll under way sends nothing more.
        client.interrupted = True


async def attempt(client: Client, seconds: int) -> Changes | None:
    """The changes of so many seconds; None, and a warning in the log, if they cannot be read this time.

    :raises CertCentralError: what each further poll would meet as well
    """
    try:
        return await in_thread(lambda: read_changes(client, seconds))
    except CertCentralError as error:
        if error.reason in ENDING_REASONS:
            raise
        said = error.message
    except Exception as error:  # noqa: BLE001
        logger.debug("%s", format_trace(error))
        said = describe_bug(error)
    logger.warning("a poll failed, and the next one looks back to the last that succeeded: %s", said)
    return None


def describe_gap(unknown: float, now: datetime) -> str:
    """What to say of a time that lies further back than the API looks."""
    end = now - timedelta(seconds=MAX_SECONDS)
    begin = end - timedelta(seconds=unknown)
    return (
        f"no poll succeeded for more than 7 days, and the API does not look back further: what changed from "
        f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC is not known, so look at the orders themselves"
    )


async def in_thread(work: t.Callable[[], T]) -> T:
    """Run in a thread that nobody waits for: a reply that does not come must not hold up the end of the rulebook."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(t.cast(T, result))

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name=NAME, daemon=True).start()
    return await done


# ---- the arguments, by the rules of the modules' options


def read_arguments(args: t.Mapping[str, t.Any], environment: t.Mapping[str, str]) -> Options:
    """The arguments, with what takes the place of those that are not given.

    :raises CertCentralError: ``invalid_option``; the message never holds any part of the key
    """
    given = {name: value for name, value in args.items() if name not in FOREIGN}
    for name, value in given.items():
        if name not in DEFAULTS:
            raise invalid(f"{sanitize(name)} is no argument", f"there are {', '.join(DEFAULTS)}")
        if value == "" and name not in (*MAY_BE_EMPTY, "api_key"):
            raise invalid(f"{name} is an empty text", "set it, or leave it out if that is what you mean")
    if given.get("statuses", ()) is None:
        raise invalid("statuses is null", "name some, or leave it out for all statuses")
    found = {name: environment.get(variable, "").strip() for name, variable in ENVIRONMENT.items()}
    values = {
        **DEFAULTS,
        **{name: value for name, value in found.items() if value},
        **{name: value for name, value in given.items() if value is not None and (value != "" or name == "api_key")},
    }
    for name in ("api_key", "region", "api_url", "ca_path"):
        if not isinstance(values[name], (str, type(None))):
            raise invalid(f"{name} is not a text", "put it in quotes")
    return Options(
        to_number("interval", values["interval"], int, MIN_INTERVAL, MAX_INTERVAL),
        to_statuses(values["statuses"]),
        to_connection(values),
        to_number("retry_timeout", values["retry_timeout"], int, 0),
    )


def to_connection(values: t.Mapping[str, t.Any]) -> Settings:
    """Where requests go, and with which key."""
    key = clean_key(values["api_key"])
    if values["region"] not in BASE_URLS:
        raise invalid(f"region is {sanitize(values['region'])}", f"it has to be {' or '.join(BASE_URLS)}")
    validate_certs = BOOLEANS.get(str(values["validate_certs"]).lower())
    if validate_certs is None:
        raise invalid(f"validate_certs is {sanitize(values['validate_certs'])}", "it has to be true or false")
    timeout = to_number("timeout", values["timeout"], float, 0)
    if timeout == 0:
        raise invalid("timeout is 0", "it has to be a number of seconds above 0")
    ca_path = values["ca_path"]
    if ca_path is not None:
        ca_path = os.path.expanduser(os.path.expandvars(ca_path))
        check_ca(ca_path)
    return Settings(make_base_url(values["region"], values["api_url"]), key, validate_certs, ca_path, timeout)


def to_number(name: str, value: t.Any, kind: type[N], least: int, most: int | None = None) -> N:
    """A number, which may come as text."""
    try:
        number = kind(value)
        in_bounds = number >= least and (most is None or number <= most)
        if in_bounds and math.isfinite(number) and number == float(value) and not isinstance(value, bool):
            return number
    except (TypeError, ValueError, OverflowError):
        pass
    bounds = f"{least} or more" if most is None else f"{least} to {most}"
    whole = "whole number" if kind is int else "number"
    raise invalid(f"{name} is {sanitize(value)}", f"it has to be a {whole} of seconds, {bounds}")


def to_statuses(value: t.Any) -> frozenset[str] | None:
    """The statuses that are wanted; None for all."""
    if value is None:
        return None
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise invalid("statuses is not a list of statuses", "name some, such as issued and canceled")
    if not names:
        raise invalid("statuses is empty, so no event would ever come", "name some, or leave it out for all statuses")
    wanted = frozenset(name.strip() for name in names)
    unknown = sorted(wanted - set(STATUSES))
    if unknown:
        logger.warning(
            "no status of an order is known as %s, so perhaps no event will come: known are %s",
            *(sanitize(", ".join(unknown)), ", ".join(STATUSES)),
        )
    return wanted


def invalid(what: str, advice: str) -> CertCentralError:
    return CertCentralError(INVALID_OPTION, what, advice)
