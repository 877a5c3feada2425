# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules, drawn at random: an account, how its API behaves, and tasks with their mishaps. Each is a JSON value."""

from __future__ import annotations

import typing as t
from datetime import date

from hypothesis import strategies as st

from ansible_collections.certops.certcentral.tests.simulator.faults import SHAPES
from ansible_collections.certops.certcentral.tests.table import STATUSES, today
from ansible_collections.certops.certcentral.tests.unit.wire import CONNECTION_FAULTS

Json = dict[str, t.Any]

FIRST = 5_000_000_001
UNKNOWN_ID = FIRST + 90
OTHER_ID = FIRST + 500
NOTE = "Not needed any more"
SINGLE, MANY, INFO = "digicert_order_status", "digicert_order_statuses", "digicert_order_info"

# Not 91: on the day of grace the rules let the change go, and a server with the same clock refuses it.
DAYS = (-400, -1, 0, 30, 89, 90, 92, 400, None)
QUIRKS: dict[str, tuple[t.Any, ...]] = {
    "illegal_transition_status": (400, 409, 422),
    "repeat_change": ("error", "noop"),
    "unmark_renewed_by_order": (True, False),
    "canceled_order_readable": (True, False),
    "not_found_empty_body": (False, True),
    "order_info_has_is_renewed": (True, False),
    "renewed_as_status": (False, True),
    "read_lag": (0, 1, 3, 9),
    "list_lag": (0, 1, 3, 9),
    "multi_value_id": ("works", "ignored", "refused"),
    "multi_value_filters": ("works", "ignored", "refused"),
    "unknown_status_filter": ("works", "ignored", "refused"),
    "ignored_filters": ([], ["id"], ["origin"], ["status"], ["id", "origin", "is_renewed"]),
    "orders_key_null": (False, True),
    "page_limit_zero": (False, True),
    "page_total_offset": (0, -5, 1000),
    "repeat_row": (False, True),
    "max_limit": (1000, 2, 3),
    "refused_requests_count": (False, True),
}
WINDOWS: tuple[list[list[int]], ...] = ([[3, 5]], [[2, 1], [6, 20]])

