# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orders that have been pending too long, and which of them can be canceled."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._clean_up.cancels import plan_cancels
from ansible_collections.certops.certcentral.tests.unit.orders import CANCELS, NOW, Row, decisions, facts


def cancel(options: Row | None = None, **fields: t.Any) -> tuple[str, str] | None:
    order = facts(1, **{"status": "pending", "date_created": "2026-10-01T00:00:00+00:00", **fields})
    return decisions(plan_cancels([order], {**CANCELS, **(options or {})}, NOW)).get(1)


@pytest.mark.parametrize(
    ("created", "stale"),
    [
        ("2026-10-25T11:59:59+00:00", True),
        ("2026-10-25T12:00:00+00:00", True),
        ("2026-10-25T12:00:01+00:00", False),
        # 30 calendar days ago, and not yet 30 times 24 hours.
        ("2026-10-25T23:59:59+00:00", False),
        ("2026-10-25T00:00:00+00:00", True),
        # An offset counts: this is the 26th in UTC, and that the 24th.
        ("2026-10-25T20:00:00-07:00", False),
        ("2026-10-25T04:59:00-07:00", True),
        ("2026-10-25T21:00:00+09:00", True),
        ("2026-12-01T00:00:00+00:00", False),
    ],
)
def test_days_are_whole_periods_of_24_hours(created: str, stale: bool) -> None:
    assert cancel(date_created=created) == (("cancel", "stale") if stale else None)


@pytest.mark.parametrize(
    ("fields", "options", "decision"),
    [
        ({}, {}, ("cancel", "stale")),
        *(({"date_created": value}, {}, ("review", "incomplete")) for value in (None, "", "soon", 5, "2026-13-01")),
        *(({"certificate": {"common_name": value}}, {}, ("review", "incomplete")) for value in (None, "", " ", "\t\n")),
        ({"certificate": []}, {}, ("review", "incomplete")),
        ({"organization": []}, {"exclude_organizations": [1]}, ("cancel", "stale")),
        ({"organization": None}, {"exclude_organizations": [1]}, ("review", "incomplete")),
        ({"organization": {"id": "1"}}, {"exclude_organizations": [1]}, ("skip", "excluded")),
        ({"container": None}, {"exclude_containers": [1]}, ("review", "incomplete")),
        ({"container": {"id": "1"}}, {"exclude_containers": [1]}, ("skip", "excluded")),
        # What is known leaves it out, whatever else is not.
        (
            {"container": None, "organization": {"id": 1}},
            {"exclude_containers": [1], "exclude_organizations": [1]},
            ("skip", "excluded"),
        ),
        ({"container": None}, {"exclude_containers": [1], "exclude_orders": [1]}, ("skip", "excluded")),
        ({"date_created": None}, {"exclude_orders": [1]}, ("skip", "excluded")),
        *(
            ({"certificate": {"common_name": "a.example", "dns_names": value}}, {"exclude_names": ["*.org"]}, decision)
            for value, decision in (
                (None, ("review", "incomplete")),
                ([5], ("review", "incomplete")),
                ([], ("cancel", "stale")),
                (["two words"], ("cancel", "stale")),
                (["a.example.org", 5], ("skip", "excluded")),
            )
        ),
        ({"certificate": {"common_name": "a.example"}}, {}, ("cancel", "stale")),
    ],
)
def test_what_is_canceled(fields: Row, options: Row, decision: tuple[str, str]) -> None:
    assert cancel(options, **fields) == decision


def test_a_day_more_of_age() -> None:
    order = facts(1, status="pending", date_created=(NOW - timedelta(days=31, hours=23)).isoformat())
    assert (
        plan_cancels([order], CANCELS, NOW).decisions[1].explanation == "it was placed 31 days ago and is still pending"
    )
