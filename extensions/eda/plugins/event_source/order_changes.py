# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event source for ansible-rulebook that sends an event for each CertCentral order whose status changed."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import sys
import threading
import types
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
  - An ansible-rulebook event source that polls DigiCert CertCentral for certificate orders whose status changed, and sends an
    event for each new change.
  - An event has C(order_id), C(certificate_id) (null if the API gives none) and C(status). An order with several certificates
    can cause an event for each certificate.
  - The API tells the present status of an order, but not when the status changed or how often. If a status changes several times
    between two polls, only the last change causes an event. If it changes and changes back, no event is sent, unless the order
    has another certificate by then, for example after a reissue.
  - Each poll looks back further than to the last successful poll (120 seconds and the time in which requests may be repeated).
    So no change is lost between two polls, or while the API fails for up to seven days. After a longer failure, the source warns
    that changes may be missing.
  - No event is sent twice in a row for the same order, certificate and status. A restart clears this memory, so some events are
    sent again after it. The first poll looks back further than the interval by the same time. Earlier changes cause no event.
  - If the API fails, the source logs a warning and continues. It ends the rulebook only if the API rejects the key, or if an
    argument is wrong.
  - An API key that is restricted to View Only is sufficient.
  - Not affiliated with DigiCert.
options:
  interval:
    description:
      - The seconds from one poll to the next, from 10 to 302400.
      - A poll costs one request if nothing changed recently, and usually two if something did.
    type: int
    default: 60
  statuses:
    description:
      - Send events only for these statuses, such as C(issued), C(canceled), C(rejected), C(revoked) or C(expired).
      - Defaults to all statuses. An empty list is refused, because no event would ever be sent.
    type: list
    elements: str
  api_key:
    description:
      - The CertCentral API key. Required, either here or in the environment variable DIGICERT_API_KEY.
      - White space around the key is removed.
    type: str
  region:
    description:
      - The region that the account belongs to, C(us) or C(eu).
      - Defaults to the environment variable DIGICERT_REGION.
    type: str
    choices: [us, eu]
    default: us
  api_url:
    description:
      - A base URL that overrides the region, for a gateway or a simulator. C(http://) is accepted only for loopback addresses.
      - Defaults to the environment variable DIGICERT_API_URL.
    type: str
  validate_certs:
    description:
      - Whether the API's certificate has to be valid. If false, any server that responds in place of the API receives the key.
    type: bool
    default: true
  ca_path:
    description:
      - A file with CA certificates in PEM format, or a directory with hash links to such files. The API's certificate is checked
        against these certificates instead of the default ones.
    type: path
  timeout:
    description:
      - The maximum number of seconds for connecting, and for receiving a whole response.
    type: float
    default: 30.0
  retry_timeout:
    description:
      - The number of seconds during which a failing request may be repeated, counted from its first failure. 0 disables repeats.
      - A poll never repeats a request for longer than the interval, because the next poll covers the same time.
    type: int
    default: 240
  rate_limit_share:
    description:
      - The share of the API's documented rate limits that this source may use, from 0.01 to 1000. 0 disables the rate limiter.
    type: float
    default: 1.0
notes:
  - An empty string counts as not given for region, api_url, ca_path and the environment variables. Every other argument refuses
    it, and statuses refuses null as well.
  - Proxies from the environment apply to https, and never to loopback.
requirements:
  - requests >= 2.25.1 and ansible-core >= 2.16, in the Python that runs ansible-rulebook
"""

EXAMPLES = r"""
- certops.certcentral.order_changes:
    interval: 60
    statuses:
      - issued

- certops.certcentral.order_changes:
    region: eu
    api_key: "{{ digicert_api_key }}"
"""


def make_package(file: Path) -> str:
    """Make the collection that a file is in importable as a package, and return the name of the package.

    This works in any folder. The package is not called ansible_collections, because another copy of the collection, such as the
    one in the ansible package, may already be importable under that name.

    :param file: this event source
    :raises ImportError: if the file is not in its collection
    """
    for path in (file.absolute(), file.resolve()):
        for root in [*path.parents][4:5]:
            if (root / "plugins" / "module_utils" / "_errors.py").is_file():
                package = types.ModuleType("certcentral_" + os.fsencode(root).hex())
                package.__path__ = [str(root)]
                sys.modules.setdefault(package.__name__, package)
                return package.__name__
    raise ImportError(
        f"{file} needs the rest of its collection: install certops.certcentral, and use the event source from there"
    )


if not __package__:
    # ansible-rulebook runs this file by its path, so Python does not know which package it belongs to.
    __package__ = make_package(Path(__file__)) + ".extensions.eda.plugins.event_source"

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .....plugins.module_utils._api.status_changes import MAX_SECONDS, Change, Watch, read_changes
from .....plugins.module_utils._api.status_groups import KNOWN
from .....plugins.module_utils._bugs import describe_bug, format_trace
from .....plugins.module_utils._errors import CertCentralError
from .....plugins.module_utils._http.client import Client
from .....plugins.module_utils._http.transport import HAS_REQUESTS
from .....plugins.module_utils._module.lists import texts
from .....plugins.module_utils._module.options import COMMON_OPTIONS, Typed, invalid, make_spec, number
from .....plugins.module_utils._module.run import make_client
from .....plugins.module_utils._text import sanitize

NAME = "certops.certcentral.order_changes"
# ansible-rulebook runs this file under another name, so __name__ would not tell where a log line comes from.
logger = logging.getLogger(NAME)

MIN_INTERVAL = 10
# With this interval, two polls that look back seven days still overlap.
MAX_INTERVAL = MAX_SECONDS // 2
# The seconds by which a poll looks back further than necessary, because the API may list a change late.
MARGIN_SECONDS = 120
OPTIONS = {"interval": number(MIN_INTERVAL, MAX_INTERVAL, default=60), "statuses": texts(), **COMMON_OPTIONS}
# ansible-rulebook adds this argument for a source with feedback.
FOREIGN = ("eda_feedback_queue",)

T = t.TypeVar("T")


class SourceError(Exception):
    """The error that ends the rulebook. ansible-rulebook logs its text."""


async def main(queue: asyncio.Queue[t.Any], args: dict[str, t.Any]) -> None:
    """Send an event for each new change, until the task is canceled.

    :raises SourceError: if an argument is wrong, or if the API rejects the key
    """
    try:
        if not HAS_REQUESTS:
            raise invalid("the Python library requests is missing", f"install it for {sys.executable}")
        await poll(queue, read_arguments(args))
    except CertCentralError as error:
        raise SourceError(f"{NAME}: {error.message}") from None


# ---- polling


async def poll(queue: asyncio.Queue[t.Any], arguments: t.Mapping[str, t.Any]) -> None:
    """Poll until the task is canceled, and send the events.

    :param arguments: the arguments that :func:`read_arguments` returned
    :raises CertCentralError: ``invalid_option``, or ``unauthorized`` if the API rejects the key
    """
    interval, statuses = arguments["interval"], arguments["statuses"]
    # After a poll that failed, the next one looks back further, so a poll need not last longer than the interval.
    retry_timeout = min(arguments["retry_timeout"], interval)
    client = make_client({**arguments, "retry_timeout": retry_timeout})
    watch = Watch(interval, MARGIN_SECONDS + retry_timeout, client.clock)
    logged: list[str] = []
    try:
        while True:
            for change in await attempt(client, watch, logged):
                if statuses is None or change.status in statuses:
                    await queue.put(change._asdict())
            await asyncio.sleep(interval)
    finally:
        # A poll that is still running in its thread must not send further requests.
        client.interrupted = True


async def attempt(client: Client, watch: Watch, logged: list[str]) -> list[Change]:
    """Return the new changes. If they cannot be read, log a warning and return none.

    :param logged: the warnings about the last successful poll, which are not logged again; the list is updated
    :raises CertCentralError: ``unauthorized``, because all further polls would fail as well
    """
    try:
        changes = await in_thread(functools.partial(read_changes, client, watch.begin()))
        new, unknown = watch.end(changes)
    except CertCentralError as error:
        if error.reason == "unauthorized":
            raise
        failure = error.message
    except Exception as error:  # noqa: BLE001
        logger.debug("%s", format_trace(error))
        failure = describe_bug(error)
    else:
        if changes.warnings != logged:
            logged[:] = changes.warnings
            for warning in logged:
                logger.warning("%s", warning)
        if unknown:
            logger.warning("%s", describe_gap(unknown, client.clock.utc_now()))
        return new
    logger.warning("a poll failed, and the next one looks back to the last successful one: %s", failure)
    return []


def describe_gap(unknown: float, now: datetime) -> str:
    """Return the warning about a time that is too long ago for the API to look back to.

    :param unknown: the length of that time in seconds
    :param now: the present time in UTC
    """
    end = now - timedelta(seconds=MAX_SECONDS)
    begin = end - timedelta(seconds=unknown)
    return (
        f"no poll succeeded for more than 7 days, and the API does not look back further: changes from "
        f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC may be missing, so check the orders themselves"
    )


async def in_thread(work: t.Callable[[], T]) -> T:
    """Run ``work`` in a daemon thread and return its result. A daemon thread does not delay the end of the process."""
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
        with contextlib.suppress(RuntimeError):  # if the loop has ended
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name=NAME, daemon=True).start()
    return await done


# ---- arguments: the modules' own options, checked in the same way


def read_arguments(args: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the cleaned arguments, with defaults for missing ones. ``statuses`` is a set, or None for all statuses.

    :raises CertCentralError: ``invalid_option``
    """
    given = {name: value for name, value in args.items() if name not in FOREIGN}
    if unknown := [sanitize(name) for name in given if name not in OPTIONS]:
        raise invalid(f"unknown argument {', '.join(unknown)}", f"valid arguments: {', '.join(OPTIONS)}")
    typed = Typed(OPTIONS, given)
    typed.check()
    result = ArgumentSpecValidator(make_spec(OPTIONS)).validate(typed.values)
    if result.error_messages:
        raise invalid(sanitize("; ".join(result.error_messages)), "correct the argument")
    found: dict[str, t.Any] = result.validated_parameters
    return {**found, "statuses": to_statuses(found["statuses"])}


def to_statuses(names: list[str] | None) -> frozenset[str] | None:
    """Return the statuses in lower case, or None for all statuses.

    :raises CertCentralError: ``invalid_option``
    """
    if names is None:
        return None
    if not names:
        raise invalid("statuses is empty, so no event would be sent", "add some, or leave it out for all statuses")
    statuses = frozenset(name.lower() for name in names)
    if unknown := sorted(statuses - set(KNOWN)):
        logger.warning(
            "no order is known to have the status %s, so there may never be an event for it: known statuses are %s",
            *(sanitize(", ".join(unknown)), ", ".join(KNOWN)),
        )
    return statuses
