# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Read, plan, stop here in check mode, send, settle a lost reply by reading, verify."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone

from ._client import Client, Patience
from ._errors import REFUSED, UNKNOWN_OUTCOME, CertCentralError, RequestFailed, plain
from ._orders import Order, read_order, send_status, with_mark, with_origin
from ._rules import CANCELED, Plan, Wish, plan, reissue_settled, sentence, shows

# Seconds after a change at which it is looked for, for a reading may lag behind (ASSUMED).
VERIFY_AT = (0.0, 1.0, 2.0, 4.0)
# Seconds after which a reading is too old to send on.
STALE_AFTER = 60.0


@dataclass(frozen=True)
class Outcome:
    """How one order ended.

    :param before: the reading that was planned on
    :param last: the last reading
    :param changed: whether it was changed, or would be in check mode
    :param verified: whether a reading after the change shows it; None if none was made
    """

    before: Order
    last: Order
    plan: Plan
    changed: bool
    verified: bool | None
    msg: str
    warnings: tuple[str, ...] = ()

    def result(self) -> dict[str, t.Any]:
        """The keys that a module returns for one order."""
        return {
            "changed": self.changed,
            "order_id": self.before.id,
            "operation": self.plan.operation,
            "status": self.plan.status,
            "is_renewed": self.plan.is_renewed,
            "verified": self.verified,
            "msg": self.msg,
        }

    def diff(self) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        """What changes: before and after."""
        before: tuple[str, t.Any] = ("status", self.before.status)
        after: tuple[str, t.Any] = ("status", self.plan.status)
        if not self.plan.operation.startswith("cancel"):
            before, after = ("is_renewed", self.before.marked), ("is_renewed", self.plan.is_renewed)
        return dict([("order_id", self.before.id), before]), dict([("order_id", self.before.id), after])


def converge(client: Client, wish: Wish, *, check_mode: bool, verify: bool) -> Outcome:
    """Make one order meet a wish.

    :raises CertCentralError: with ``changed`` as the task has to report it
    """
    read_at = client.now()
    order, planned = read_and_plan(client, wish)
    if planned.sends and not check_mode:
        return send(client, wish, order, planned, read_at=read_at, verify=verify)
    msg = sentence(order, wish, planned, would=True)
    return Outcome(order, order, planned, planned.sends, None, msg)


def today() -> date:
    """The date in UTC, which the API counts in."""
    return datetime.now(timezone.utc).date()


def read_and_plan(client: Client, wish: Wish, patience: Patience | None = None) -> tuple[Order, Plan]:
    """A fresh reading and the plan for it, at the cost of one request, and one more for each fact that order info lacks.

    :raises CertCentralError: if it cannot be read, or the wish is refused
    """
    return _plan_on(client, read_order(client, wish.order_id, patience), wish, patience)


def _plan_on(client: Client, order: Order, wish: Wish, patience: Patience | None) -> tuple[Order, Plan]:
    while True:
        planned = plan(order, wish, today())
        if isinstance(planned, Plan):
            return order, planned
        complete = with_origin if planned.fact == "migrated" else with_mark
        order = complete(client, order, patience)


class _Stale(Exception):
    """The reading has become too old while the pace held the change back."""


