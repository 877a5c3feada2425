"""The transport over real connections on loopback: TLS, proxies, redirects, and limits of responses."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.plugins.module_utils._errors import Interrupted, RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http import transport
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.connections import MIB
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._http.transport import (
    VERSION,
    HttpTransport,
    NotConnected,
)
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.accounts import headers

PATH = "/order/certificate/123"
ROOT = Path(__file__).parents[5]


@pytest.fixture
def server(sim: Simulator) -> Simulator:
    """Return a simulator that has the order."""
    sim.seed([{"id": 123, "status": "issued"}])
    return sim


def make_client(sim: Simulator, url: str | None = None, retry_timeout: int = 0, **options: t.Any) -> Client:
    settings = Settings(url or sim.url, sim.key, **{"timeout": 5.0, **options})
    return Client(HttpTransport(settings), sim.key, retry_timeout=retry_timeout)


def failure(sim: Simulator, url: str | None = None, **options: t.Any) -> RequestError:
    client = make_client(sim, url, **options)
    with pytest.raises(RequestError) as caught:
        client.get(PATH)
    return caught.value


def test_version_is_that_of_the_collection() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"] == VERSION


def test_connecting_has_a_timeout_and_nothing_is_sent_without_a_connection(sim: Simulator) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as others:
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        for unused in range(3):
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        error = failure(sim, url, timeout=0.2)
    assert "longer than timeout" in error.message and not error.timed_out
    closed = failure(sim, url)
    assert "refused" in closed.message
    assert [(e.reason, e.outcome_unknown, e.http_status) for e in (error, closed)] == [("unavailable", False, None)] * 2


def on_connect(monkeypatch: pytest.MonkeyPatch, call: t.Callable[[], None]) -> None:
    original = socket.socket.connect

    def connect(self: socket.socket, address: t.Any) -> None:
        original(self, address)
        call()

    monkeypatch.setattr(socket.socket, "connect", connect)


def test_nothing_is_sent_after_a_stop_while_connecting(server: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: a request was sent as soon as its connection opened, up to timeout after the task was stopped."""
    client = make_client(server)
    on_connect(monkeypatch, lambda: setattr(client, "interrupted", True))
    with pytest.raises(Interrupted):
        client.get(PATH)
    assert server.requests == [] and client.reads == 0


@pytest.mark.parametrize("threads", [1, 8])
def test_connections_are_used_again(server: Simulator, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    client = make_client(server)
    connections: list[str] = []
    on_connect(monkeypatch, lambda: connections.append(PATH))
    with ThreadPoolExecutor(threads) as pool:
        assert {order["id"] for order in pool.map(client.get, [PATH] * 50)} == {123}
    assert 1 <= len(connections) <= threads


def test_connection_that_the_server_has_closed_is_not_used_again(server: Simulator) -> None:
    transport = HttpTransport(Settings(server.url, server.key, timeout=5.0))
    # A change is sent only once, so it must not be lost on such a connection.
    for method, path, body in (("GET", PATH, None), ("PUT", f"{PATH}/status", b'{"status": "renewed"}')) * 2:
        assert transport.send(method, path, (), body, {"Content-Type": "application/json"}).status in (200, 400)
        server.end_connections()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://[2001:db8::5:443]/services/v2", ("2001:db8::5:443", 443)),
        ("https://[fe80::1%25eth0]:8443", ("fe80::1%eth0", 8443)),
        ("http://[::1]", ("::1", 80)),
    ],
)
def test_address_is_not_taken_for_a_port(monkeypatch: pytest.MonkeyPatch, url: str, address: tuple[str, int]) -> None:
    """Regression: http.client took the last group of an IPv6 address for a port, and would have sent the key to another host."""
    addresses: list[t.Any] = []
    monkeypatch.setattr(socket, "create_connection", lambda address, *unused, **more: addresses.append(address))
    with pytest.raises(NotConnected):
        HttpTransport(Settings(url, "A" * 64)).send("GET", PATH, (), None, {})
    assert addresses == [address]


def test_refusal_that_comes_before_the_request_was_read_is_received() -> None:
    closed = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            connection = server.accept()[0]
            connection.sendall(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
            connection.close()
            closed.set()

        thread = threading.Thread(target=refuse)
        thread.start()
        transport = HttpTransport(Settings(f"http://127.0.0.1:{server.getsockname()[1]}", "A" * 64))
        assert transport.send("PUT", PATH, (), b"{}", {}, lambda: closed.wait(10)).status == 429
        thread.join()


@pytest.mark.parametrize("fault", [{"kind": "drip", "interval": 0.02}, {"kind": "hang", "seconds": 0.4}])
def test_response_that_came_too_late_is_not_taken_for_another(server: Simulator, fault: dict[str, t.Any]) -> None:
    client = make_client(server, timeout=0.3)
    server.fault(**fault)
    with pytest.raises(RequestError):
        client.get(PATH)
    server.seed([{"id": 124, "status": "issued"}])
    assert client.get("/order/certificate/124")["id"] == 124


def test_only_documented_headers_are_sent(server: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither the passwords of .netrc nor cookies are sent.
    (tmp_path / "netrc").write_text("default login somebody password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client = make_client(server)
    server.fault("status", status=200, body={"id": 123, "status": "x"}, headers={"Set-Cookie": "a=b; path=/"})
    for number in range(2):
        client.get(PATH)
        sent = headers(server.requests[number])
        assert sent["x-dc-devkey"] == server.key and sent["user-agent"] == f"certops.certcentral/{VERSION}"
        assert (sent["accept"], sent["accept-encoding"]) == ("application/json", "gzip")
        assert not {"authorization", "cookie", "content-type"} & sent.keys()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(sim: Simulator, status: int) -> None:
    with Simulator([{"id": 123, "status": "issued"}]) as elsewhere:
        sim.fault("status", status=status, location=elsewhere.url + PATH)
        assert failure(sim).reason == "unexpected_response"
        assert elsewhere.requests == [] and len(sim.requests) == 1


def test_message_names_the_limit_of_a_response(server: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    # test_hostile.py has the real limit.
    monkeypatch.setattr(transport, "MAX_BODY", MIB)
    server.fault("raw", data=b"HTTP/1.1 200 OK\r\n\r\n", chunk=b"x" * MIB, chunk_count=2)
    assert "the API's response is longer than 1 MiB" in failure(server).message


@pytest.mark.parametrize("part", ["headers", "body"])
def test_timeout_applies_to_the_whole_response(server: Simulator, part: str) -> None:
    fault = server.fault("drip", part=part, interval=0.02)
    error = failure(server, timeout=0.3)
    assert (error.reason, error.repeat) == ("unavailable", True)
    assert "within timeout" in error.message and error.timed_out and fault.hits == 1


@pytest.mark.parametrize("timeout", [20.0, 1e300])
def test_slow_response_within_the_timeout_is_read(server: Simulator, timeout: float) -> None:
    server.fault("drip", interval=0.005, size=100)
    assert make_client(server, timeout=timeout).get(PATH)["id"] == 123
