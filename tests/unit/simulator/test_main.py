# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the simulator."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.certops.certcentral.tests import facts, simulator
from ansible_collections.certops.certcentral.tests.simulator import __main__ as command
from ansible_collections.certops.certcentral.tests.simulator import log
from ansible_collections.certops.certcentral.tests.simulator.arguments import make_parser, settings
from ansible_collections.certops.certcentral.tests.unit.simulator.support import CANCEL, NOW, Web

ACCOUNT = """
keys:
  - {key: ABC, access: full}
  - {key: DEF, access: view_only}
orders:
  - {id: 5, status: pending}
generate:
  - {count: 3, first_id: 100, migrated: true, certificate: {common_name: "host{n}.example.com"}}
quirks: {repeat_change: noop}
rate_limits: [[2, 1000]]
"""


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a simulator that prints its URL. Kill it at the end if it is still running."""
    process = subprocess.Popen(
        [sys.executable, "-m", simulator.__name__, "--max-seconds", "60", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_files_and_options_are_used_until_sigterm(tmp_path: Path) -> None:
    account, ready = tmp_path / "account.yml", tmp_path / "ready.json"
    account.write_text(ACCOUNT, encoding="utf-8")
    arguments = ["--account", str(account), "--ready-file", str(ready), "--tls"]
    with started(*arguments, "--quirk", "read_lag=2", "--no-rate-limits", "--latency", "0.001") as process:
        url = first_line(process)
        found = json.loads(ready.read_text(encoding="utf-8"))
        assert (found["url"], found["pid"]) == (url, process.pid)
        assert found["keys"] == [{"key": "ABC", "access": "full"}, {"key": "DEF", "access": "view_only"}]

        def get(address: str) -> Any:
            # REQUESTS_CA_BUNDLE takes precedence over the setting of a session, but not over the one of a request.
            return requests.get(address, headers={"X-DC-DEVKEY": "ABC"}, verify=found["ca_file"], timeout=10).json()

        infos = [get(f"{url}/order/certificate/{order_id}") for order_id in (5, 102, 102)]
        assert [info["certificate"]["common_name"] for info in infos][1:] == ["host2.example.com"] * 2
        quirks = get(f"{found['control_url']}/quirks")
        assert (quirks["repeat_change"], quirks["read_lag"], quirks["latency"]) == ("noop", 2, 0.001)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert not Path(found["ca_file"]).exists()


@pytest.mark.parametrize("arguments", [[], ["--max-seconds", "0"]])
def test_simulator_ends_with_sigint_or_after_max_seconds(arguments: list[str]) -> None:
    with started(*arguments) as process:
        assert first_line(process)
        if not arguments:
            process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("arguments", "limits"),
    [
        ([], [[2, 1000]]),
        (["--no-rate-limits"], []),
        (["--rate-limits"], [list(window) for window in facts.RATE_LIMITS]),
        (["--rate-limits", "7/1,8/2.5"], [[7, 1.0], [8, 2.5]]),
    ],
)
def test_rate_limits_of_the_command_line_take_precedence(
    arguments: list[str], limits: list[list[float]], tmp_path: Path
) -> None:
    account = tmp_path / "account.yml"
    account.write_text(ACCOUNT, encoding="utf-8")
    assert settings(make_parser().parse_args(["--account", str(account), *arguments]))["rate_limits"] == limits


def test_daemon_runs_after_the_command_has_ended(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with started("--daemon", "--ready-file", str(ready)) as process:
        assert process.wait(10) == 0
        found = json.loads(ready.read_text(encoding="utf-8"))
        assert first_line(process) == found["url"]
        assert requests.get(f"{found['control_url']}/orders", timeout=10).json() == []
        os.kill(found["pid"], signal.SIGTERM)
        # The daemon keeps standard error open until it ends.
        assert process.communicate(timeout=10) == ("", "")


@pytest.mark.parametrize(
    "arguments", [["--host", "0.0.0.0"], ["--rate-limits", "many"], ["--quirk", "read_lag"], ["--tls", "sometimes"]]
)
def test_wrong_argument_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["orders: {", "- 1", "colours: []", "quirks: {colour: red}", "keys: [{key: a, access: x}]"]
)
def test_bad_account_file_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account = tmp_path / "account.yml"
    account.write_text(text, encoding="utf-8")
    assert command.main(["--account", str(account)]) == 1
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize("arguments", [["--log"], []])
def test_log_is_on_only_if_asked_for_or_on_a_terminal(arguments: list[str]) -> None:
    with started(*arguments) as process:
        requests.get(f"{first_line(process)}/order/certificate/7", headers={"X-DC-DEVKEY": "secret"}, timeout=10)
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=10)
    assert output == ""
    expected = ["GET /services/v2/order/certificate/7 -> 403"] if arguments else []
    assert [line.partition(" ")[2] for line in errors.splitlines()] == expected


def test_log_line_has_the_response_the_change_and_the_fault_but_no_key() -> None:
    web = Web({"id": 1, "status": "pending"}, {"id": 2, "status": "pending"})
    lines: list[str] = []
    web.state.on_response = lambda record: lines.append(log.line(record, NOW))
    web.send("PUT", "/order/certificate/1/status", CANCEL)
    web.state.fault("hang", apply=True)
    web.send("PUT", "/order/certificate/2/status", CANCEL)
    web.send("GET", "/order%0A/%1B[2Jcertificate")
    assert lines == [
        "12:00:00 PUT /services/v2/order/certificate/1/status -> 204, the order was changed",
        "12:00:00 PUT /services/v2/order/certificate/2/status -> no response, the order was changed, fault hang",
        r"12:00:00 GET /services/v2/order\n/\x1b[2Jcertificate -> 404",
    ]
