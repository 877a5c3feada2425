# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to hold, whatever happens, and what holds where nothing does. Written without a look at the product."""

from __future__ import annotations

import json
import re
import typing as t
from collections import Counter

from ansible_collections.certops.certcentral.tests.simulator.account import is_marked, shown_status, valid_till
from ansible_collections.certops.certcentral.tests.simulator.app import BASE
from ansible_collections.certops.certcentral.tests.table import OPERATIONS, Case, expected, today
from ansible_collections.certops.certcentral.tests.unit.mishaps.runs import (
    REFUSALS,
    Run,
    asks_for,
    is_put,
    readings,
    reply,
)
from ansible_collections.certops.certcentral.tests.unit.mishaps.schedules import (
    INFO,
    KEY,
    MANY,
    OTHER_ID,
    SINGLE,
    Json,
    name_of,
)
from ansible_collections.certops.certcentral.tests.unit.support import FAILURE_KEYS
from ansible_collections.certops.certcentral.tests.unit.wire import Exchange

ENTRY_KEYS = {
    *("order_id", "outcome", "changed", "operation", "status", "is_renewed"),
    *("verified", "reason", "msg", "http_status", "errors"),
}


def check(run: Run) -> None:
    """Every promise that holds whatever happens."""
    check_form(run)
    check_requests(run)
    if run.exact:
        check_time(run)
    if run.module == MANY:
        check_account(run)
    if run.module == INFO:
        check_reading(run)
    for wish, entry in run.entries:
        check_entry(run, wish, entry)
        check_changed(run, wish, entry)
        check_lost(run, wish, entry)
        check_readings_before_changes(run, wish)
        check_grounds(run, wish, entry)
        check_state(run, wish, entry)
    check_touches_nothing_else(run)


def check_form(run: Run) -> None:
    """The result has the keys that the interface page promises, one line of printable text in msg, no key, no traceback."""
    result = run.result
    keys = {"changed", "msg"}
    if result.get("failed"):
        assert result.keys() >= FAILURE_KEYS, result
    elif run.module == SINGLE:
        keys |= {"order_id", "operation", "status", "is_renewed", "verified", "order"}
    if run.module == MANY:
        keys |= {"results", "summary", "api_calls"}
    elif run.module == INFO and not result.get("failed"):
        keys |= {"orders", "total", "missing", "api_calls"}
    assert keys <= result.keys(), keys - result.keys()
    assert isinstance(result["changed"], bool)
    for text in (result["msg"], *result["warnings"], *(entry["msg"] for unused, entry in run.entries)):
        assert text.isprintable(), text
    assert ("diff" in result) is any(entry["outcome"] == "changed" for unused, entry in run.entries)
    printed = json.dumps({**result, "invocation": None})
    assert KEY not in printed, "the key is shown"
    assert KEY not in json.dumps(result.get("invocation")), "the key is shown"
    assert "Traceback" not in printed and "exception" not in result and "the collection itself failed" not in printed


def check_requests(run: Run) -> None:
    """Only the documented requests are made, redirects are not followed, and check mode sends nothing but GET."""
    wanted = re.compile(rf"GET {BASE}/order/certificate(/\d+)?(\?.*)?|PUT {BASE}/order/certificate/\d+/status")
    for exchange in run.exchanges:
        if exchange.method:
            assert wanted.fullmatch(f"{exchange.method} {exchange.path}"), exchange.path
            assert not (run.check_mode and exchange.method != "GET"), "a change in check mode"
    wished = {wish["order_id"]: wish for wish in run.wishes}
    for exchange in run.exchanges:
        if is_put(exchange):
            wish = wished[int((exchange.path or "").split("/")[-2])]
            body = {name: wish[name] for name in ("status", "note") if name in wish}
            assert exchange.record is None or exchange.record["body"] == body


def check_account(run: Run) -> None:
    """The bulk module's account adds up, and its limits hold."""
    result, options = run.result, run.options
    entries = result["results"]
    assert [entry["order_id"] for entry in entries] == [wish["order_id"] for wish in run.wishes]
    assert all(entry.keys() == ENTRY_KEYS for entry in entries)
    counts = Counter(entry["outcome"] for entry in entries)
    names = ("changed", "unchanged", "refused", "failed", "not_attempted")
    assert result["summary"] == {"total": len(entries), **{name: counts[name] for name in names}}
    assert sum(counts[name] for name in names) == len(entries)
    assert result["changed"] is any(entry["changed"] for entry in entries)
    wrong = counts["refused"] + counts["failed"] + counts["not_attempted"]
    assert bool(result.get("failed")) is bool(wrong or result.get("reason")), result["msg"]
    calls = result["api_calls"]
    assert calls["reads"] + calls["writes"] == len(run.exchanges)
    assert calls["writes"] >= sum(map(is_put, run.exchanges))
    if not entries:
        assert not run.exchanges, "an empty list sends nothing"
    sent = {exchange.path for exchange in run.exchanges if is_put(exchange)}
    if options["max_changes"] is not None:
        assert len(sent) <= options["max_changes"]
        if result.get("reason") == "too_many_changes":
            assert not sent
    if not options["keep_going"] and not run.touched:
        assert not (counts["refused"] and sent), "one is refused, and something was sent"
    if options["concurrency"] == 1:
        check_stops(run)