EVIL = "http://127.0.0.2:1/services/v2/order/certificate"
KEY = "sim-full-0123456789abcdef0123456789abcdef"
WORDS = {"errors": [{"code": "bad|key", "message": f"The key {KEY} is bad.\x1b[2J\r\nNothing else."}]}
# Faults that answer, with the request handled or not. A server that says 204 or 4xx and does otherwise is none of them.
REPLIES: tuple[Json, ...] = (
    *({"kind": "status", "status": status} for status in (400, 401, 403, 404, 408, 409, 429, 500, 502, 503)),
    {"kind": "status", "status": 400, "body": WORDS},
    {"kind": "status", "status": 404, "body": {"errors": [{"code": "not_found|route", "message": "No."}]}},
    {"kind": "status", "status": 429, "retry_after": 7},
    {"kind": "status", "status": 503, "retry_after_date": 30},
    {"kind": "status", "status": 429, "retry_after": "soon"},
    *({"kind": "status", "status": status, "location": EVIL} for status in (301, 302, 307)),
    *({"kind": "status", "status": status} for status in (200, 201)),
    {"kind": "html"},
    {"kind": "html", "status": 200},
    {"kind": "empty"},
    {"kind": "bad_json"},
    *({"kind": "wrong_shape", "shape": shape} for shape in SHAPES),
)
LOST: tuple[Json, ...] = (
    *({"kind": "lost_reply", "status": status} for status in (200, 201, 408, 500, 502)),
    {"kind": "lost_reply", "status": 500, "body": WORDS},
    {"kind": "lost_reply", "status": 307, "location": EVIL},
    {"kind": "html", "status": 502, "apply": True},
    {"kind": "empty", "apply": True},
    {"kind": "reset_before"},
    {"kind": "reset_after"},
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
OTHERS = ("issue", "cancel", "mark", "unmark", "reissue", "renew")


def often(likely: st.SearchStrategy[t.Any], other: st.SearchStrategy[t.Any]) -> st.SearchStrategy[t.Any]:
    """Mostly the one, now and then the other."""
    return st.integers(0, 5).flatmap(lambda number: other if number == 5 else likely)


def orders(most: int) -> st.SearchStrategy[list[Json]]:
    """Accounts of up to so many orders, their ids one after the other. Most of them are such that some wish changes them."""
    fields: dict[str, st.SearchStrategy[t.Any]] = {
        "status": st.sampled_from(STATUSES),
        "is_renewed": st.booleans(),
        "migrated": st.booleans(),
        "days": st.sampled_from(DAYS),
        "renewed_order_id": st.sampled_from((0, 7654321)),
        "omit": st.sampled_from(([], ["is_renewed"], ["requests"])),
    }
    plain = {**fields, "is_renewed": st.just(False), "renewed_order_id": st.just(0)}
    changeable = [
        st.fixed_dictionaries({**plain, "status": st.sampled_from(("pending", "waiting_pickup"))}),
        st.fixed_dictionaries({**plain, "status": st.just("reissue_pending")}),
        st.fixed_dictionaries(
            {
                **plain,
                "status": st.sampled_from(("issued", "expired")),
                "migrated": st.just(True),
                "days": st.sampled_from((-1, 30)),
            }
        ),
        st.fixed_dictionaries({**plain, "status": st.just("issued"), "is_renewed": st.just(True)}),
    ]
    one = often(st.one_of(changeable), st.fixed_dictionaries(fields))
    return st.lists(one, min_size=(most + 1) // 2, max_size=most)


def wish_for(order_id: int, order: Json | None) -> st.SearchStrategy[Json]:
    """A wish for an order, mostly one that would change it."""
    any_wish = (("canceled", "order"), ("canceled", "reissue"), ("renewed", "order"), ("not_renewed", "order"))
    fitting: tuple[tuple[str, str], ...] = any_wish
    if order and order["status"] == "reissue_pending":
        fitting = (("canceled", "reissue"),)
    elif order and order["status"] in ("pending", "waiting_pickup"):
        fitting = (("canceled", "order"),)
    elif order:
        fitting = (("not_renewed" if order["is_renewed"] else "renewed", "order"),)
    wish = often(st.sampled_from(fitting), st.sampled_from(any_wish))
    guard = often(st.sampled_from((None, "right")), st.sampled_from(("right", "wrong")))
    return st.tuples(wish, guard).map(lambda drawn: _wish(order_id, *drawn))


def _wish(order_id: int, wish: tuple[str, str], guard: str | None) -> Json:
    made: Json = {"order_id": order_id, "status": wish[0], "cancel_scope": wish[1]}
    if wish[0] == "canceled":
        made["note"] = NOTE
    if guard:
        made["common_name"] = name_of(order_id).upper() if guard == "right" else "other.example.com"
    return made


def faults() -> st.SearchStrategy[list[Json]]:
    """Some faults, each on one kind of request or on any, the first such or a later one, once or several times in a row."""
    placed = {"after": st.sampled_from((0, 0, 0, 1, 2, 3, 4)), "times": st.sampled_from((1, 1, 1, 2, 3, 99))}
    anywhere = st.fixed_dictionaries(
        {
            "fault": st.sampled_from(LOST) | st.sampled_from(REPLIES),
            "on": st.sampled_from(("any", "info", "list", "status")),
            **placed,
        }
    )
    # What makes a change's fate unclear is what this is about.
    changing = st.fixed_dictionaries({"fault": st.sampled_from(LOST), "on": st.just("status"), **placed})
    reading = st.fixed_dictionaries(
        {"fault": st.sampled_from(READ_ONLY), "on": st.sampled_from(("info", "list")), **placed}
    )
    connecting = st.fixed_dictionaries(
        {
            "fault": st.sampled_from([{"kind": kind} for kind in CONNECTION_FAULTS]),
            "on": st.just("connection"),
            **placed,
        }
    )
    return often(st.tuples(changing), st.just(())).flatmap(
        lambda first: st.lists(changing | anywhere | reading | connecting, max_size=3).map(lambda rest: [*first, *rest])
    )


def others(account: list[Json]) -> st.SearchStrategy[list[Json]]:
    """What somebody else does meanwhile, before or after a request is handled."""
    likely: dict[t.Any, tuple[str, ...]] = {
        "pending": ("issue", "cancel"),
        "waiting_pickup": ("issue", "cancel"),
        "reissue_pending": ("issue", "cancel"),
    }
    does = [
        st.tuples(
            st.just(FIRST + number),
            often(
                st.sampled_from(likely.get(order["status"], ("mark", "unmark", "renew", "reissue"))),
                st.sampled_from(OTHERS),
            ),
        )
        for number, order in enumerate(account)
    ]
    one = st.fixed_dictionaries(
        {
            "does": st.one_of(does),
            "on": st.sampled_from(("info", "list", "status", "any")),
            "after": st.sampled_from((0, 0, 0, 1, 2, 3)),
            "when": st.sampled_from(("before", "afterwards")),
        }
    ).map(_aimed)
    return st.lists(one, min_size=1, max_size=2)


def _aimed(drawn: Json) -> Json:
    order_id, does = drawn["does"]
    return {**drawn, "order_id": order_id, "does": does}


@st.composite
def schedules(draw: st.DrawFn, module: str) -> Json:
    """An account, how its API behaves, and some tasks of a module that run into mishaps."""
    account = draw(orders(1 if module == SINGLE else 6))
    names = draw(st.lists(st.sampled_from(sorted(QUIRKS)), max_size=6, unique=True))
    quirks = {name: draw(st.sampled_from(QUIRKS[name])) for name in names}
    tasks = draw(st.lists(_tasks(module, account), min_size=1, max_size=2))
    return {"orders": account, "quirks": quirks, "tasks": tasks}


def _tasks(module: str, account: list[Json]) -> st.SearchStrategy[Json]:
    options: dict[str, st.SearchStrategy[t.Any]] = {
        "check_rules": often(st.just(True), st.just(False)),
        "verify": st.booleans(),
        "retry_timeout": st.sampled_from((0, 3, 30, 240)),
    }
    wishes = [wish_for(FIRST + number, order) for number, order in enumerate(account)]
    nowhere = wish_for(UNKNOWN_ID, None)
    if module == SINGLE:
        chosen = st.tuples(often(wishes[0], wishes[0] | nowhere), st.fixed_dictionaries(options)).map(
            lambda drawn: {**drawn[0], **drawn[1]}
        )
    else:
        some = st.permutations(wishes).flatmap(
            lambda mixed: st.integers(0, len(mixed)).flatmap(lambda most: st.tuples(*mixed[:most]))
        )
        options.update(
            orders=often(st.tuples(*wishes), st.tuples(some, nowhere).map(lambda drawn: (*drawn[0], drawn[1])) | some),
            keep_going=st.booleans(),
            max_changes=often(st.none(), st.integers(0, 3)),
            # With several at once the order of requests is not the same each time, but what has to hold holds.
            concurrency=often(st.just(1), st.just(3)),
            rate_limit_share=st.sampled_from((0, 1)),
        )
        chosen = st.fixed_dictionaries(options).map(lambda drawn: {**drawn, "orders": list(drawn["orders"])})
    storm = st.fixed_dictionaries(
        {
            "module": st.just(module),
            "options": chosen,
            "check_mode": often(st.just(False), st.just(True)),
            "faults": faults(),
            "others": st.just([]) | others(account),
            "windows": often(st.just([]), st.sampled_from(WINDOWS)),
        }
    )
    calm = st.fixed_dictionaries({"module": st.just(module), "options": chosen, "calm": st.just(True)})
    return often(storm, calm)


def reading_schedules() -> st.SearchStrategy[Json]:
    """An account, how its API behaves, and a task that reads it, with mishaps or without."""
    ids = st.lists(st.integers(FIRST, FIRST + 7), max_size=8)
    several = st.lists(st.sampled_from(STATUSES), max_size=3, unique=True)
    filters = st.fixed_dictionaries(
        {},
        optional={"status": st.sampled_from(STATUSES) | several, "is_renewed": st.booleans(), "id": ids},
    )
    options = st.fixed_dictionaries({"order_ids": ids}) | st.fixed_dictionaries(
        {}, optional={"filters": filters, "limit": st.integers(0, 4), "sort": st.sampled_from(("id", "-date_created"))}
    )
    quirks = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in QUIRKS.items()})
    task = st.fixed_dictionaries(
        {
            "module": st.just(INFO),
            "options": st.tuples(options, st.sampled_from((0, 30))).map(
                lambda drawn: {**drawn[0], "retry_timeout": drawn[1]}
            ),
            "check_mode": st.booleans(),
            "faults": faults() | st.just([]),
            "others": st.just([]),
            "windows": often(st.just([]), st.sampled_from(WINDOWS)),
        }
    )
    return st.fixed_dictionaries({"orders": orders(6), "quirks": quirks, "tasks": st.tuples(task).map(list)})


def seed(order: Json, order_id: int) -> Json:
    """An order of a schedule as the simulator takes it."""
    days = order["days"]
    return {
        **{name: order[name] for name in ("status", "is_renewed", "migrated", "renewed_order_id", "omit")},
        "id": order_id,
        "certificate": {
            "common_name": name_of(order_id),
            "valid_till": None if days is None else date.fromordinal(today().toordinal() + days).isoformat(),
        },
    }


def name_of(order_id: int) -> str:
    return f"host{order_id}.example.com"
