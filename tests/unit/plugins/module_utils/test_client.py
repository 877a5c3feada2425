# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport: TLS, proxies, redirects, and bounds on what a reply may cost."""

from __future__ import annotations

import gzip
import socket
import threading
import tracemalloc
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.plugins.module_utils import _client
from ansible_collections.certops.certcentral.plugins.module_utils._client import (
    BASE_URLS,
    MAX_BODY,
    VERSION,
    Client,
    Patience,
    _BoundReader,
    base_url,
    check_ca,
)
from ansible_collections.certops.certcentral.plugins.module_utils._errors import (
    CertCentralError,
    RequestFailed,
    plain,
)
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import Clock

PATH = "/order/certificate/123"
ROOT = Path(__file__).parents[4]


def get(sim: Simulator, url: str | None = None, **options: t.Any) -> dict[str, t.Any]:
    return Client(url or sim.url, sim.key, **{"retry_timeout": 0, "timeout": 5.0, **options}).get(PATH)


def failure(sim: Simulator, url: str | None = None, **options: t.Any) -> RequestFailed:
    with pytest.raises(RequestFailed) as caught:
        get(sim, url, **options)
    return caught.value


def test_version_is_that_of_the_collection() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"] == VERSION


def test_base_urls() -> None:
    assert base_url("us", None) == "https://www.digicert.com/services/v2"
    assert base_url("eu", None) == "https://certcentral.digicert.eu/services/v2"
    assert (
        base_url("eu", "https://gateway.example.com:8443/digicert/v2/")
        == "https://gateway.example.com:8443/digicert/v2"
    )
    for url in (
        "http://localhost:1/x",
        "http://127.0.0.1",
        "http://127.255.3.4:80",
        "http://[::1]:8080",
        "HTTP://LOCALHOST/",
    ):
        assert base_url("us", url) == url.rstrip("/")
    assert set(BASE_URLS) == {"us", "eu"}


@pytest.mark.parametrize("path", ["/nowhere/ca.pem", "/tmp/a\0b", "/tmp/\udc80", __file__])
def test_a_bundle_that_cannot_be_used(path: str) -> None:
    with pytest.raises(CertCentralError, match="ca_path") as caught:
        check_ca(path)
    assert caught.value.reason == "invalid_option"


# TLS


@pytest.fixture(scope="module")
def tls() -> t.Iterator[Simulator]:
    with Simulator([{"id": 123, "status": "issued"}], tls=True) as simulator:
        yield simulator


