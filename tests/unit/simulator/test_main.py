# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator from the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from ansible_collections.certops.certcentral.tests import simulator
from ansible_collections.certops.certcentral.tests.simulator import __main__ as command

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
    """A simulator process that prints its URL; killed at the end if it still runs."""
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


def test_from_ready_file_to_sigterm(tmp_path: Path) -> None:
    account, ready, pid = tmp_path / "account.yml", tmp_path / "ready.json", tmp_path / "pid"
    account.write_text(ACCOUNT, encoding="utf-8")
    arguments = ["--account", str(account), "--ready-file", str(ready), "--pid-file", str(pid), "--tls"]
    with started(*arguments, "--quirk", "read_lag=2", "--no-rate-limits", "--latency", "0.001") as process:
        url = first_line(process)
        found = json.loads(ready.read_text(encoding="utf-8"))
        assert (found["url"], found["pid"]) == (url, process.pid)
        assert int(pid.read_text(encoding="utf-8")) == process.pid
        assert found["keys"] == [{"key": "ABC", "access": "full"}, {"key": "DEF", "access": "view_only"}]

        def get(address: str) -> Any:
            # verify per request: a session's own loses against REQUESTS_CA_BUNDLE.
            return requests.get(address, headers={"X-DC-DEVKEY": "ABC"}, verify=found["ca_file"], timeout=10).json()

        infos = [get(f"{url}/order/certificate/{order_id}") for order_id in (5, 102, 102)]
        assert [info["certificate"]["common_name"] for info in infos][1:] == ["host2.example.com"] * 2
        quirks = get(f"{found['control_url']}/quirks")
        assert (quirks["repeat_change"], quirks["read_lag"], quirks["latency"]) == ("noop", 2, 0.001)
        assert get(f"{found['control_url']}/rate_limits") == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert not pid.exists()
        assert not Path(found["ca_file"]).exists()


def test_sigint_and_rate_limits() -> None:
    with started("--rate-limits") as process:
        control = first_line(process).replace("/services/v2", "/_control")
        assert requests.get(f"{control}/rate_limits", timeout=10).json() == [[100, 5.0], [1000, 180.0]]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_it_ends_with_standard_input() -> None:
    with started("--stop-at-eof", stdin=subprocess.PIPE) as process:
        assert first_line(process).startswith("http://127.0.0.1:")
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0
        process.stdin = None


def test_it_ends_by_itself() -> None:
    with started("--max-seconds", "0") as process:
        assert first_line(process)
        assert process.wait(10) == 0


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    code = (
        "import os, subprocess, sys, time\n"
        "command = [sys.executable, '-m', sys.argv[1], '--stop-with-parent', '--max-seconds', '60', '--ready-file']\n"
        "subprocess.Popen(command + [sys.argv[2]], stdout=sys.stdout)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, simulator.__name__, str(ready)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"http://")
    process.stdin.close()
    assert process.wait(10) == 0
    left = time.monotonic()
    # The end of its output is the end of the simulator: nobody else holds the pipe.
    assert process.stdout.read() == b""
    assert time.monotonic() - left < 30, "its parent ended it, not --max-seconds"
    process.stdout.close()


def test_daemon(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with started("--daemon", "--ready-file", str(ready)) as process:
        assert process.wait(10) == 0
        found = json.loads(ready.read_text(encoding="utf-8"))
        assert first_line(process) == found["url"]
        assert requests.get(f"{found['control_url']}/health", timeout=10).json()["ok"] is True
        os.kill(found["pid"], signal.SIGTERM)
        # The daemon holds standard error until it ends.
        assert process.communicate(timeout=10) == ("", "")


def test_a_daemon_that_cannot_start_says_so(tmp_path: Path) -> None:
    with started("--daemon", "--account", str(tmp_path / "none.yml")) as process:
        assert process.wait(10) == 1
        assert "none.yml" in process.communicate(timeout=10)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--host", "0.0.0.0"],
        ["--rate-limits", "many"],
        ["--quirk", "read_lag"],
        ["--tls", "sometimes"],
        ["--daemon", "--stop-at-eof"],
    ],
)
def test_usage_errors(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["orders: {", "- 1", "colours: []", "quirks: {colour: red}", "keys: [{key: a, access: x}]"]
)
def test_bad_account_files(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account = tmp_path / "account.yml"
    account.write_text(text, encoding="utf-8")
    assert command.main(["--account", str(account)]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--help"])
    shown = capsys.readouterr().out
    for word in ("--ready-file", "multi_value_id", "reset_after", "error_items", "_control"):
        assert word in shown
