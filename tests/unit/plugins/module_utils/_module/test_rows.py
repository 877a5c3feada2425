"""Results with many rows: the same output as that of AnsibleModule, without looking at each row."""

from __future__ import annotations

import io
import json
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.certops.certcentral.plugins.module_utils._module.options import COMMON_OPTIONS
from ansible_collections.certops.certcentral.plugins.module_utils._module.rows import RowModule
from ansible_collections.certops.certcentral.plugins.module_utils._module.run import Module
from ansible_collections.certops.certcentral.tests.unit.support import print_main

# A number can have the digits of a key, and a key can have characters that JSON escapes.
KEYS = ("ABCDEFGH12345678", "1234567890", 'quoted"\\key')
NO_ORDERS = object()
ROW: dict[str, t.Any] = {
    "id": 7,
    "name": 'München "東京" \\ \u2028 \x7f </script>',
    "values": [None, True, False, 1.5, 2**70, -0.0, "", [], {}, [{"": []}]],
    "__ansible_type": "TrustedAsTemplate",
}


def print_result(kind: type[Module], key: str, **result: t.Any) -> str:
    printed = io.StringIO()

    def main() -> None:
        kind(COMMON_OPTIONS).exit_json(changed=False, **result)

    print_main(main, {"api_key": key}, printed)
    return printed.getvalue()


def parse(printed: str) -> t.Any:
    """Return a result without the secrets of which ansible-core 2.22 tells its controller, each once in a process."""
    result = json.loads(printed)
    result.pop("_ansible_new_secrets", None)
    return result


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "orders",
    [
        *(NO_ORDERS, [], [ROW], [ROW] * 3, None, "none"),
        *([{**ROW, "found": f"x{key}y"}] for key in KEYS),
        *([ROW, {key: 1, "inner": [{"found": [key]}]}] for key in KEYS),
        *([{"number": int(f"9{KEYS[1]}9")}], [{"number": -int(KEYS[1])}], [{"number": float(KEYS[1])}]),
    ],
)
def test_output_is_that_of_ansible_module(key: str, orders: t.Any) -> None:
    result = {"total": 1} if orders is NO_ORDERS else {"total": 1, "orders": orders}
    printed = print_result(RowModule, key, **result)
    assert parse(printed) == parse(print_result(Module, key, **result))
    assert printed.startswith("\n") and printed.endswith("\n")


def test_rows_are_not_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[str] = []
    remove_values = basic.remove_values

    def remove(value: t.Any, secrets: t.Any) -> t.Any:
        walked.append(str(value))
        return remove_values(value, secrets)

    monkeypatch.setattr(basic, "remove_values", remove)
    orders, seen = [{"id": 7, "name": "in a row"}], []
    for kind in (Module, RowModule):
        walked.clear()
        assert json.loads(print_result(kind, KEYS[0], orders=orders, msg="no row"))["orders"] == orders
        seen.append(str(walked))
    # From ansible-core 2.22 on, AnsibleModule leaves this walk to its controller.
    assert ("in a row" in seen[0]) is ("no row" in seen[1])
    assert "in a row" not in seen[1]
