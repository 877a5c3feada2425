"""Invariants that must hold in every run, and those that hold only without faults. They were written independently of the modules."""

from __future__ import annotations

import contextlib
import json
import re
import typing as t
from datetime import timedelta
from email.utils import parsedate_to_datetime

from ... import facts
from ...simulator.app import BASE
from ...simulator.orders import is_marked, valid_till
from ...simulator.views import shown_status
from ...table import OPERATIONS, Case, expected
from ..accounts import check_sums
from ..fake_transport import Exchange
from ..support import FAILURE_KEYS
from .runs import REFUSALS, Run, asks_for, is_put, readings, reply
from .schedules import INFO, KEY, MANY, MIGRATED, SINGLE, STALE, Json

# In seconds: the maximum age of the data that a change is based on, and the time after a lost response when the change is looked for last.
MAX_AGE = 60.0
LAST_LOOK = 4.0
# The words of a message about a change that was visible.
DONE = re.compile("is canceled now|is issued again|is marked renewed now|is no longer marked")
WANTED = re.compile(rf"GET {BASE}/order/certificate(/\d+)?(\?.*)?|PUT {BASE}/order/certificate/\d+/status")
# The keys of a result that did not fail.
KEYS = {
    SINGLE: {"order_id", "operation", "status", "is_renewed", "verified", "order"},
    INFO: {"orders", "total", "complete", "missing", "api_calls"},
    **{key: {"orders", "counts", "summary", "unused_exclusions", "api_calls"} for key in (MIGRATED, STALE)},
}


def check(run: Run) -> None:
    """Check the invariants that hold in every run."""
    check_form(run)
    check_requests(run)
    check_number_of_requests(run)
    if run.exact:
        check_time(run)
        check_retry_after(run)
    if run.module == MANY:
        check_account(run)
    for desired, entry in run.entries:
        for check_one in CHECKS:
            check_one(run, desired, entry)
    check_touches_nothing_else(run)


def check_form(run: Run) -> None:
    """Check that the result has the documented keys and printable sentences, and neither the API key nor a traceback."""
    result = run.result
    keys = FAILURE_KEYS if result.get("failed") else KEYS.get(run.module, set())
    keys = keys | {"changed", "msg"} | ({"orders", "summary", "api_calls"} if run.module == MANY else set())
    assert keys <= result.keys(), keys - result.keys()
    assert isinstance(result["changed"], bool)
    for text in (result["msg"], *result["warnings"], *(entry["msg"] for unused, entry in run.entries), *run.log):
        assert text.isprintable(), text
    entries = [*(entry for unused, entry in run.entries), *run.acted]
    assert ("diff" in result) is any(entry["outcome"] == "changed" for entry in entries)
    printed = json.dumps({**result, "invocation": None})
    for shown in (printed, json.dumps(result.get("invocation")), *run.log):
        assert KEY not in shown, "the key is shown"
    assert "Traceback" not in printed and "exception" not in result and "the collection itself has a bug" not in printed


def check_requests(run: Run) -> None:
    """Check that only documented requests are sent, that no redirect is followed, and that check mode sends only GET requests."""
    desired_by_id = {desired["order_id"]: desired for desired in run.desired}
    for exchange in run.exchanges:
        assert WANTED.fullmatch(f"{exchange.method} {exchange.path}"), exchange.path
        assert "%5D%5B" not in exchange.path, "several values for one filter"
        assert not (run.check_mode and exchange.method != "GET"), "a change in check mode"
        if is_put(exchange):
            desired = desired_by_id[int(exchange.path.split("/")[-2])]
            body = {name: desired[name] for name in ("status", "note") if name in desired}
            assert json.loads(exchange.sent or b"") == body
            assert exchange.record is None or exchange.record["body"] == body


def check_number_of_requests(run: Run) -> None:
    """Check that a failing request is not repeated too often: a few times at once, and then every three seconds on average."""
    failed: dict[tuple[str, str], list[Exchange]] = {}
    for exchange in run.exchanges:
        if not succeeded(exchange):
            failed.setdefault((exchange.method, exchange.path), []).append(exchange)
    for request, exchanges in failed.items():
        seconds = exchanges[-1].ended - exchanges[0].began
        assert len(exchanges) <= 15 + seconds / 3, f"{len(exchanges)} requests of {request} in {seconds} s"


