"""Random schedules: an account, how its API behaves, and tasks with their faults. Each schedule is a JSON value."""

from __future__ import annotations

import typing as t

from hypothesis import strategies as st

from ... import facts
from ...simulator.faults import SHAPES
from ...table import GRACE_DAY, STATUSES
from ..fake_transport import CONNECTION_FAULTS, SLOW_CONNECT

Json = dict[str, t.Any]
T = t.TypeVar("T")

FIRST = 5_000_000_001
UNKNOWN_ID = FIRST + 90
# Orders that others place while a task runs, and the orders of a server that responds with another order.
NEW_ID = FIRST + 200
OTHER_ID = FIRST + 500
NOTE = "No longer needed"
SINGLE, MANY, INFO = "digicert_order_status", "digicert_order_statuses", "digicert_order_info"
MIGRATED, STALE = "digicert_migrated_orders", "digicert_stale_orders"

DAYS = (30, -1, 0, facts.RENEWAL_DAYS - 1, facts.RENEWAL_DAYS, GRACE_DAY, GRACE_DAY + 1, -400, 400, None)
# The hours from UTC at which the API's clock shows today, tomorrow or yesterday. Runs begin at noon.
UTC_OFFSETS = (0, 0, 0, 13, -23)
PLAIN: Json = {"status": "pending", "is_renewed": False, "migrated": False, "days": None, "renewed_order_id": 0}
CREATED = (10, 10, 10, 400, 0, 11)
IGNORED: tuple[list[str], ...] = ([], ["id", "origin", "is_renewed"], ["origin"], ["id", "origin"], ["id"], ["status"])
# The value that comes first is the simplest one; it is not always the simulator's own.
QUIRKS: dict[str, tuple[t.Any, ...]] = {
    **dict.fromkeys(("unmark_renewed_by_order", "canceled_order_readable"), (True, False)),
    **dict.fromkeys(("order_info_has_is_renewed", "rows_have_is_renewed"), (True, False)),
    **dict.fromkeys(("not_found_empty_body", "requests_are_ids", "refused_requests_count"), (False, True)),
    **dict.fromkeys(("renewed_as_status", "rows_have_valid_from", "repeat_row"), (False, True)),
    **dict.fromkeys(("orders_key_null", "page_limit_zero"), (False, True)),
    **dict.fromkeys(("read_lag_seconds", "list_lag_seconds"), (0.0, 0.8, 3.0, 9.0, 70.0)),
    "illegal_transition_status": (400, 409, 422),
    "repeat_change": ("error", "noop"),
    "approved_reissue_request": ("unchanged", "rejected", "gone"),
    "flag_form": ("bool", "int", "string"),
    "unknown_status_filter": ("works", "ignored", "refused"),
    "ignored_filters": IGNORED,
    "shuffle_equal_keys": (0, 1, 2, 3),
    "page_total_offset": (0, -5, 3, 1000),
    "max_limit": (1000, 2, 3, 5),
}
WINDOWS: tuple[list[list[int]], ...] = ([[3, 5]], [[2, 1], [6, 20]])
LATENCIES = (0.0, 0.0, 0.0, 0.4, 3.0)

