"""The command line of the simulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.certops.certcentral.tests import facts, simulator
from ansible_collections.certops.certcentral.tests.simulator import __main__ as command
from ansible_collections.certops.certcentral.tests.unit.simulator.support import NOW, ORDER, Web

ACCOUNT = """
keys:
  - {key: ABC, access: full}
  - {key: DEF, access: view_only}
orders:
  - {id: 1, status: pending}
generate:
  - {count: 3, first_id: 100, migrated: true, certificate: {common_name: "host{n}.example.com"}}
quirks: {repeat_change: noop}
rate_limits: [[2, 1000]]
"""


@pytest.fixture
def account(tmp_path: Path) -> Path:
    path = tmp_path / "account.yml"
    path.write_text(ACCOUNT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("log", "number", "lines"),
    [([], signal.SIGTERM, []), (["--log"], signal.SIGINT, ["GET /services/v2/order/certificate/1 -> 200"])],
)
def test_simulator_runs_until_a_signal_and_logs_if_asked_to(
    log: list[str], number: int, lines: list[str], account: Path, tmp_path: Path
) -> None:
    ready = tmp_path / "ready.json"
    arguments = ["--account", str(account), "--ready-file", str(ready), "--tls", *log]
    process = subprocess.Popen(
        [sys.executable, "-m", simulator.__name__, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        found = json.loads(ready.read_text(encoding="utf-8"))
        assert (found["url"], found["pid"]) == (url, process.pid)
        assert found["keys"] == [{"key": "ABC", "access": "full"}, {"key": "DEF", "access": "view_only"}]
        # REQUESTS_CA_BUNDLE takes precedence over the setting of a session, but not over the one of a request.
        response = requests.get(url + ORDER, headers={"X-DC-DEVKEY": "ABC"}, verify=found["ca_file"], timeout=10)
        assert response.json()["status"] == "pending"
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, output) == (0, "")
    assert [line.partition(" ")[2] for line in errors.splitlines()] == lines
    assert not Path(found["ca_file"]).exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"quirks": {"repeat_change": "noop"}, "rate_limits": [[2, 1000]], "port": 0, "tls": False}),
        (["--rate-limits"], {"rate_limits": facts.RATE_LIMITS}),
        (
            ["--quirk", "page_total_offset=2", "--quirk", "repeat_change=error"],
            {"quirks": {"repeat_change": "error", "page_total_offset": 2}},
        ),
    ],
)
def test_command_line_takes_precedence_over_the_account_file(
    arguments: list[str], expected: dict[str, Any], account: Path
) -> None:
    found = command.settings(command.make_parser().parse_args(["--account", str(account), *arguments]))
    assert {name: found[name] for name in expected} == expected


BAD = ["orders: {", "- 1", "colours: []", "quirks: {colour: red}", "keys: [{key: a, access: x}]"]


@pytest.mark.parametrize(("text", "arguments"), [*((text, []) for text in BAD), ("", ["--quirk", "max_limit"])])
def test_bad_account_file_or_quirk_is_refused(
    text: str, arguments: list[str], account: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account.write_text(text, encoding="utf-8")
    assert command.main(["--account", str(account), *arguments]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_log_line_has_the_response_the_change_and_the_fault_but_no_key() -> None:
    web = Web({"id": 1, "status": "pending"}, {"id": 2, "status": "pending"})
    lines: list[str] = []
    web.state.on_response = lambda record: lines.append(command.make_line(record, NOW))
    web.change()
    web.state.fault("hang", apply=True)
    web.change(order_id=2)
    web.send("GET", "/order%0A/%1B[2Jcertificate")
    assert lines == [
        "12:00:00 PUT /services/v2/order/certificate/1/status -> 204, the order was changed",
        "12:00:00 PUT /services/v2/order/certificate/2/status -> no response, the order was changed, fault hang",
        r"12:00:00 GET /services/v2/order\n/\x1b[2Jcertificate -> 404",
    ]