def check_reading(run: Run) -> None:
    """What is read is what was asked for, and all of it where nothing went wrong."""
    result, options = run.result, run.options
    assert result["changed"] is False and run.after == run.before
    filters = options.get("filters", {})
    asked = [options.get("order_ids"), *filters.values()]
    if [] in asked or options.get("limit") == 0:
        assert not result.get("failed") and not run.exchanges, "an empty list means everything"
    disturbed = any(e.record is None or e.record["fault"] or e.status == 429 for e in run.exchanges)
    if result.get("failed"):
        unknown = options.get("filters", {}).get("status") and run.quirks.unknown_status_filter == "refused"
        assert disturbed or (unknown and result["reason"] == "refused"), result["msg"]
        return
    assert result["api_calls"] == {"reads": len(run.exchanges), "writes": 0}
    found = [order["id"] for order in result["orders"]]
    assert result["total"] == len(found) == len(set(found))
    there = {
        order_id: order
        for order_id, order in run.before.items()
        if order["status"] != "canceled" or run.quirks.canceled_order_readable
    }
    if "order_ids" in options:
        wanted = [order_id for order_id in dict.fromkeys(options["order_ids"]) if order_id in there]
        assert set(found) | set(result["missing"]) == set(options["order_ids"])
        assert not set(found) & set(result["missing"])
        if not disturbed:
            assert found == wanted
        return
    # Rows of another order are a lie that cannot be seen where that order was asked for.
    right = {order_id for order_id, order in there.items() if selects(filters, order, run)} | (
        {order_id for order_id in found if order_id >= OTHER_ID} if disturbed else set()
    )
    assert set(found) <= right, "an order that was not asked for"
    if not disturbed:
        assert len(found) == min(options.get("limit", len(right)), len(right))


def selects(filters: Json, order: Json, run: Run) -> bool:
    """Whether filters select an order, as the API's page says."""

    def holds(name: str, value: t.Any) -> bool:
        wanted = filters.get(name)
        return wanted is None or value in (wanted if isinstance(wanted, list) else [wanted])

    status = shown_status(order, run.quirks)
    issued = status == "expired" and holds("status", "issued")
    return holds("id", order["id"]) and (holds("status", status) or issued) and holds("is_renewed", is_marked(order))


def check_stops(run: Run) -> None:
    """Without keep_going a failed change is the last one; and what nothing else would survive always is."""
    puts = [exchange.path for exchange in run.exchanges if is_put(exchange)]
    for wish, entry in run.entries:
        path = f"{BASE}/order/certificate/{wish['order_id']}/status"
        final = not run.options["keep_going"] or entry["reason"] in ("unauthorized", "rate_limited")
        if entry["outcome"] == "failed" and path in puts and final:
            assert puts[-1] == path, "a change after one that failed"


def check_entry(run: Run, wish: Json, entry: Json) -> None:
    """The parts of one outcome agree with each other."""
    outcome, order_id = entry["outcome"], wish["order_id"]
    assert entry["order_id"] == order_id
    assert str(order_id) in entry["msg"]
    assert (entry["reason"] is not None) is (outcome in ("refused", "failed")), entry
    if entry["reason"]:
        assert (entry["reason"] in REFUSALS) is (outcome == "refused")
    assert isinstance(entry["errors"], list)
    puts = run.puts(order_id)
    if outcome in ("refused", "not_attempted"):
        assert not puts, "it was sent"
    if outcome == "unchanged":
        # A change that was refused because the listing's row was old.
        assert all(400 <= (put.status or 0) < 500 and not put.lost for put in puts)
    if outcome == "changed":
        assert entry["operation"] != "none"
        assert bool(puts) is not run.check_mode
    if entry["verified"] is not None:
        assert run.options["verify"] and entry["changed"] and puts
    if entry["verified"] is True:
        assert shows_later(run, wish, puts[-1]), "verified without a reading"
    if entry["verified"] is False:
        assert run.result["warnings"]