def succeeded(exchange: Exchange) -> bool:
    return exchange.status == 204 if exchange.method == "PUT" else reply(exchange) is not None


def check_time(run: Run) -> None:
    """Check that the run ends within retry_timeout of the first failure, plus the time for the requests in flight."""
    retry_timeout, timeout = run.options["retry_timeout"], run.options["timeout"]
    if run.module != SINGLE:
        series = 5 + 4 * max(len(run.desired), len({exchange.path for exchange in run.exchanges}))
        share = run.options.get("rate_limit_share", 1)
        limited = 180 + len(run.exchanges) * 0.2 / share if share else 0
        took = run.exchanges[-1].ended - run.exchanges[0].began if run.exchanges else 0
        assert took <= series * (retry_timeout + 4 * timeout) + 300 + limited
        return
    # Each read has a budget of its own. A change, the reads that look for it and its repeats share one.
    first: float | None = None
    sent = False
    longest = max((exchange.ended - exchange.began for exchange in run.exchanges), default=0.0)
    for exchange in run.exchanges:
        # An order may have to be read again before its change is sent. This is not begun if no time is left.
        under_way = 3 * longest if is_put(exchange) else LAST_LOOK + 8 * timeout if sent else timeout
        late = first is not None and exchange.began > first + retry_timeout + under_way + 0.001
        assert not late, "it goes on for too long"
        sent = sent or is_put(exchange)
        if exchange.status == 204 and is_put(exchange):
            return
        if not succeeded(exchange):
            first = exchange.ended if first is None else first
        elif not sent:
            first = None


def check_retry_after(run: Run) -> None:
    """Check that the module waits as long as the API asks, if enough time is left.

    After a 429, all requests wait. After any other response, the same request does.
    """
    first = next((exchange.ended for exchange in run.exchanges if not succeeded(exchange)), 0.0)
    for number, exchange in enumerate(run.exchanges):
        asked = retry_after(run, exchange)
        if not 0 < asked <= first + run.options["retry_timeout"] - exchange.ended:
            # A request that would have to wait for too long fails at once.
            continue
        later = [other for other in run.exchanges[number + 1 :] if other.opened > exchange.closed]
        if exchange.status != 429:
            later = [other for other in later if (other.method, other.path) == (exchange.method, exchange.path)][:1]
        for other in later:
            waited = other.began - exchange.ended
            assert waited >= asked - 0.001, f"{waited} s after a Retry-After of {asked}"


def retry_after(run: Run, exchange: Exchange) -> float:
    """Return the seconds that a response asks to wait; 0 if it does not ask."""
    value = exchange.headers.get("Retry-After", "")
    if exchange.status not in (408, 429) and not (exchange.status or 0) >= 500:
        return 0.0
    with contextlib.suppress(ValueError):
        return float(value)
    with contextlib.suppress(TypeError, ValueError):
        return (parsedate_to_datetime(value) - run.started).total_seconds() - exchange.ended + run.clock
    return 0.0


def check_account(run: Run) -> None:
    """Check that the counts of digicert_order_statuses add up, and that the task stays within its limits."""
    result, options = run.result, run.options
    entries = result["orders"]
    assert [entry["order_id"] for entry in entries] == [desired["order_id"] for desired in run.desired]
    counts = check_sums(result)
    wrong = counts["refused"] + counts["failed"] + counts["not_attempted"]
    assert bool(result.get("failed")) is bool(wrong or result.get("reason")), result["msg"]
    connected = [exchange.method for exchange in run.exchanges if exchange.is_connected]
    assert result["api_calls"] == {"reads": connected.count("GET"), "writes": connected.count("PUT")}
    if not entries:
        assert not run.exchanges, "an empty list sends nothing"
    unseen = sum(entry["verified"] is False for entry in entries)
    told = re.search(r"\((\d+) of them do(es)? not show yet\)", result["msg"])
    assert int(told[1] if told else 0) == unseen, "the message does not count what does not show"
    sent = {exchange.path for exchange in run.exchanges if is_put(exchange)}
    if options["max_changes"] is not None:
        assert len(sent) <= options["max_changes"]
        if result.get("reason") == "too_many_changes":
            assert not sent
    if not options["keep_going"] and not run.touched:
        assert not (counts["refused"] and sent), "one is refused, and something was sent"
    if options["concurrency"] == 1:
        check_stops(run)