EVIL = "http://127.0.0.2:1/services/v2/order/certificate"
KEY = "sim-full-0123456789abcdef0123456789abcdef"
WORDS = {"errors": [{"code": "bad|key", "message": f"The key {KEY} is bad.\x1b[2J\r\nNothing else."}]}
# Faults that respond, whether or not the request takes effect. A 204 or 4xx that is false is not among them.
RESPONSES: tuple[Json, ...] = (
    *({"kind": "status", "status": status} for status in (400, 401, 403, 404, 408, 409, 429, 500, 502, 503)),
    {"kind": "status", "status": 400, "body": WORDS},
    {"kind": "status", "status": 404, "body": {"errors": [{"code": "not_found|route", "message": "No."}]}},
    *({"kind": "status", "status": status, "location": EVIL} for status in (301, 302, 307)),
    *({"kind": "status", "status": status} for status in (200, 201)),
    {"kind": "html"},
)
# Responses that say how long to wait.
ASKING: tuple[Json, ...] = (
    *({"kind": "status", "status": 429, "retry_after": after} for after in (7, 65, 100, 0.001, "soon")),
    *({"kind": "status", "status": 503, "retry_after": after} for after in (20, 100, 0.001)),
    {"kind": "status", "status": 503, "retry_after_date": 30},
)
# Pages of something in front of the API, and a body that is not JSON.
PAGES: tuple[Json, ...] = (
    *({"kind": kind, "status": status} for kind in ("html", "block_page", "empty") for status in (200, 403)),
    {"kind": "bad_json"},
)
SHAPED: tuple[Json, ...] = tuple({"kind": "wrong_shape", "shape": shape} for shape in SHAPES)
LOST: tuple[Json, ...] = (
    {"kind": "reset_after"},
    {"kind": "reset_before"},
    *({"kind": "lost_reply", "status": status} for status in (200, 201, 408, 500, 502)),
    {"kind": "lost_reply", "status": 500, "body": WORDS},
    {"kind": "lost_reply", "status": 503, "retry_after": 20},
    {"kind": "lost_reply", "status": 307, "location": EVIL},
    {"kind": "html", "status": 502, "apply": True},
    {"kind": "empty", "apply": True},
    {"kind": "hang"},
    {"kind": "hang", "apply": True},
    {"kind": "cut", "part": "headers"},
    {"kind": "cut", "part": "headers", "keep": 12},
    {"kind": "drip", "part": "headers", "interval": 0.5},
)
READ_ONLY: tuple[Json, ...] = (
    {"kind": "status", "status": 204},
    {"kind": "other_order", "other_id": OTHER_ID},
    {"kind": "stale"},
    {"kind": "gzip"},
    {"kind": "cut"},
    {"kind": "drip", "size": 400},
    {"kind": "drip", "size": 20},
    {"kind": "hang", "seconds": 1, "apply": True},
    {"kind": "raw", "data": "HTTP/1.1 200 OK\r\n"},
)
SILENT = ("hang", "drip")
CONNECTING: tuple[Json, ...] = tuple({"kind": kind} for kind in (*CONNECTION_FAULTS, SLOW_CONNECT))
EVERYWHERE = ("any", "info", "list", "status")
# Faults, with the requests that they can affect.
FAULTS: tuple[tuple[tuple[Json, ...], tuple[str, ...]], ...] = (
    *(((*LOST, *PAGES), ("status",)), (LOST, EVERYWHERE), ((*RESPONSES, *PAGES), EVERYWHERE)),
    *((READ_ONLY, ("info", "list")), (SHAPED, EVERYWHERE), (CONNECTING, ("connection",))),
    (ASKING, ("status", "any", "info", "list")),
)
# Changes by others, of an order or of the account.
ACTS = ("issue", "cancel", "mark", "unmark", "reissue", "replace", "renew")
LIKELY_ACTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(facts.STATUSES_TO_CANCEL, ("issue", "cancel")),
    "reissue_pending": ("replace", "issue", "cancel"),
}
MOVES = ("cancel", "issue", "mark", "unmark", "remove", "add", "add")

# Bytes of one schedule, two for each choice. A schedule that needs more continues with the values that come first.
LENGTH = 900
BYTES = st.binary(min_size=LENGTH, max_size=LENGTH)