def check_changed(run: Run, wish: Json, entry: Json) -> None:
    """``changed`` is what the interface page defines, and what the simulator saw."""
    order_id, reason = wish["order_id"], entry["reason"]
    puts, made = run.puts(order_id), run.made(order_id)
    if run.check_mode:
        assert not made
        return
    answered = any(put.status == 204 for put in puts)
    lost = any(put.lost for put in puts)
    success = entry["outcome"] in ("changed", "unchanged")
    if answered:
        assert entry["changed"] and success, "answered with 204"
    elif reason == "unknown_outcome":
        assert entry["changed"] and lost, "unknown_outcome without a lost reply"
    elif lost:
        assert entry["changed"] and success, "a lost reply as if nothing had happened"
        assert shows_later(run, wish, [put for put in puts if put.lost][-1]), "settled without a reading"
    else:
        assert not entry["changed"], "changed, and nothing was sent"
    if reason != "unknown_outcome" and not run.is_touched(order_id):
        assert entry["changed"] is bool(made), "not what the simulator saw"


def check_lost(run: Run, wish: Json, entry: Json) -> None:
    """A lost change ends well or as unknown_outcome, never as anything else; no order is changed twice."""
    puts = run.puts(wish["order_id"])
    if any(put.lost for put in puts):
        assert entry["reason"] in (None, "unknown_outcome"), entry["reason"]
    made = run.made(wish["order_id"])
    if len(made) > 1:
        assert run.is_touched(wish["order_id"]), "changed twice"
    for earlier, later in zip(puts, puts[1:]):
        between = run.exchanges[run.exchanges.index(earlier) + 1 : run.exchanges.index(later)]
        if earlier.lost:
            seen = [readings(exchange).get(wish["order_id"]) for exchange in between]
            assert any(seen), "repeated without a reading"
        else:
            assert earlier.status == 429, "repeated after an answer"


def shows_later(run: Run, wish: Json, put: Exchange) -> bool:
    """Whether a reading after a change shows what was wished."""
    later = run.exchanges[run.exchanges.index(put) + 1 :]
    return any(shows(reading, wish) for e in later if (reading := readings(e).get(wish["order_id"])))


def shows(reading: Json, wish: Json) -> bool:
    if wish["status"] != "canceled":
        marked = reading.get("is_renewed") is True or reading["status"] == "renewed"
        return marked is (wish["status"] == "renewed") and ("is_renewed" in reading or marked)
    if wish["cancel_scope"] == "reissue":
        return bool(reading["status"] != "reissue_pending")
    return bool(reading["status"] == "canceled")


def check_readings_before_changes(run: Run, wish: Json) -> None:
    """A change follows on a reading of its order, and never on a failed one."""
    order_id = wish["order_id"]
    for put in run.puts(order_id):
        before = run.exchanges[: run.exchanges.index(put)]
        assert any(order_id in readings(exchange) for exchange in before), "changed without a reading"
        own = [exchange for exchange in before if asks_for(exchange) == [order_id]]
        assert not own or reply(own[-1]) is not None, "changed after a failed reading"


def check_grounds(run: Run, wish: Json, entry: Json) -> None:
    """What is said of an order rests on a reading: a failed one proves nothing."""
    order_id = wish["order_id"]
    reads = [exchange for exchange in run.exchanges if exchange.method == "GET"]
    if entry["outcome"] in ("refused", "unchanged"):
        assert any(order_id in readings(exchange) for exchange in reads), "decided without a reading"
    if entry["reason"] == "not_migrated":
        origins = [exchange for exchange in reads if "origin" in (exchange.path or "")]
        assert any(isinstance(reply(exchange), dict) for exchange in origins), "no listing tells where it came from"
    if entry["reason"] == "not_found":
        path = f"{BASE}/order/certificate/{order_id}"
        assert any(e.status == 404 and (e.path or "").startswith(path) for e in run.exchanges), "nobody said so"


def check_state(run: Run, wish: Json, entry: Json) -> None:
    """Where nobody else meddles, the account is afterwards as the outcome says."""
    order_id = wish["order_id"]
    after = run.after.get(order_id)
    if run.check_mode or run.is_touched(order_id) or entry["outcome"] not in ("changed", "unchanged") or not after:
        return
    shown = {**after, "status": shown_status(after, run.quirks), "is_renewed": is_marked(after)}
    assert shows(shown, wish), "not as wished"
    if wish["status"] == "canceled" and entry["status"] is not None:
        # A console's word for the mark may stand in front of it.
        assert entry["status"] in (shown["status"], after["status"])
    if wish["status"] != "canceled":
        assert entry["is_renewed"] is shown["is_renewed"]