def check_stops(run: Run) -> None:
    """Check that no change follows a failed one without keep_going, or if every other change would fail as well."""
    puts = [exchange.path for exchange in run.exchanges if is_put(exchange)]
    for desired, entry in run.entries:
        path = f"{BASE}/order/certificate/{desired['order_id']}/status"
        final = not run.options["keep_going"] or entry["reason"] in ("unauthorized", "blocked", "rate_limited")
        if entry["outcome"] == "failed" and path in puts and final:
            assert puts[-1] == path, "a change after one that failed"


def check_touches_nothing_else(run: Run) -> None:
    """Check that the task changes only the orders that it was given, and only as desired."""
    desired_by_id = {desired["order_id"]: desired for desired in run.desired}
    for change in run.changes:
        desired = desired_by_id[change.order_id]
        assert change.status == desired["status"] and change.note == desired.get("note")
        if "common_name" in desired:
            assert run.before[change.order_id]["certificate"]["common_name"].lower() == desired["common_name"].lower()
    for order_id, order in run.before.items():
        if not run.made(order_id) and not run.is_touched(order_id):
            assert run.after[order_id] == order, "another order was changed"


def check_entry(run: Run, desired: Json, entry: Json) -> None:
    """Check that the parts of one outcome agree with each other."""
    outcome, order_id = entry["outcome"], desired["order_id"]
    puts = run.puts(order_id)
    assert entry["order_id"] == order_id and str(order_id) in entry["msg"] and isinstance(entry["errors"], list)
    assert (entry["reason"] is not None) is (outcome in ("refused", "failed")), entry
    assert entry["reason"] is None or (entry["reason"] in REFUSALS) is (outcome == "refused")
    if outcome in ("refused", "not_attempted"):
        # The rules refused it when it was read again, after the API had asked for fewer requests.
        assert all(put.status == 429 for put in puts), "it was sent"
    if outcome == "unchanged":
        # The change was refused because the row of the order list was old.
        assert all(400 <= (put.status or 0) < 500 and not put.lost for put in puts)
    if outcome == "changed":
        assert entry["operation"] != "none" and bool(puts) is not run.check_mode
        assert run.check_mode or not run.options["verify_change"] or entry["verified"] is not None
    if entry["verified"] is not None:
        assert run.options["verify_change"] and entry["changed"] and puts
    if entry["verified"] is True:
        assert shows_later(run, desired, puts[-1]), "verified without a read"
    if entry["verified"] is False:
        assert run.result["warnings"]


def check_message(run: Run, desired: Json, entry: Json) -> None:
    """Check that a message calls a change done only if the order showed it, or if it was not to be verified."""
    if run.check_mode or entry["verified"] is False or entry["outcome"] != "changed":
        assert not DONE.search(entry["msg"]), entry["msg"]
    elif run.options["verify_change"]:
        assert DONE.search(entry["msg"]), entry["msg"]
    assert entry["verified"] is not False or "accepted" in entry["msg"], entry["msg"]


def check_changed(run: Run, desired: Json, entry: Json) -> None:
    """Check that ``changed`` has its documented meaning and agrees with the simulator."""
    order_id, reason = desired["order_id"], entry["reason"]
    puts, made = run.puts(order_id), run.made(order_id)
    if run.check_mode:
        assert not made
        return
    lost = [put for put in puts if put.lost]
    success = entry["outcome"] in ("changed", "unchanged")
    if any(put.status == 204 for put in puts):
        assert entry["changed"] and success, "answered with 204"
    elif reason == "unknown_outcome":
        assert entry["changed"] and lost, "unknown_outcome without a lost response"
    elif lost:
        assert entry["changed"] and success, "a lost response was ignored"
        assert shows_later(run, desired, lost[-1]), "decided after a lost response without a read"
    else:
        assert not entry["changed"], "changed, and nothing was sent"
    if reason != "unknown_outcome" and not run.is_touched(order_id):
        assert entry["changed"] is bool(made), "not what the simulator saw"