class Draw:
    """The choices of one schedule, read from bytes. A failing schedule is shrunk to the values that come first.

    If Hypothesis drew each choice, it would make many schedules with copies of the same choices, and few different ones.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def number(self, most: int) -> int:
        """Return a number from 0 to ``most``."""
        chosen = int.from_bytes(self._data[self._position : self._position + 2], "big")
        self._position += 2
        return chosen % (most + 1)

    def pick(self, values: t.Sequence[T]) -> T:
        """Return one of the values."""
        return values[self.number(len(values) - 1)]

    def rarely(self, once_in: int = 6) -> bool:
        """Return true once in the given number of times."""
        return self.number(once_in - 1) == once_in - 1

    def some(self, values: t.Sequence[T], most: int) -> list[T]:
        """Return some of the values, each at most once, in any order."""
        return self._take(values, self.number(min(most, len(values))))

    def shuffled(self, values: t.Sequence[T]) -> list[T]:
        """Return all values in any order."""
        return self._take(values, len(values))

    def _take(self, values: t.Sequence[T], count: int) -> list[T]:
        left = list(values)
        return [left.pop(self.number(len(left) - 1)) for unused in range(count)]


def schedules(draw_one: t.Callable[[Draw], Json]) -> st.SearchStrategy[Json]:
    return BYTES.map(lambda data: draw_one(Draw(data)))


def draw_orders(draw: Draw, least: int, most: int) -> list[Json]:
    """Return the orders of an account, which get consecutive IDs."""
    return [_draw_order(draw) for unused in range(least + draw.number(most - least))]


def _draw_order(draw: Draw) -> Json:
    """Return an order. Most orders have a status that can be changed."""
    order: Json = {**PLAIN, "created": draw.pick(CREATED)}
    order["omit"] = draw.pick(([], [], ["is_renewed"], ["requests"]))
    order["omit_in_rows"] = ["is_renewed"] if draw.rarely(8) else []
    if draw.rarely():
        order.update(status=draw.pick(STATUSES), days=draw.pick(DAYS))
        order.update(is_renewed=draw.pick((False, True)), migrated=draw.pick((False, True)))
        order.update(renewed_order_id=draw.pick((0, 7654321)))
        return order
    kind = draw.number(3)
    if kind == 0:
        order.update(status=draw.pick(facts.STATUSES_TO_CANCEL))
    elif kind == 1:
        order.update(status=facts.STATUS_WITH_REISSUE, days=30, is_reissue_approved=draw.rarely(3))
    elif kind == 2:
        order.update(status=draw.pick(("issued", "expired")), migrated=True, days=draw.pick((-1, 30, 30, *DAYS)))
    else:
        order.update(status="issued", is_renewed=True, days=400)
    return order


def draw_quirks(draw: Draw, most: int = 6) -> Json:
    """Return settings for what DigiCert has not documented."""
    quirks = {name: draw.pick(QUIRKS[name]) for name in draw.some(sorted(QUIRKS), most)}
    if draw.rarely(8):
        quirks["ignored_filters"] = draw.pick(IGNORED[1:])
    return quirks


def seed(order: Json, order_id: int) -> Json:
    """Return an order of a schedule as the simulator takes it."""
    names = ("status", "migrated", "renewed_order_id", "omit", "omit_in_rows")
    approved = {"id": order_id * 10 + 1, "type": "reissue", "status": "approved"}
    certificate: Json = {"common_name": name_of(order_id)}
    has_end = order["days"] is not None
    return {
        **{name: order[name] for name in names},
        **({"valid_in_days": order["days"]} if has_end else {}),
        "is_renewed": order["is_renewed"] or order["status"] == "renewed",
        "id": order_id,
        "created_days_ago": order["created"],
        "certificate": certificate if has_end else {**certificate, "valid_till": None},
        **({"requests": [approved]} if order.get("is_reissue_approved") else {}),
    }


def name_of(order_id: int) -> str:
    return f"host{order_id}.example.com"


def draw_faults(draw: Draw) -> list[Json]:
    """Return some faults, each for some or all kinds of requests, for the first or later ones, once or several times in a row."""
    faults = []
    # Most schedules lose the response to a change, because that is the hardest case.
    if not draw.rarely():
        faults.append({"fault": draw.pick(LOST), "on": "status", **_draw_place(draw)})
    for unused in range(draw.number(3)):
        values, places = draw.pick(FAULTS)
        place = _draw_place(draw)
        fault = draw.pick(values)
        on = places[0] if len(places) == 1 else draw.pick(places)
        if values is ASKING:
            place["times"] = draw.pick((1, 2, 99))
        faults.append({"fault": fault, "on": on, **place})
    return faults


def _draw_place(draw: Draw) -> Json:
    return {"after": draw.pick((0, 0, 0, 1, 2, 3, 4)), "times": draw.pick((1, 1, 1, 2, 3, 99))}


def draw_acts(draw: Draw, account: list[Json], most: int) -> list[Json]:
    """Return changes by others, before or after a request is handled."""
    acts = []
    for unused in range(draw.number(most)):
        number = draw.number(len(account) - 1)
        likely = LIKELY_ACTS.get(account[number]["status"], ("mark", "unmark", "renew", "reissue"))
        act = {"order_id": FIRST + number, "does": draw.pick(ACTS if draw.rarely() else likely), "times": 1}
        act.update(on=draw.pick(("info", "list", "status", "any")), after=draw.pick((0, 0, 0, 1, 2, 3)))
        acts.append({**act, "when": draw.pick(("before", "afterwards"))})
    return acts


def draw_listing_faults(draw: Draw) -> list[Json]:
    """Return a fault in place of a page of an order list."""
    fault = draw.pick(PAGES) if draw.rarely(2) else draw.pick(SHAPED)
    return [{"fault": fault, "on": "list", "after": draw.pick((0, 1, 1, 2, 3)), "times": draw.pick((1, 2, 99))}]


def draw_moves(draw: Draw, account: list[Json]) -> list[Json]:
    """Return changes with which orders leave or enter a list while it is read, one or several at once."""
    moves = []
    for unused in range(draw.number(4)):
        move: Json = {"order_id": FIRST + draw.number(len(account) - 1), "and": draw.pick((0, 0, 1, 3)), "on": "list"}
        # Only changes that can be repeated move rows all the time.
        move.update(does=draw.pick(MOVES), after=draw.pick((0, 1, 1, 2, 3)), times=draw.pick((1, 1, 20)))
        moves.append({**move, "when": draw.pick(("before", "afterwards"))})
    return moves


def without_silence(value: t.Any) -> t.Any:
    """Return a schedule whose faults take no time, so that it is the same even if the machine is busy."""
    if isinstance(value, list):
        return [without_silence(item) for item in value if not _is_silent(item)]
    return {name: without_silence(item) for name, item in value.items()} if isinstance(value, dict) else value


def _is_silent(item: t.Any) -> bool:
    return isinstance(item, dict) and "fault" in item and item["fault"]["kind"] in SILENT


def draw_desired(draw: Draw, order_id: int, order: Json | None) -> Json:
    """Return a desired state for an order. Most of these states differ from the present one."""
    any_state = (("canceled", "order"), ("canceled", "reissue"), ("renewed", "order"), ("not_renewed", "order"))
    fitting: tuple[tuple[str, str], ...] = any_state
    if order and order["status"] == facts.STATUS_WITH_REISSUE:
        fitting = (("canceled", "reissue"),)
    elif order and order["status"] in facts.STATUSES_TO_CANCEL:
        fitting = (("canceled", "order"),)
    elif order:
        fitting = (("not_renewed" if order["is_renewed"] else "renewed", "order"),)
    status, scope = draw.pick(any_state if draw.rarely() else fitting)
    desired: Json = {"order_id": order_id, "status": status, "cancel_scope": scope}
    if status == "canceled":
        desired["note"] = NOTE
    if draw.rarely(3):
        desired["common_name"] = "other.example.com" if draw.rarely(4) else name_of(order_id).upper()
    return desired


def _draw_common(draw: Draw) -> Json:
    options = {"check_rules": not draw.rarely(), "verify_change": draw.pick((True, False))}
    return {**options, "retry_timeout": draw.pick((240, 30, 3, 0))}


def _draw_single(draw: Draw, account: list[Json]) -> Json:
    order_id, order = (UNKNOWN_ID, None) if draw.rarely(12) else (FIRST, account[0])
    return {**draw_desired(draw, order_id, order), **_draw_common(draw)}


def _draw_many(draw: Draw, account: list[Json]) -> Json:
    options = {**_draw_common(draw), "keep_going": draw.pick((True, False))}
    options.update(max_changes=draw.number(3) if draw.rarely() else None, concurrency=3 if draw.rarely(3) else 1)
    options.update(rate_limit_share=draw.pick((0, 1, 1, 0.01)))
    if draw.rarely(8):
        # All orders have the same desired state.
        shared = draw_desired(draw, FIRST, account[0])
        shared = {name: value for name, value in shared.items() if name not in ("common_name", "order_id")}
        ids = draw.shuffled([FIRST + number for number in range(len(account))])
        return {**options, **shared, "order_ids": ids[: 1 + draw.number(len(ids))]}
    desired = [draw_desired(draw, FIRST + number, order) for number, order in enumerate(account)]
    if draw.rarely():
        desired = draw.shuffled(desired)[: draw.number(len(desired))]
        if draw.rarely(2):
            desired.append(draw_desired(draw, UNKNOWN_ID, None))
    if desired and draw.rarely(8):
        desired.append(dict(desired[0]))
    return {**options, "orders": desired}


def _draw_task(draw: Draw, module: str, account: list[Json]) -> Json:
    options = _draw_single(draw, account) if module == SINGLE else _draw_many(draw, account)
    task: Json = {"module": module, "options": options}
    if draw.rarely():
        return {**task, "clean": True}
    task.update(check_mode=draw.rarely(), faults=draw_faults(draw), acts=draw_acts(draw, account, 2))
    task.update(windows=_draw_windows(draw))
    if module == MANY and draw.rarely(4):
        _draw_theme(draw, task)
    return task


def _draw_windows(draw: Draw) -> list[list[int]]:
    return draw.pick(WINDOWS) if draw.rarely() else []


def _draw_theme(draw: Draw, task: Json) -> None:
    """Return a task in which a response for one order affects the others."""
    theme = draw.number(2)
    task.update(check_mode=False, windows=[])
    options = task["options"]
    if theme == 0:
        # The API asks for fewer requests while other requests are in flight.
        options.update(concurrency=3, retry_timeout=240)
        fault = {"kind": "status", "status": 429, "retry_after": draw.pick((65, 7, 100))}
        place = {"on": draw.pick(("info", "status", "list")), "after": draw.number(2), "times": 1 + draw.number(1)}
        task["faults"] = [{"fault": fault, **place}, *task["faults"][:1]]
    elif theme == 1:
        # A failure that every other request would have as well.
        options.update(keep_going=True, concurrency=1)
        fatal: tuple[Json, ...] = ({"kind": "block_page"}, *({"kind": "status", "status": code} for code in (401, 403)))
        fault = draw.pick(fatal)
        task["faults"] = [{"fault": fault, "on": "status", "after": draw.number(2), "times": 1}]
    else:
        # Orders that have changed since the order list was read.
        options.update(keep_going=True, max_changes=None)
        act: Json = {"order_id": FIRST, "and": 5, "times": 1, "does": draw.pick(("issue", "cancel", "mark"))}
        act.update(on=draw.pick(("list", "status")), after=draw.number(1), when=draw.pick(("afterwards", "before")))
        task["acts"] = [act]
        task["faults"] = task["faults"][1:]


def draw_schedule(draw: Draw, module: str) -> Json:
    """Return an account, how its API behaves, and some tasks of a status module that run into faults."""
    # Orders outside of the task show whether a server filters.
    account = draw_orders(draw, 1, 2) if module == SINGLE else draw_orders(draw, 3, 6)
    if draw.rarely():
        # All orders can be marked, except those that are not migrated.
        ends = {"status": "issued", "is_renewed": False, "days": 30}
        account = [{**order, **ends, "migrated": not draw.rarely(3)} for order in account]
    elif draw.rarely():
        # The outcome of a reissue is the hardest to find out.
        account = [{**order, "status": "reissue_pending", "days": 30, "omit": []} for order in account]
    elif draw.rarely():
        account = [{**order, "status": "pending", "days": None, "is_renewed": False} for order in account]
    quirks = {**draw_quirks(draw), "utc_offset_hours": draw.pick(UTC_OFFSETS)}
    schedule = {"orders": account, "quirks": quirks, "latency": draw.pick(LATENCIES)}
    schedule["turns"] = draw.number(99) if module == MANY else 0
    return {**schedule, "tasks": [_draw_task(draw, module, account) for unused in range(1 + draw.number(1))]}


def draw_reading_schedule(draw: Draw) -> Json:
    """Return an account, how its API behaves, and a task that reads it while rows move, with or without faults."""
    account = draw_orders(draw, 2, 12)
    quirks = {**draw_quirks(draw, 4), "max_limit": draw.pick((3, 2, 5, 1000))}
    options = _draw_query(draw)
    theme = draw.number(3)
    if theme == 0:
        # A long list, which some orders leave.
        account = [{**order, "status": "pending", "days": None} for order in draw_orders(draw, 5, 10)]
        options = {"retry_timeout": 30, "filters": {"status": "pending"}} if draw.rarely(2) else {"retry_timeout": 30}
        quirks["max_limit"] = draw.pick((3, 2))
    elif theme == 1:
        # Rows with equal keys in a different sequence each time, and a wrong total.
        account = [{**order, "created": 10} for order in draw_orders(draw, 4, 5)]
        quirks.update(shuffle_equal_keys=1 + draw.number(9), page_total_offset=draw.pick((0, -5)), max_limit=3)
        options = {"retry_timeout": 30}
    task: Json = {"module": INFO, "options": options, "check_mode": draw.pick((False, True))}
    task.update(faults=_draw_reading_faults(draw), acts=draw_moves(draw, account) if theme != 1 else [])
    task.update(windows=_draw_windows(draw))
    schedule = {"orders": account, "quirks": quirks, "latency": draw.pick(LATENCIES)}
    return {**schedule, "turns": draw.number(99), "tasks": [task]}


def _draw_reading_faults(draw: Draw) -> list[Json]:
    kind = draw.number(5)
    return draw_faults(draw) if kind == 5 else draw_listing_faults(draw) if kind == 4 else []


def _draw_query(draw: Draw) -> Json:
    options: Json = {"retry_timeout": draw.pick((30, 0))}
    ids = [FIRST + number for number in range(12)]
    if draw.rarely(2):
        options["concurrency"] = draw.pick((1, 2, 8))
    if draw.rarely(4):
        details = {"details": draw.pick((True, False))} if draw.rarely(2) else {}
        return {**options, **details, "order_ids": draw.some(ids, 8)}
    filters: Json = {}
    if draw.rarely(2):
        filters["status"] = draw.some(STATUSES, 3) if draw.rarely(3) else draw.pick(("pending", "issued", *STATUSES))
    if draw.rarely(4):
        filters["is_renewed"] = draw.pick((True, False))
    if draw.rarely(8):
        filters["id"] = draw.some(ids, 4)
    if filters:
        options["filters"] = filters
    if draw.rarely():
        options["expires_within"] = draw.pick((30, 0, 89))
    if draw.rarely():
        options["older_than"] = draw.pick((10, 0, 11))
    if draw.rarely(4):
        options["limit"] = draw.number(3)
    if draw.rarely(3):
        options["sort"] = draw.pick(("-date_created", "date_created", "order_id", "-order_id", "status,-id"))
    if draw.rarely(8):
        options["details"] = draw.pick((True, False))
    return options


# ---- clean-ups

FLEX: Json = {"name_id": "ssl_flex", "name": "Secure Site", "type": "ssl_certificate", "validation_type": "ov"}
PLUS: Json = {**FLEX, "name_id": "ssl_plus", "name": "SSL Plus"}
EV: Json = {**FLEX, "name_id": "ssl_ev", "name": "Secure Site EV", "validation_type": "ev"}
# The fields that rows or order details may leave out.
GAPS = ("certificate.dns_names", "date_created", "organization", "is_renewed", "product.name_id", "product")


def draw_clean_up_schedule(draw: Draw) -> Json:
    """Return an account after a migration, and a clean-up whose changes are made while others change the account."""
    seeds: list[Json] = []
    for number in range(1 + draw.number(2)):
        _draw_renewal(draw, seeds, f"app{number}.example.com")
    for unused in range(draw.number(2)):
        seeds.append({**_new_seed(seeds), "status": "pending", "created_days_ago": draw.pick((9, 10, 40, 29))})
    account = [{"status": seed["status"]} for seed in seeds]
    quirks = {**draw_quirks(draw, 3), "max_limit": draw.pick((1000, 1000, 2, 3))}
    module = draw.pick((MIGRATED, MIGRATED, STALE))
    options = _draw_clean_up(draw, module, seeds)
    task: Json = {"module": module, "options": options, "clean": True}
    # A run without reports, one with reports, and one with an approved plan.
    task["clean_up"] = draw.pick(("at once", "in stages", "approved"))
    then: Json = {"check_mode": draw.rarely(), "faults": [], "acts": draw_acts(draw, account, 2), "windows": []}
    if task["clean_up"] == "approved":
        then["acts"] = [{**act, "on": "list", "after": 0} for act in draw_acts(draw, account, 3)]
        # The reviewer deletes some orders, and may try to add an order or to alter the renewal of an order.
        then["deleted"] = draw.some([seed["id"] for seed in seeds], 2)
        then["added"] = draw.some([seed["id"] for seed in seeds], 1) if draw.rarely(3) else []
        then["altered"] = draw.some([seed["id"] for seed in seeds], 3) if draw.rarely(3) else []
    if not draw.rarely(3):
        task["clean"] = False
        task.update(check_mode=draw.rarely(), windows=[], faults=[], acts=[])
        then["faults"] = draw_faults(draw)
        if task["clean_up"] != "approved":
            task.update(faults=_draw_reading_faults(draw), acts=draw_moves(draw, account))
            then["windows"] = _draw_windows(draw)
    task["then"] = then
    schedule = {"seeds": seeds, "quirks": quirks, "latency": draw.pick(LATENCIES)}
    return {**schedule, "turns": draw.number(99), "tasks": [task]}


def _new_seed(seeds: list[Json], *names: str) -> Json:
    order_id = FIRST + len(seeds)
    names = names or (name_of(order_id),)
    certificate: Json = {"common_name": names[0], "dns_names": list(names)}
    return {"id": order_id, "certificate": certificate, "product": PLUS}


def _draw_renewal(draw: Draw, seeds: list[Json], name: str) -> None:
    """Return a migrated order, and up to two other orders that may have renewed it."""
    names = draw.pick(([name], [name, f"www.{name}"], [f"*.{name}"]))
    days = (30, 30, 30, 30, -1, DAYS[3], DAYS[5])
    old: Json = {**_new_seed(seeds, *names), "status": "issued", "migrated": True}
    old.update(created_days_ago=draw.pick((335, 335, 370, 40)), valid_in_days=draw.pick(days))
    if draw.rarely():
        old.update(draw.pick(({"is_renewed": True}, {"status": "expired"}, {"status": "revoked"})))
    if draw.rarely():
        recorded = [{"renewed_order_id": number} for number in (old["id"] + 1, 7)]
        old.update(draw.pick(({"order_valid_in_days": 400}, *recorded)))
    _draw_gaps(draw, old)
    seeds.append(old)
    if draw.rarely():
        # A second server has the same name.
        seeds.append({**old, **_new_seed(seeds, *names), "created_days_ago": draw.pick((335, 300, 40))})
    for unused in range(draw.pick((1, 1, 1, 2, 0))):
        new: Json = {**_new_seed(seeds, *names), "product": FLEX, "status": "issued", "migrated": False}
        new.update(created_days_ago=draw.pick((20, 20, 20, 5, 100, 400)), valid_in_days=draw.pick((345, 345, 160, 10)))
        if draw.rarely():
            # An order for several years that was reissued recently, and perhaps placed before the old one.
            new.update(created_days_ago=draw.pick((80, 400)), valid_from_days_ago=5, valid_in_days=160)
        if draw.rarely(3):
            covered = (names[:1], [f"*.{name}", name], [*names, "more.example.com"], [f"www.{name}"])
            new.update(certificate=_new_seed(seeds, *draw.pick(covered))["certificate"])
        if draw.rarely(3):
            others: tuple[Json, ...] = (
                *({"status": status} for status in ("pending", "revoked", "expired", "canceled")),
                *({"product": EV}, {"organization": {"id": 9, "name": "Another"}}, {"organization": []}),
                *({"renewal_of_order_id": old["id"]}, {"renewal_of_order_id": 7}),
                {"certificate": {**new["certificate"], "status": "revoked"}},
            )
            new.update(draw.pick(others))
        _draw_gaps(draw, new)
        seeds.append(new)


def _draw_gaps(draw: Draw, order: Json) -> None:
    if draw.rarely(8):
        order[draw.pick(("omit_in_rows", "omit"))] = draw.some(GAPS, 2)


def _draw_clean_up(draw: Draw, module: str, seeds: list[Json]) -> Json:
    # The way in which the clean-up makes its changes.
    how = {key: value for key, value in _draw_many(draw, [_draw_order(draw)]).items() if key in HOW}
    options: Json = {**how, "max_changes": draw.number(2) if draw.rarely() else None}
    if draw.rarely():
        options["exclude_orders"] = draw.some([seed["id"] for seed in seeds], 2)
    if draw.rarely():
        options["exclude_names"] = [draw.pick(("APP0*", "www.*", "nothing"))]
    if module == STALE:
        return {**options, "older_than": draw.pick((10, 9, 30)), "note": NOTE}
    options["window"] = draw.pick((90, 90, 90, 90, 29, 0))
    if draw.rarely(3):
        options["accept"] = draw.pick((["recorded", "same_names", "covers_names"], ["covers_names"], ["recorded"], []))
    if draw.rarely(12):
        options["products"] = draw.pick(([PLUS["name_id"]], []))
    return options


HOW = ("verify_change", "retry_timeout", "keep_going", "concurrency", "rate_limit_share")
