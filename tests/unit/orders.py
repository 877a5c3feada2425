"""Orders and options for the tests of the decisions of clean-ups."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ansible_collections.certops.certcentral.plugins.module_utils._api.order import parse_order
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.facts import Facts, to_facts
from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.plan import CleanUp

Row = dict[str, t.Any]
NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
TODAY = NOW.date()
EXCLUDES: Row = {"exclude_orders": [], "exclude_names": [], "exclude_organizations": [], "exclude_containers": []}
MARKS: Row = {"window": 90, "products": None, "containers": None, "accept": ["recorded", "same_names"], **EXCLUDES}
CANCELS: Row = {"older_than": 30, **EXCLUDES}


def raw_order(order_id: int, **fields: t.Any) -> Row:
    """Return an order as the API sends it. Its certificate expires a month after NOW."""
    return {
        "id": order_id,
        "status": "issued",
        "is_renewed": False,
        "date_created": "2025-11-30T08:00:00+00:00",
        **named("www.example.com"),
        "organization": {"id": 1, "name": "Example Widgets Inc."},
        "container": {"id": 5, "name": "Example Division"},
        "product": {"name_id": "ssl_plus", "name": "Standard SSL", "type": "ssl_certificate", "validation_type": "ov"},
        **fields,
    }


def facts(order_id: int, **fields: t.Any) -> Facts:
    """Return the facts about such an order."""
    return to_facts(parse_order(raw_order(order_id, **fields)))


def named(name: str, **fields: t.Any) -> Row:
    """Return the fields of an order for one name."""
    return {"certificate": {"common_name": name, "dns_names": [], "valid_till": "2026-12-24", **fields}}


def renewal(order_id: int, name: str = "www.example.com", **fields: t.Any) -> Facts:
    """Return the facts about an order that renews another order for the same name."""
    later = {"date_created": "2026-11-20T08:00:00+00:00", **named(name, valid_till="2027-11-20")}
    return facts(order_id, **{**later, **fields})


def decisions(clean_up: CleanUp) -> dict[int, tuple[str, str]]:
    """Return the decision and the reason for each order that is due."""
    return {order_id: decision[:2] for order_id, decision in clean_up.decisions.items()}