def check_lost(run: Run, desired: Json, entry: Json) -> None:
    """Check that a change whose response was lost succeeds or ends with unknown_outcome, and that no order is changed twice."""
    order_id = desired["order_id"]
    puts = run.puts(order_id)
    if any(put.lost for put in puts):
        assert entry["reason"] in (None, "unknown_outcome"), entry["reason"]
    if len(run.made(order_id)) > 1:
        assert run.is_touched(order_id), "changed twice"
    for earlier, later in zip(puts, puts[1:]):
        if not earlier.lost:
            assert earlier.status == 429, "repeated after an answer"
            continue
        looks = [look for look in looks_for(run, order_id, earlier) if look.closed < later.opened]
        assert looks, "repeated without a read"
        if run.exact:
            assert looks[-1].began >= earlier.ended + LAST_LOOK, "repeated before a late reading could show it"
    # The last request that changed the order. A later one repeats a change that has succeeded.
    worked = [put for put in puts if put.record and put.record["effective"]]
    if worked and worked[-1] is not puts[-1] and not run.is_touched(order_id):
        assert is_late(run, order_id, worked[-1]), "sent again, though readings showed the change in time"


def check_rejected(run: Run, desired: Json, entry: Json) -> None:
    """Check that a rejected change is a failure only if the order, read once more, is not in the desired state."""
    order_id = desired["order_id"]
    puts = run.puts(order_id)
    if not puts or any(put.lost for put in puts) or not is_rejected(puts[-1]):
        return
    later = [e for e in run.exchanges if e.opened > puts[-1].closed and asks_for(e) == [order_id]]
    assert later or entry["reason"] in ("unauthorized", "blocked"), "not read once more"
    if any(shows(found[order_id], desired) for e in later if order_id in (found := readings(e))):
        assert entry["outcome"] == "unchanged", "somebody else was faster, and it failed"


def is_rejected(put: Exchange) -> bool:
    return 400 <= (put.status or 0) < 500 and put.status not in (408, 429)


def looks_for(run: Run, order_id: int, put: Exchange) -> list[Exchange]:
    """Return the responses that show an order after a change of this order was sent."""
    later = run.exchanges[run.exchanges.index(put) + 1 :]
    return [exchange for exchange in later if exchange.opened > put.closed and order_id in readings(exchange)]


def is_late(run: Run, order_id: int, put: Exchange) -> bool:
    """Return whether the API may show the old state of an order for longer than the module looks for a change."""
    quirks = run.quirks
    late = max(quirks.read_lag_seconds, quirks.list_lag_seconds) >= LAST_LOOK
    stale = any(e.record and e.record["fault"] == "stale" for e in looks_for(run, order_id, put))
    return late or stale or not run.exact


def check_repeats(run: Run, desired: Json, entry: Json) -> None:
    """Check that the cancellation of a reissue is sent again only for the same reissue."""
    puts = run.puts(desired["order_id"])
    if desired["status"] != "canceled" or desired["cancel_scope"] != "reissue":
        return
    held = [pending_reissues(run, desired["order_id"], put) for put in puts]
    # Requests before the first one that may have taken effect are not repeats.
    first = next((number for number, put in enumerate(puts) if put.lost), len(puts))
    for later in held[first + 1 :]:
        assert later and later == held[first], "another reissue than the one that was to be canceled"


def pending_reissues(run: Run, order_id: int, put: Exchange) -> list[int]:
    """Return the IDs of the pending reissues in the last order details that were read before a change."""
    infos = [
        reading
        for exchange in run.exchanges[: run.exchanges.index(put)]
        if (reading := readings(exchange).get(order_id)) and "?" not in exchange.path
    ]
    requests = (infos[-1].get("requests") or ()) if infos else ()
    return [entry["id"] for entry in requests if entry.get("type") == "reissue" and entry["status"] == "pending"]