def test_ca_path(tls: Simulator) -> None:
    assert get(tls, ca_path=tls.ca_file)["id"] == 123


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_path_and_validate_certs_hold_whatever_the_environment_says(
    tls: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    monkeypatch.setenv(variable, str(empty))
    assert get(tls, ca_path=tls.ca_file)["id"] == 123
    assert get(tls, validate_certs=False)["id"] == 123
    monkeypatch.setenv(variable, str(tls.ca_file))
    assert failure(tls).reason == "tls"


def test_certificate_of_an_unknown_ca(tls: Simulator, clock: Clock) -> None:
    tls.clear_log()
    error = failure(tls, retry_timeout=100)
    assert (error.reason, error.lost, clock.slept) == ("tls", False, [])
    assert "ca_path" in error.message
    assert get(tls, validate_certs=False)["id"] == 123
    assert len(tls.requests) == 1


@pytest.mark.parametrize("certificate", ["wrong_host", "untrusted"])
def test_certificate_that_is_not_accepted(certificate: str) -> None:
    with Simulator([{"id": 123, "status": "issued"}], tls=certificate) as sim:
        assert failure(sim, ca_path=sim.ca_file).reason == "tls"
        assert sim.requests == []


def test_tls_to_a_port_without(sim: Simulator) -> None:
    error = failure(sim, sim.url.replace("http://", "https://"))
    assert (error.reason, error.lost) == ("unavailable", False)


# Connecting


def test_closed_port(sim: Simulator) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = failure(sim, f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert (error.reason, error.lost, error.http_status) == ("unavailable", False, None)
    assert "refused" in error.message


def test_host_that_does_not_exist(sim: Simulator) -> None:
    assert failure(sim, "https://certcentral.invalid").reason == "unavailable"


def test_connecting_has_a_timeout(sim: Simulator) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        others = [socket.socket() for unused in range(3)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(address)
        error = failure(sim, f"http://127.0.0.1:{address[1]}", timeout=0.2)
        for other in others:
            other.close()
    assert (error.reason, error.lost) == ("unavailable", False)
    assert "took too long" in error.message


def test_connection_is_kept_alive(sim: Simulator) -> None:
    sim.seed([{"id": 123, "status": "issued"}])
    accepted = []
    client = Client(sim.url, sim.key)
    original = socket.socket.connect

    def connect(self: socket.socket, address: t.Any) -> None:
        accepted.append(address)
        original(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        for unused in range(5):
            client.get(PATH)
    assert len(accepted) == 1


# Proxies


def test_proxy_of_the_environment(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        proxy.settimeout(10)
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        # Never for loopback, by whatever name.
        sim.seed([{"id": 123, "status": "issued"}])
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        assert get(sim)["id"] == 123
        assert get(sim, sim.url.replace("127.0.0.1", "localhost"))["id"] == 123
        seen: list[bytes] = []

        def answer() -> None:
            connection, unused = proxy.accept()
            with connection:
                seen.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        error = failure(sim, "https://certcentral.invalid/services/v2")
        thread.join()
        assert seen[0].startswith(b"CONNECT certcentral.invalid:443 ") and sim.key.encode() not in seen[0]
        assert (error.reason, error.lost) == ("unavailable", False)
        assert "407" in error.message
        monkeypatch.setenv("no_proxy", "certcentral.invalid")
        assert failure(sim, "https://certcentral.invalid/services/v2").reason == "unavailable"


def test_malformed_proxy(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://user:hunter2hunter2@[::1:99999/")
    error = failure(sim, "https://certcentral.invalid/services/v2")
    assert error.reason in ("invalid_option", "unavailable") and "hunter2" not in error.message


def test_netrc_is_not_looked_at(sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    sim.seed([{"id": 123, "status": "issued"}])
    get(sim)
    assert "authorization" not in {name.lower() for name in sim.requests[0]["headers"]}


# Replies


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(sim: Simulator, status: int) -> None:
    with Simulator([{"id": 123, "status": "issued"}]) as elsewhere:
        sim.fault("status", status=status, location=elsewhere.url + PATH)
        assert failure(sim).reason == "unexpected_response"
        assert elsewhere.requests == [] and len(sim.requests) == 1


def test_gzip(sim: Simulator) -> None:
    sim.seed([{"id": 123, "status": "issued"}])
    sim.fault("gzip")
    assert get(sim)["id"] == 123


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("flood", {"size": 200_000_000}),
        ("flood", {"size": 200_000_000, "declared": False}),
        ("gzip", {"size": 200_000_000}),
    ],
)
def test_a_reply_is_read_up_to_a_bound(sim: Simulator, kind: str, params: dict[str, t.Any]) -> None:
    sim.seed([{"id": 123, "status": "issued"}])
    sim.fault(kind, **params)
    tracemalloc.start()
    error = failure(sim, timeout=60.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (error.reason, error.repeat) == ("unexpected_response", False)
    assert "32 MiB" in error.message
    # The simulator in this process holds some of it as well.
    assert peak < 3 * MAX_BODY


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": NaN}',
        b'{"id": Infinity}',
        b'{"id": 1e999}',
        b'{"id": ' + b"9" * 5000 + b"}",
        b"[" * 100000,
        b'{"a":' * 100000,
        b'{"id": "\xff\xfe"}',
        b"\xff\xfe\x00",
        b"",
        b"null",
    ],
)
def test_bodies_that_are_not_json_objects(sim: Simulator, body: bytes) -> None:
    sim.fault("raw", data=b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    error = failure(sim)
    assert (error.reason, error.http_status) == ("unexpected_response", 200)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ],
)
def test_replies_that_are_not_http(sim: Simulator, data: bytes) -> None:
    sim.fault("raw", data=data)
    error = failure(sim, timeout=1.0)
    assert error.reason in ("unavailable", "unexpected_response")


def test_a_coding_that_was_not_asked_for(sim: Simulator) -> None:
    sim.fault("status", status=200, headers={"Content-Encoding": "gzip, gzip"}, body="x")
    assert failure(sim).reason == "unexpected_response"


@pytest.mark.parametrize("part", ["headers", "body"])
def test_the_timeout_is_that_of_the_whole_reply(sim: Simulator, part: str) -> None:
    sim.seed([{"id": 123, "status": "issued"}])
    fault = sim.fault("drip", part=part, interval=0.02)
    error = failure(sim, timeout=0.3)
    assert (error.reason, error.repeat) == ("unavailable", True)
    assert "took too long" in error.message and fault.hits == 1


def test_a_slow_reply_within_the_timeout(sim: Simulator) -> None:
    sim.seed([{"id": 123, "status": "issued"}])
    sim.fault("drip", interval=0.005, size=100)
    assert get(sim, timeout=20.0)["id"] == 123


def test_counts(sim: Simulator, clock: Clock) -> None:
    sim.seed([{"id": 123, "status": "pending"}])
    client = Client(sim.url, sim.key)
    sim.fault("status", status=503)
    client.get(PATH)
    client.put(PATH + "/status", {"status": "canceled", "note": "x"}, Patience(client))
    assert (client.reads, client.writes) == (2, 1)
    assert client.waited == pytest.approx(sum(clock.slept))


def test_long_timeouts(sim: Simulator) -> None:
    sim.seed([{"id": 123, "status": "pending"}])
    assert get(sim, timeout=1e300)["id"] == 123


def test_plain_words() -> None:
    assert plain(" a\n\tb \x1b[31m\u202e ") == "a b ?[31m?"
    assert plain("x" * 1000) == "x" * 297 + "..."


def test_the_body_of_a_redirect_is_bound_as_well(sim: Simulator) -> None:
    body = gzip.compress(b" " * 400_000_000)
    header = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    sim.fault("raw", data=header + body)
    tracemalloc.start()
    error = failure(sim, timeout=60.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (error.reason, error.http_status) == ("unexpected_response", 302)
    assert peak < 3 * MAX_BODY


def test_a_length_beside_a_transfer_coding_says_nothing(sim: Simulator) -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 500\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    sim.fault("raw", data=data)
    assert get(sim) == {}


@pytest.mark.parametrize("retry_timeout", [10**30, 10**400])
def test_patience_without_end(sim: Simulator, clock: Clock, retry_timeout: int) -> None:
    sim.seed([{"id": 123, "status": "pending"}])
    sim.fault("status", status=503)
    assert get(sim, retry_timeout=retry_timeout)["id"] == 123


def test_a_reader_gives_each_read_the_time_that_is_left() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        reader = _BoundReader(ours)
        given = []
        for unused in range(3):
            theirs.send(b"x")
            reader.read(1)
            given.append(t.cast(float, ours.gettimeout()))
        reader.close()
    assert 5 >= given[0] > given[1] > given[2]


def test_a_reader_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_client, "MAX_BODY", 10)
    monkeypatch.setattr(_client, "MAX_HEADER", 10)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        reader = _BoundReader(ours)
        theirs.send(b"x" * 50)
        assert reader.read(10) == b"x" * 10
        with pytest.raises(OSError, match="header of the API"):
            reader.read(1)
        reader.header_ended = True
        assert reader.read(9) == b"x" * 9
        with pytest.raises(OSError, match="reply is longer"):
            reader.read(1)
        reader.close()
