"""The message about a missing or wrong API key. test_typed_input.py has every other value that is refused."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.certops.certcentral.plugins.modules import digicert_order_status
from ansible_collections.certops.certcentral.tests.simulator.state import State
from ansible_collections.certops.certcentral.tests.unit.accounts import CANCEL, FAKE_URL
from ansible_collections.certops.certcentral.tests.unit.support import KEY, run_main

MISSING = "api_key is missing: set it, or the environment variable DIGICERT_API_KEY of the host that runs this"
BECOME = "api_key is missing, and sudo (become), which started this, usually drops DIGICERT_API_KEY from the "
BECOME += "environment: set api_key, or run this without become"
TOO_SHORT = "api_key has fewer than 8 characters, too few to be hidden in what Ansible shows: set it to the whole "
TOO_SHORT += "CertCentral API key"


def run_without_key(**options: t.Any) -> dict[str, t.Any]:
    return run_main(digicert_order_status.main, {"api_url": FAKE_URL, **CANCEL, **options})


@pytest.mark.parametrize(("variable", "msg"), [("SUDO_USER", BECOME), ("DOAS_USER", BECOME), ("OTHER", MISSING)])
def test_become_is_named_only_if_the_key_is_missing(monkeypatch: pytest.MonkeyPatch, variable: str, msg: str) -> None:
    for name in ("SUDO_USER", "DOAS_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "somebody")
    result = run_without_key()
    assert (result["reason"], result["msg"]) == ("invalid_option", msg)
    # The message about a wrong key never does.
    assert not any("sudo" in run_without_key(api_key=key)["msg"] for key in ("", " ", "ABCDEFG", 7))


@pytest.mark.parametrize("key", ["key", "it", "s", " a\n", "1234567"])
@pytest.mark.parametrize("is_in_environment", [False, True])
def test_short_key_is_refused_with_a_whole_sentence(
    api: State, monkeypatch: pytest.MonkeyPatch, key: str, is_in_environment: bool
) -> None:
    """Regression: Ansible hid all occurrences of such a key in the message, so that it could not be read."""
    if is_in_environment:
        monkeypatch.setenv("DIGICERT_API_KEY", key)
    result = run_without_key(**({} if is_in_environment else {"api_key": key}))
    assert result["reason"] == "invalid_option" and api.requests == []
    assert result["msg"] == TOO_SHORT


@pytest.mark.parametrize("key", [[KEY], {KEY: KEY}, [[KEY], KEY], 10**20, True, 1.5])
@pytest.mark.parametrize("other", [{}, {"order_id": "x"}, {"state": "canceled"}])
def test_key_of_another_type_is_refused_and_not_shown(api: State, key: t.Any, other: dict[str, t.Any]) -> None:
    result = run_without_key(api_key=key, **other)
    assert "api_key is not a string: put it in quotes" in result["msg"] or other
    assert result["failed"] is True and api.requests == []
    assert KEY not in str(result) and str(10**20) not in str(result)
