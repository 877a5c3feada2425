# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters, as playbooks call them. What they do is tested where it stands, in plugin_utils."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.certops.certcentral.plugins.filter import find_renewals
from ansible_collections.certops.certcentral.plugins.plugin_utils import _renewals
from ansible_collections.certops.certcentral.tests import migration
from ansible_collections.certops.certcentral.tests.simulator.account import Account


def orders(family: migration.Family, *, migrated: bool) -> list[dict[str, t.Any]]:
    account = Account()
    account.seed(family.orders)
    rows: list[dict[str, t.Any]] = account.list_orders([])["orders"]
    return [row for row, seed in zip(rows, family.orders) if seed["migrated"] == migrated]


def test_find_renewals() -> None:
    family = migration.Family(1)
    old, new, other = family.old(family.www), family.new(family.www), family.new(family.www)
    arguments = orders(family, migrated=True), orders(family, migrated=False)
    [found] = find_renewals.find_renewals(*arguments)
    assert (found["order_id"], found["renewed_by"], found["reason"]) == (old, None, "several")
    [found] = find_renewals.find_renewals(*arguments, exclude=[other])
    assert (found["order_id"], found["renewed_by"], found["reason"]) == (old, new, "same_names")
    assert found.keys() == {"order_id", "renewed_by", "reason", "why", "candidates"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("", []), "takes lists"),
        (([], None), "takes lists"),
        (([], [], "5"), "takes lists"),
        (([], {}), "takes lists"),
        (([5], []), "not an order"),
        (([], [{"id": 5}]), "not an order"),
        (([{"id": 5, "status": "issued"}], [{"id": 5, "status": "issued"}]), "did not filter by origin"),
        (([], [], [[]]), "find_renewals"),
    ],
)
def test_what_it_does_not_take(arguments: tuple[t.Any, ...], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        find_renewals.find_renewals(*arguments)


def test_every_reason_is_documented() -> None:
    documented = yaml.safe_load(find_renewals.RETURN)["_value"]["contains"]["reason"]
    given = {value for name, value in vars(_renewals).items() if name.isupper() and isinstance(value, str)}
    assert set(documented["choices"]) == given
    assert all(f"V({reason})" in " ".join(documented["description"]) for reason in given)