def shows_later(run: Run, desired: Json, put: Exchange) -> bool:
    """Return whether a response after a change shows the desired state."""
    later = run.exchanges[run.exchanges.index(put) + 1 :]
    found = [reading for exchange in later if (reading := readings(exchange).get(desired["order_id"]))]
    return any(shows(reading, desired) for reading in found)


def shows(reading: Json, desired: Json) -> bool:
    if desired["status"] != "canceled":
        marked = reading.get("is_renewed") is True or reading["status"] == "renewed"
        return marked is (desired["status"] == "renewed") and ("is_renewed" in reading or marked)
    is_reissue = desired["cancel_scope"] == "reissue"
    return bool(reading["status"] != "reissue_pending" if is_reissue else reading["status"] == "canceled")


def check_readings_before_changes(run: Run, desired: Json, entry: Json) -> None:
    """Check that a change is based on an order that was read at most 60 s ago, and never on a failed read."""
    order_id = desired["order_id"]
    for put in run.puts(order_id):
        before = [exchange for exchange in run.exchanges if exchange.closed < put.opened]
        seen = [exchange for exchange in before if order_id in readings(exchange)]
        assert seen, "changed without a read"
        if run.exact:
            age = put.began - max(exchange.began for exchange in seen)
            assert age <= MAX_AGE, f"changed an order that was read {age} s before"
        own = [exchange for exchange in before if asks_for(exchange) == [order_id]]
        assert not own or reply(own[-1]) is not None, "changed after a failed reading"
    for put in run.puts(order_id):
        for look in looks_for(run, order_id, put) if put.lost or put.status == 204 else ():
            if asks_for(look) == [order_id] and look.record:
                assert look.record["headers"].get("Cache-Control") == "no-cache", "a cache may answer"


def check_rules(run: Run, desired: Json, entry: Json) -> None:
    """Check that nothing is sent that the table of desired states does not allow, even if the API would accept it."""
    order_id = desired["order_id"]
    if run.puts(order_id) and not run.is_touched(order_id):
        allowed = operation(run, run.before[order_id], desired)
        assert allowed in OPERATIONS and allowed != "none", f"sent, and the table says {allowed}"


def check_origin(run: Run, desired: Json, entry: Json) -> None:
    """Check that an order is marked only after a list showed its origin and proved that its filter works."""
    order_id = desired["order_id"]
    for put in run.puts(order_id) if desired["status"] == "renewed" and run.options["check_rules"] else ():
        before = [exchange for exchange in run.exchanges[: run.exchanges.index(put)] if is_listing(reply(exchange))]
        listed: dict[str, set[int]] = {"migrated": set(), "certcentral": set()}
        others = False
        for exchange in before:
            origin = next((name for name in listed if f"origin%5D={name}" in exchange.path), "")
            if asks_for(exchange) == [order_id] and origin == "migrated" and readings(exchange).keys() == {order_id}:
                break
            if origin and not asks_for(exchange):
                listed[origin] |= readings(exchange).keys()
                others = others or origin == "certcentral"
        else:
            assert order_id in listed["migrated"], "marked, and no order list shows that it is migrated"
            assert others and not listed["migrated"] & listed["certcentral"], "the filter is not proven"


def check_grounds(run: Run, desired: Json, entry: Json) -> None:
    """Check that a refusal or an unchanged order is based on a response about the order. A failed read proves nothing."""
    order_id = desired["order_id"]
    reads = [exchange for exchange in run.exchanges if exchange.method == "GET"]
    if entry["outcome"] in ("refused", "unchanged"):
        assert any(order_id in readings(exchange) for exchange in reads), "decided without a read"
    if entry["reason"] == "not_migrated":
        listings = [exchange for exchange in reads if "origin" in exchange.path and asks_for(exchange) == [order_id]]
        proofs = [exchange for exchange in listings if is_listing(reply(exchange))]
        assert any(order_id not in readings(exchange) for exchange in proofs), "no order list tells its origin"
    if entry["reason"] == "not_found":
        path = f"{BASE}/order/certificate/{order_id}"
        assert any(e.status == 404 and e.path.startswith(path) for e in run.exchanges), "nobody said so"


def is_listing(value: t.Any) -> bool:
    """Return whether this is a page of the order list, and not another JSON value with a status 200."""
    if not isinstance(value, dict) or value.get("errors"):
        return False
    rows = value.get("orders")
    return isinstance(rows, list) or (rows is None and ("orders" in value or isinstance(value.get("page"), dict)))


