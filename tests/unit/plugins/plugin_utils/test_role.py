"""The variables that a role knows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.plugin_utils._role import check_variables, find_role

ROLES = Path(__file__).parents[4] / "roles"


def task(
    name: str = "certops.certcentral.mark_renewed", collection: str | None = "certops.certcentral"
) -> SimpleNamespace:
    """Return a task of a role, in the form of Ansible's own objects."""
    path = ROLES / name.rpartition(".")[2]
    return SimpleNamespace(
        _role=SimpleNamespace(_role_collection=collection, _role_path=str(path), get_name=lambda: name)
    )


def test_role_of_a_task_is_found() -> None:
    assert find_role(task()) == "mark_renewed"
    assert find_role(task(collection=None)) is None and find_role(task(collection="other.collection")) is None
    assert find_role(SimpleNamespace(_role=None)) is None


def test_variable_that_the_role_does_not_know_is_refused() -> None:
    with pytest.raises(CertCentralError) as caught:
        check_variables(task(), ["mark_renewed_exclude_name", "mark_renewed_window", "mark_renewed_exclude_orders "])
    assert caught.value.message.startswith(
        "mark_renewed_exclude_name, mark_renewed_exclude_orders are not variables of the role mark_renewed: ansible-doc"
    )
    with pytest.raises(
        CertCentralError, match="Cancel_stale_exclude_orders is not a variable of the role cancel_stale"
    ):
        check_variables(task("cancel_stale"), ["Cancel_stale_exclude_orders"])


def test_other_variables_are_ignored() -> None:
    known = ["mark_renewed_window", "mark_renewed_result", "mark_renewed_approved_plan"]
    check_variables(task(), [*known, "cancel_stale_day_limit", "mark_renewedness", "given", "digicert_foo"])
    check_variables(task(collection=None), ["mark_renewed_exclude_name"])
