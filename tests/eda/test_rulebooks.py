"""The event source and the sample rulebooks in a real ansible-rulebook, against the simulator."""

from __future__ import annotations

import http.server
import json
import re
import threading
import typing as t
from pathlib import Path

import yaml

from ansible_collections.certops.certcentral.tests.eda.conftest import INTERVAL, Rulebook
from ansible_collections.certops.certcentral.tests.simulator import Simulator

Start = t.Callable[..., Rulebook]


def write_rulebook(folder: Path, **args: t.Any) -> str:
    """Write a rulebook that prints each event, and return its name."""
    shown = "EVENT {{ event.order_id }} {{ event.status }} {{ event.certificate_id }}"
    rule = {"name": "Any", "condition": "event.order_id is defined", "action": {"debug": {"msg": shown}}}
    source = {"certops.certcentral.order_changes": {"interval": INTERVAL, **args}}
    ruleset = {"name": "Print order changes", "hosts": "all", "sources": [source], "rules": [rule]}
    (folder / "rulebook.yml").write_text(yaml.safe_dump([ruleset]), encoding="utf-8")
    return "rulebook.yml"


def events(rulebook: Rulebook) -> list[tuple[int, str]]:
    found = re.findall(r"EVENT (\d+) (\w+) \d+", rulebook.output)
    return [(int(order_id), status) for order_id, status in found]


def answered(sim: Simulator, status: int) -> int:
    """Return the number of requests that got a response with this status."""
    return sum(request["status"] == status for request in list(sim.requests))


def test_failing_api_delays_events_and_loses_none(start: Start, sim: Simulator, folder: Path) -> None:
    rulebook = start(write_rulebook(folder))
    rulebook.until(lambda: answered(sim, 200), "first poll")
    sim.account.edit(1, status="issued")
    rulebook.until(lambda: events(rulebook), "event of order 1")

    # Regression: a response 407 ended the rulebook, because it was mistaken for a wrong option.
    outage = sim.fault("status", status=407, on="status_changes", times=None)
    sim.account.edit(2, status="canceled")
    rulebook.until(lambda: rulebook.output.count("a poll failed") >= 3, "warning of a third poll that failed")
    assert events(rulebook) == [(1, "issued")]
    sim.account.edit(3, status="rejected")
    sim.faults.clear()
    rulebook.until(lambda: len(events(rulebook)) >= 3, "events of orders 2 and 3")

    # The next polls look back to both changes as well, but must not send them again.
    before = answered(sim, 200)
    rulebook.until(lambda: answered(sim, 200) >= before + 4, "two more polls")
    rulebook.stop()
    assert outage.hits >= 3
    assert sorted(events(rulebook)) == [(1, "issued"), (2, "canceled"), (3, "rejected")]
    assert sim.view_only_key not in rulebook.output
    assert {request["method"] for request in sim.requests} == {"GET"}


def test_rulebook_stops_while_a_response_hangs(start: Start, sim: Simulator, folder: Path) -> None:
    hanging = sim.fault("hang", on="status_changes", times=None)
    rulebook = start(write_rulebook(folder, timeout=3600))
    rulebook.until(lambda: hanging.hits, "first poll")
    rulebook.stop()
    assert len(sim.requests) == 1


def test_wrong_key_ends_the_rulebook_with_one_line(start: Start, sim: Simulator, folder: Path) -> None:
    key = "wrong" * 10
    rulebook = start(write_rulebook(folder), key=key)
    assert rulebook.wait() == 1
    line = r"certops.certcentral.order_changes: .* \(HTTP 403: .*\): check api_key"
    assert re.search(line, rulebook.output), rulebook.output
    assert len(sim.requests) == 1
    assert key not in rulebook.output


def test_sample_rulebook_deploys_an_issued_certificate(
    start: Start, sim: Simulator, folder: Path, tmp_path: Path
) -> None:
    deployed = tmp_path / "deployed"
    deployed.mkdir()
    copy = {"content": "{{ certificate_id }}", "dest": f"{deployed}/{{{{ order_id }}}}", "mode": "0600"}
    play = {"name": "Deploy", "hosts": "localhost", "gather_facts": False}
    play["tasks"] = [{"name": "Deploy", "ansible.builtin.copy": copy}]
    (folder / "deploy_certificate.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    sim.account.edit(1, status="canceled")
    sim.account.edit(2, status="issued", certificate={"id": 77})
    rulebook = start("certops.certcentral.certificate_issued")
    rulebook.until((deployed / "2").exists, "deployment of order 2")
    rulebook.stop()
    assert {path.name: path.read_text(encoding="utf-8") for path in deployed.iterdir()} == {"2": "77"}


def test_sample_rulebook_reports_orders_that_ended(start: Start, sim: Simulator) -> None:
    posted: list[str] = []

    class Pager(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: t.Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pager) as pager:
        thread = threading.Thread(target=pager.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            for order_id, status in ((1, "issued"), (2, "rejected"), (3, "canceled")):
                sim.account.edit(order_id, status=status)
            address = f"http://127.0.0.1:{pager.server_address[1]}/"
            rulebook = start("certops.certcentral.order_ended", {"notify_url": address})
            rulebook.until(lambda: len(posted) >= 2, "messages about orders 2 and 3")
            rulebook.stop()
        finally:
            pager.shutdown()
            thread.join()
    assert sorted(posted) == ["CertCentral order 2 is now rejected", "CertCentral order 3 is now canceled"]