def send(
    client: Client,
    wish: Wish,
    order: Order,
    planned: Plan,
    *,
    read_at: float,
    verify: bool,
    check: t.Callable[[], None] = lambda: None,
) -> Outcome:
    """Send the change until the API has answered, settle a lost reply by reading, and verify.

    :param order: the reading that was planned on
    :param read_at: its time, by the client's clock
    :param check: called right before the change goes, for the first time; what it raises stops it
    :raises CertCentralError: if the order was not changed, or ``unknown_outcome``
    """
    patience = Patience(client)
    first = order
    lost: RequestFailed | None = None
    renewed = False

    def ready() -> None:
        if lost is None:
            check()
            # Not twice in a row: where the pace is slow, even the time after a reading may be too long.
            if not renewed and client.now() - read_at > STALE_AFTER:
                raise _Stale()

    def unchanged() -> Outcome:
        return Outcome(order, order, planned, False, None, sentence(order, wish, planned, would=False))

    while True:
        try:
            send_status(client, order.id, wish.status, wish.note, patience, ready)
        except _Stale:
            order, planned = read_and_plan(client, wish, patience)
            first, read_at, renewed = order, client.now(), True
            if not planned.sends:
                return unchanged()
        except RequestFailed as failure:
            renewed = False
            if failure.lost:
                lost = failure
            elif not failure.repeat and lost:
                raise _unknown(wish, lost, f"when it was repeated, {failure.what}", failure) from None
            elif not failure.repeat:
                # A row of the listing may have been older than it seemed.
                again = _met_already(client, wish, patience) if order.listed and failure.reason == REFUSED else None
                if again is None:
                    raise
                order, planned = again
                return unchanged()
            # A reading that lags behind gets this time to catch up.
            in_time = patience.wait(failure)
            if lost:
                now, plan_again = _settle(client, wish, first, planned, lost, patience, in_time)
                if plan_again is None:
                    msg = (
                        sentence(order, wish, planned, would=False)
                        + "; the reply was lost, but a later reading shows it"
                    )
                    return Outcome(order, now, planned, True, True if verify else None, msg)
                order, planned = now, plan_again
            elif not in_time:
                raise
        else:
            last, verified, warnings = _verify(client, wish, order, patience) if verify else (order, None, ())
            return Outcome(order, last, planned, True, verified, sentence(order, wish, planned, would=False), warnings)


def _met_already(client: Client, wish: Wish, patience: Patience) -> tuple[Order, Plan] | None:
    """A fresh reading and its plan, if the wish is met without a change."""
    try:
        order, planned = read_and_plan(client, wish, patience)
    except CertCentralError:
        return None
    return None if planned.sends else (order, planned)


def _settle(
    client: Client, wish: Wish, first: Order, planned: Plan, lost: RequestFailed, patience: Patience, in_time: bool
) -> tuple[Order, Plan | None]:
    """A reading that shows what the lost request did, or one that shows that it did nothing, and the plan to send again.

    :param first: the reading before the first request
    :raises CertCentralError: ``unknown_outcome``
    """
    try:
        now = _read_shown(client, wish, patience)
        settled = reissue_settled(first, now) if planned.operation == "cancel_reissue" else shows(now, wish)
        if settled:
            return now, None
        now, again = _plan_on(client, replace(now, migrated=first.migrated), wish, patience)
    except CertCentralError as error:
        raise _unknown(wish, lost, f"nothing settles what it did ({error.what})") from None
    if settled is None:
        raise _unknown(
            wish, lost, f"that it is {plain(now.status)} now does not tell whether the reissue was canceled or issued"
        )
    if not in_time:
        raise _unknown(wish, lost, f"a later reading does not show it (it is {plain(now.status)})")
    return now, again


def _unknown(wish: Wish, lost: RequestFailed, why: str, last: RequestFailed | None = None) -> CertCentralError:
    """The outcome is not known: the change was sent, the answer to it was not clear, and ``why`` nothing settles it."""
    answer = last or lost
    error = CertCentralError(
        UNKNOWN_OUTCOME,
        f"no clear answer to the change came ({lost.what}), and {why}",
        "look at the order before you run this again",
        http_status=answer.http_status,
        errors=answer.errors,
        order_id=wish.order_id,
        changed=True,
    )
    error.about = f"order {wish.order_id} may have been changed or not"
    return error


def _verify(client: Client, wish: Wish, order: Order, patience: Patience) -> tuple[Order, bool, tuple[str, ...]]:
    """Look for the change until it shows. What goes wrong here is a warning: the API has accepted the change."""
    start = client.now()
    last = order
    for at in VERIFY_AT:
        try:
            client.sleep(max(0.0, start + at - client.now()))
            last = _read_shown(client, wish, patience)
        except CertCentralError as error:
            return (
                last,
                False,
                (f"the API accepted the change, but then order {order.id} could not be read: {error.what}",),
            )
        if shows(last, wish):
            return last, True, ()
    seen = plain(last.status) if wish.status == CANCELED else f"is_renewed {str(last.marked).lower()}"
    return last, False, (f"the API accepted the change of order {order.id}, but it does not show yet: it reads {seen}",)


def _read_shown(client: Client, wish: Wish, patience: Patience | None = None) -> Order:
    """A reading that tells whether the wish is met."""
    order = read_order(client, wish.order_id, patience)
    return with_mark(client, order, patience) if shows(order, wish) is None else order
