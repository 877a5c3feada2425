"""Reports of a clean-up, as the modules write them."""

from __future__ import annotations

import typing as t

Dict = dict[str, t.Any]


def a_candidate(number: int = 7, **fields: t.Any) -> Dict:
    return {
        "order_id": number,
        "common_name": "www.example.com",
        "names": ["www.example.com", "example.com"],
        "product": "Secure Site OV",
        "container": "Example Division",
        "valid_till": "2027-06-01",
        "order_valid_till": "2027-11-30",
        "date_created": "2026-11-20T08:00:00+00:00",
        **fields,
    }


def an_order(number: int = 1, **fields: t.Any) -> Dict:
    return {
        **a_candidate(number, container=None, valid_till="2026-12-01", order_valid_till="2026-12-02"),
        "date_created": "2025-11-30T20:05:28+00:00",
        "organization": "Example Widgets Inc.",
        "status": "issued",
        "is_renewed": False,
        "decision": "mark",
        "reason": "same_names",
        "explanation": "order 7 has the same names",
        "candidates": [a_candidate()],
        "confirmed": True,
        "outcome": "changed",
        "verified": True,
        "msg": "order 1 is marked renewed now",
        **fields,
    }


def a_report(*orders: Dict, **fields: t.Any) -> Dict:
    return {
        "module": "certops.certcentral.digicert_migrated_orders",
        "role": None,
        "account": "https://www.digicert.com/services/v2",
        "approved_plan": None,
        "options": {"max_changes": 100},
        "check_mode": False,
        "generated": "2026-11-24T09:08:07Z",
        "finished": True,
        "failed": False,
        "changed": True,
        "msg": "All went well",
        "counts": {"looked_at": len(orders)},
        "unused_exclusions": [],
        "orders": list(orders),
        **fields,
    }