def check_touches_nothing_else(run: Run) -> None:
    """Only what was asked for is changed, and only as the table of wishes allows."""
    wished = {wish["order_id"]: wish for wish in run.wishes}
    for change in run.changes:
        wish = wished[change.order_id]
        assert change.status == wish["status"] and change.note == wish.get("note")
        assert wish.get("common_name", "").lower() in ("", name_of(change.order_id))
        if not run.is_touched(change.order_id):
            allowed = operation(run, run.before[change.order_id], wish)
            assert allowed in OPERATIONS and allowed != "none", f"{allowed} was sent"
    for order_id, order in run.before.items():
        if not run.made(order_id) and not run.is_touched(order_id):
            assert run.after[order_id] == order, "another order was changed"


def operation(run: Run, order: Json, wish: Json) -> str:
    """What the table of wishes says of an order: the operation, or the reason of the refusal."""
    till = valid_till(order)
    case = Case(
        wish=wish["status"],
        scope=wish["cancel_scope"],
        status=shown_status(order, run.quirks),
        is_renewed=is_marked(order),
        # A server that ignores the filter shows every order as a migrated one.
        migrated=order["migrated"] or "origin" in run.quirks.ignored_filters,
        days=None if till is None else (till - today()).days,
        renewed_order_id=order["renewed_order_id"],
        check_rules=run.options["check_rules"],
    )
    return expected(case)


def check_time(run: Run) -> None:
    """It ends within retry_timeout of the first failure, plus the requests under way."""
    if run.module != SINGLE:
        series = 5 + 4 * len(run.wishes)
        took = run.exchanges[-1].ended - run.exchanges[0].began if run.exchanges else 0
        assert took <= series * (run.options["retry_timeout"] + 4 * run.options["timeout"]) + 300
        return
    # Each reading has its own time; a change, what settles it and its repeats have one together.
    first: float | None = None
    sent = False
    for exchange in run.exchanges:
        under_way = (3 if sent else 1) * run.options["timeout"]
        if first is not None:
            assert exchange.began <= first + run.options["retry_timeout"] + under_way, "it goes on for too long"
        failed = exchange.status != 204 if is_put(exchange) else reply(exchange) is None
        sent = sent or is_put(exchange)
        if exchange.status == 204 and is_put(exchange):
            return
        if failed:
            first = exchange.ended if first is None else first
        elif not sent:
            first = None


def check_calm(run: Run) -> None:
    """Where nothing goes wrong, the outcome is the table's."""
    for wish, entry in run.entries:
        if entry["outcome"] == "not_attempted":
            # Another one is refused, or there are too many.
            assert not run.options["keep_going"] or run.result["reason"] == "too_many_changes"
            continue
        order = run.before.get(wish["order_id"])
        is_there = order and (order["status"] != "canceled" or run.quirks.canceled_order_readable)
        wanted = operation(run, order, wish) if order and is_there else "not_found"
        if is_there and wish.get("common_name") == "other.example.com":
            wanted = "common_name_mismatch"
        got = entry["reason"] or entry["operation"]
        # Where the origin cannot be known it says so; and what only the API knows, the API says.
        accepted = {wanted}
        if wish["status"] != "canceled" and {"id", "origin"} & set(run.quirks.ignored_filters):
            accepted |= {"unexpected_response", "refused"}
        if not run.options["check_rules"] and not run.check_mode:
            accepted |= {"refused"}
        assert got in accepted, f"{got} in place of {wanted}"


def check_promise(promised: Run, done: Run) -> None:
    """A run does exactly what check mode said straight before it."""
    for (wish, said), (unused, did) in zip(promised.entries, done.entries):
        if did["reason"] == "refused" and (not done.options["check_rules"] or done.quirks.ignored_filters):
            continue
        if did["outcome"] == "not_attempted" and any(entry["reason"] == "refused" for unused, entry in done.entries):
            continue
        if done.options.get("concurrency", 1) > 1 and "not_attempted" in (said["outcome"], did["outcome"]):
            # Which readings were under way when one of them ended all, is a matter of moments.
            assert done.result["reason"] == promised.result["reason"]
            continue
        for name in ("outcome", "changed", "operation", "status", "is_renewed", "reason"):
            assert said[name] == did[name], f"{name} of order {wish['order_id']}"
    if not done.result.get("failed"):
        assert promised.result.get("diff") == done.result.get("diff")


def check_again(repaired: Run, again: Run) -> None:
    """What went well once needs no change the second time."""
    for (wish, once), (unused, twice) in zip(repaired.entries, again.entries):
        if wish["status"] != "canceled" and "id" in again.quirks.ignored_filters:
            # What the listing can tell of one order depends on which others there are.
            continue
        gone = wish["status"] == "canceled" and not again.quirks.canceled_order_readable
        if once["outcome"] in ("changed", "unchanged") and not gone:
            assert twice["outcome"] == "unchanged" and not again.puts(wish["order_id"])
        assert not again.made(wish["order_id"]), "changed again"
