"""The orders that have been pending too long, and which of them can be canceled."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.cancels import plan_cancels
from ansible_collections.certops.certcentral.tests.unit.orders import CANCELS, NOW, Row, decisions, facts
from ansible_collections.certops.certcentral.tests.unit.support import spread


def cancel(options: Row | None = None, **fields: t.Any) -> tuple[str, str] | None:
    order = facts(1, **{"status": "pending", "date_created": "2026-10-01T00:00:00+00:00", **fields})
    return decisions(plan_cancels([order], {**CANCELS, **(options or {})}, NOW)).get(1)


CANCEL, REVIEW, SKIP = ("cancel", "stale"), ("review", "incomplete"), ("skip", "excluded")
# An order is due if it was placed 30 times 24 hours ago, not 30 calendar days ago. The time zone is taken into account.
STALE = {
    CANCEL: ["25T11:59:59+00:00", "25T12:00:00+00:00", "25T04:59:00-07:00", "25T21:00:00+09:00"],
    None: ["25T12:00:01+00:00", "25T23:59:59+00:00", "25T20:00:00-07:00", "26T00:00:00+00:00"],
}


@pytest.mark.parametrize(("created", "decision"), spread(STALE))
def test_days_are_whole_periods_of_24_hours(created: str, decision: tuple[str, str] | None) -> None:
    assert cancel(date_created=f"2026-10-{created}") == decision


ORGANIZATIONS, CONTAINERS = {"exclude_organizations": [1]}, {"exclude_containers": [1]}


@pytest.mark.parametrize(
    ("fields", "options", "decision"),
    [
        ({}, {}, CANCEL),
        *(({"date_created": value}, {}, REVIEW) for value in (None, "", "soon", 5, "2026-13-01")),
        *(({"certificate": {"common_name": value}}, {}, REVIEW) for value in (None, "", " ", "\t\n")),
        ({"certificate": []}, {}, REVIEW),
        ({"certificate": {"common_name": "a.example"}}, {}, CANCEL),
        ({"organization": []}, ORGANIZATIONS, CANCEL),
        ({"organization": None}, ORGANIZATIONS, REVIEW),
        ({"organization": {"id": "1"}}, ORGANIZATIONS, SKIP),
        ({"container": None}, CONTAINERS, REVIEW),
        ({"container": {"id": "1"}}, CONTAINERS, SKIP),
        # A known field excludes the order, even if other fields are unknown.
        ({"container": None, "organization": {"id": 1}}, {**CONTAINERS, **ORGANIZATIONS}, SKIP),
        ({"container": None}, {**CONTAINERS, "exclude_orders": [1]}, SKIP),
        ({"date_created": None}, {"exclude_orders": [1]}, SKIP),
        *(
            ({"certificate": {"common_name": "a.example", "dns_names": value}}, {"exclude_names": ["*.org"]}, decision)
            for value, decision in (
                *((None, REVIEW), ([5], REVIEW), ([], CANCEL), (["two words"], CANCEL)),
                (["a.example.org", 5], SKIP),
            )
        ),
    ],
)
def test_only_an_order_known_not_to_be_excluded_is_canceled(fields: Row, options: Row, decision: t.Any) -> None:
    assert cancel(options, **fields) == decision


def test_explanation_names_the_whole_days() -> None:
    order = facts(1, status="pending", date_created=(NOW - timedelta(days=31, hours=23)).isoformat())
    explanation = plan_cancels([order], CANCELS, NOW).decisions[1].explanation
    assert explanation == "it was placed 31 days ago and is still pending"