def check_state(run: Run, desired: Json, entry: Json) -> None:
    """Check that the account agrees with the outcome, unless somebody else changed the order."""
    order_id = desired["order_id"]
    after = run.after.get(order_id)
    if run.check_mode or run.is_touched(order_id) or entry["outcome"] not in ("changed", "unchanged") or not after:
        return
    shown = {**after, "status": shown_status(after, run.quirks), "is_renewed": is_marked(after)}
    assert shows(shown, desired), "not as desired"
    if desired["status"] == "canceled" and entry["status"] is not None:
        # The status may be the console's word for the mark.
        assert entry["status"] in (shown["status"], after["status"])
    if desired["status"] != "canceled":
        assert entry["is_renewed"] is shown["is_renewed"]


def check_last_reading(run: Run, desired: Json, entry: Json) -> None:
    """Check that an order that was not changed is returned with the status that was read last."""
    order_id = desired["order_id"]
    if run.module != MANY or entry["outcome"] == "changed" or entry["reason"] == "unknown_outcome":
        return
    # A row that was requested by its ID tells something else.
    exchanges = [exchange for exchange in run.exchanges if "filters%5Bid%5D" not in exchange.path]
    seen = [(exchange, reading) for exchange in exchanges if (reading := readings(exchange).get(order_id))]
    # Later rows may be on a page that was read for other orders.
    infos = [number for number, (exchange, unused) in enumerate(seen) if "?" not in exchange.path]
    statuses = [None, *(reading["status"] for unused, reading in seen[infos[-1] if infos else 0 :])]
    assert entry["status"] in statuses, f"{entry['status']} in place of {statuses}"


CHECKS = (
    *(check_entry, check_message, check_changed, check_lost, check_rejected, check_repeats),
    *(check_readings_before_changes, check_rules, check_origin, check_grounds, check_state, check_last_reading),
)


def operation(run: Run, order: Json, desired: Json) -> str:
    """Return the operation, or the reason of the refusal, that the table of desired states has for an order."""
    till = valid_till(order)
    status = shown_status(order, run.quirks)
    if status == "renewed" and (desired["status"], desired["cancel_scope"]) == ("canceled", "order"):
        return "wrong_state"
    # A server that ignores the filter shows every order as a migrated one.
    migrated = order["migrated"] or "origin" in run.quirks.ignored_filters
    days = None if till is None else (till - run.started.date()).days
    other, rules = order.get("renewed_order_id", 0), run.options["check_rules"]
    what = desired["status"], desired["cancel_scope"], status
    return expected(Case(*what, is_marked(order), migrated, days, other, rules))


def check_clean(run: Run) -> None:
    """Check that a run without faults has the outcomes of the table, and sends few requests."""
    check_cost(run)
    for desired, entry in run.entries:
        if entry["outcome"] == "not_attempted":
            # Another order is refused, or there are too many changes.
            assert not run.options["keep_going"] or run.result["reason"] == "too_many_changes"
            continue
        order = run.before.get(desired["order_id"])
        is_there = order and run.is_readable(order)
        wanted = operation(run, order, desired) if order and is_there else "not_found"
        if is_there and desired.get("common_name") == "other.example.com":
            wanted = "common_name_mismatch"
        got = entry["reason"] or entry["operation"]
        accepted = {wanted}
        if desired["status"] != "canceled" and order and wanted != "common_name_mismatch":
            accepted |= unless_known(run, order)
        if not run.check_mode and (not run.options["check_rules"] or (order and is_too_early(run, order))):
            accepted |= {"rejected_by_api"}
        assert got in accepted, f"{got} in place of {wanted}"


def is_too_early(run: Run, order: Json) -> bool:
    """Return whether an order cannot be marked yet according to the date in the API's own time zone."""
    today = (run.started + timedelta(hours=run.quirks.utc_offset_hours)).date()
    till = valid_till(order)
    return till is not None and (till - today).days > facts.RENEWAL_DAYS


def unless_known(run: Run, order: Json) -> set[str]:
    """Return the reasons that are also correct if the API does not tell whether an order is marked, or what its origin is."""
    quirks, accepted = run.quirks, set()
    in_info = quirks.order_info_has_is_renewed and "is_renewed" not in order.get("omit", ())
    in_rows = quirks.rows_have_is_renewed and "is_renewed" not in order.get("omit_in_rows", ())
    if not in_info and not in_rows and shown_status(order, quirks) != "renewed":
        accepted |= {"unexpected_response"}
    if {"id", "origin"} & set(quirks.ignored_filters):
        accepted |= {"unexpected_response", "rejected_by_api"}
    # If the total is too high, the order list is empty, but its total is not 0.
    return accepted | ({"unexpected_response"} if quirks.page_total_offset > 0 else set())


def check_cost(run: Run) -> None:
    """Check that few requests are sent: what each order needs, a page or two of each list, and four looks at each change."""
    puts = [exchange for exchange in run.exchanges if exchange.method == "PUT"]
    reads = len(run.exchanges) - len(puts)
    assert len(puts) == len({put.path for put in puts}), "sent twice"
    orders = len(run.desired)
    looks = 4 * 2 * len(puts) if run.options["verify_change"] else 2 * len([*filter(is_rejected, puts)])
    if run.options.get("rate_limit_share") == 0.01:
        # The API is so slow that orders have to be read again before their turn comes.
        return
    assert reads <= 4 * orders + looks + (20 if run.module == MANY else 0), f"{reads} reads for {orders} orders"


def check_promise(promised: Run, done: Run) -> None:
    """Check that a run does exactly what check mode said right before it."""
    if "id" in done.quirks.ignored_filters and done.quirks.shuffle_equal_keys:
        # Whether the order list shows an order that is requested by its ID depends on chance.
        return
    for (desired, said), (unused, did) in zip(promised.entries, done.entries):
        in_doubt = not done.options["check_rules"] or done.quirks.ignored_filters
        if did["reason"] == "rejected_by_api" and (in_doubt or is_too_early(done, done.before[desired["order_id"]])):
            continue
        if "id" in done.quirks.ignored_filters and "unexpected_response" in (said["reason"], did["reason"]):
            # The order list cannot prove its filter if only one order is read again.
            continue
        rejected = any(entry["reason"] == "rejected_by_api" for unused, entry in done.entries)
        if did["outcome"] == "not_attempted" and rejected:
            continue
        if done.options.get("concurrency", 1) > 1 and "not_attempted" in (said["outcome"], did["outcome"]):
            # Which orders were being read when one of them ended the task depends on timing, and so does the first reason.
            assert done.result["reason"] and promised.result["reason"]
            continue
        names = ["outcome", "changed", "operation", "status", "reason"]
        needed = desired["status"] != "canceled" and not (done.quirks.shuffle_equal_keys and did["reason"])
        if needed or None not in (said["is_renewed"], did["is_renewed"]):
            # Order details leave out a field that a row has. Cancellations and refusals do not need it. If rows with equal keys
            # come in a different sequence each time, it depends on chance from which of both the order was read.
            names.append("is_renewed")
        for name in names:
            assert said[name] == did[name], f"{name} of order {desired['order_id']}"
    if not done.result.get("failed"):
        assert promised.result.get("diff") == done.result.get("diff")


def check_again(repaired: Run, again: Run) -> None:
    """Check that an order that was changed or unchanged needs no change the second time."""
    for (desired, once), (unused, twice) in zip(repaired.entries, again.entries):
        if desired["status"] != "canceled" and "id" in again.quirks.ignored_filters:
            # The other orders decide how much the order list proves about one order.
            continue
        if twice["reason"] == "unexpected_response":
            # Before the mark was removed, it was the status, and the API does not tell the mark in another way.
            assert unless_known(again, again.before[desired["order_id"]]) and not again.puts(desired["order_id"])
            continue
        gone = desired["status"] == "canceled" and not again.quirks.canceled_order_readable
        if once["outcome"] in ("changed", "unchanged") and not gone:
            assert twice["outcome"] == "unchanged" and not again.puts(desired["order_id"])
        assert not again.made(desired["order_id"]), "changed again"
