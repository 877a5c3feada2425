"""Connections that do not open. Messages name the cause, and permanent failures are not tried again."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import socketserver
import ssl
import sys
import threading
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import trustme
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ansible_collections.certops.certcentral.plugins.module_utils._errors import RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http import transport
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.failures import explain_unconnected
from ansible_collections.certops.certcentral.plugins.module_utils._http.proxy import Proxy
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._http.transport import HttpTransport
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import KEY, Clock

HOST = "certcentral.invalid"
ELSEWHERE = f"https://{HOST}/services/v2"
PATH = "/order/certificate/123"
PASSWORD = "hunter2hunter2"
ORDER = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"id": 123}'
Answer = t.Callable[[socket.socket], None]


class Peer(socketserver.TCPServer):
    """A server on loopback that serves one connection after the other with the given function."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.accepted = 0
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self._answer = answer
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Peer:
        self._thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self.shutdown()
        self._thread.join(10)
        self.server_close()

    def finish_request(self, request: t.Any, client_address: t.Any) -> None:
        self.accepted += 1
        request.settimeout(10)
        with contextlib.suppress(OSError):
            self._answer(request)


def says(data: bytes) -> Answer:
    """Read a request, answer with these bytes, and close the connection."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return answer


def serves_tls(context: ssl.SSLContext) -> Answer:
    """Do the server's part of a TLS handshake, and answer with an order."""

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured:
            try:
                secured.do_handshake()
            except ssl.SSLError:
                # Otherwise the alert could be lost, because closing a connection with unread data resets it.
                secured.shutdown(socket.SHUT_WR)
                socket.socket.recv(secured, 65536)
                raise
            says(ORDER)(secured)

    return serve


def tunnels_to(peer: Peer) -> Answer:
    """Act as a proxy that connects to this peer for every request."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        host, port = peer.address.split(":")
        with socket.create_connection((host, int(port)), 10) as other:
            while True:
                for ready in select.select([connection, other], [], [], 10)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    (other if ready is connection else connection).sendall(data)

    return answer


def make_client(url: str = ELSEWHERE, retry_timeout: int = 240, **options: t.Any) -> Client:
    settings = Settings(url, KEY, **{"timeout": 5.0, **options})
    return Client(HttpTransport(settings), KEY, retry_timeout=retry_timeout)


def fail(url: str = ELSEWHERE, **options: t.Any) -> RequestError:
    """Return the failure of a GET; no request was sent."""
    clients = []

    def get() -> None:
        clients.append(make_client(url, **options))
        clients[0].get(PATH)

    with pytest.raises(RequestError) as caught:
        get()
    assert sum(client.reads for client in clients) == 0
    error = caught.value
    assert not error.outcome_unknown and PASSWORD not in error.message and error.message.isprintable()
    return error


Proxied = t.Callable[..., None]


class Authority(t.NamedTuple):
    """A CA: the file that a client should trust, and certificates that the CA issued."""

    ca: trustme.CA
    file: str

    def server(self, *names: str, **options: t.Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*names, **options).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(path))
    return Authority(ca, str(path))


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Proxied:
    """Return a function that names a proxy in the environment."""

    def use(address: str, scheme: str = "http://", variable: str = "https_proxy") -> None:
        monkeypatch.setenv(variable, f"{scheme}user:{PASSWORD}@{address}")

    return use


# Proxies


def test_requests_go_through_the_proxy_of_the_environment(authority: Authority, proxied: Proxied) -> None:
    with Peer(serves_tls(authority.server(HOST))) as api, Peer(tunnels_to(api)) as proxy:
        proxied(proxy.address)
        assert make_client(ca_path=authority.file).get(PATH) == {"id": 123}
        assert (proxy.accepted, api.accepted) == (1, 1)


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_unreachable_proxy_is_named_by_its_variable(clock: Clock, proxied: Proxied, variable: str) -> None:
    """Regression: according to the message, the API could not be reached."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxied(f"127.0.0.1:{unused.getsockname()[1]}", variable=variable)
        error = fail()
    assert error.reason == "unavailable" and error.repeat and "240 s of retry_timeout are used up" in error.message
    assert f"the proxy in {variable} cannot be reached" in error.message and "refused" in error.message


@pytest.mark.parametrize(
    ("status", "reason", "repeat"),
    [
        ("407 Proxy Authentication Required", "invalid_option", False),
        ("403 Forbidden", "blocked", False),
        ("405 Method Not Allowed", "blocked", False),
        ("502 Bad Gateway", "unavailable", True),
    ],
)
def test_proxy_that_refuses_is_named(clock: Clock, proxied: Proxied, status: str, reason: str, repeat: bool) -> None:
    received = []

    def answer(connection: socket.socket) -> None:
        received.append(connection.recv(65536))
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    with Peer(answer) as proxy:
        proxied(proxy.address)
        error = fail()
    assert received[0].startswith(b"CONNECT certcentral.invalid:443 ") and KEY.encode() not in received[0]
    assert (error.reason, error.repeat) == (reason, repeat)
    assert status[:3] in error.message and "https_proxy" in error.message
    assert bool(clock.slept) is repeat and (len(received) > 1) is repeat


@pytest.mark.parametrize(
    ("scheme", "answer"),
    [
        ("https://", says(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
        ("http://", says(b"SSH-2.0-OpenSSH_9.2\r\n")),
        ("http://", says(b"\x15\x03\x01\x00\x02\x02\x46")),
        ("http://", says(b"X" * 100_000)),
        ("http://", says(b"")),
        ("http://", lambda connection: None),
    ],
)
def test_proxy_of_another_protocol_is_not_tried_again(
    clock: Clock, proxied: Proxied, scheme: str, answer: Answer
) -> None:
    with Peer(answer) as proxy:
        proxied(proxy.address, scheme)
        error = fail()
    assert (error.reason, error.repeat, proxy.accepted, clock.slept) == ("invalid_option", False, 1, [])
    assert "the proxy in https_proxy does not speak" in error.message and "https_proxy" in error.advice


@pytest.mark.parametrize(
    ("scheme", "reason", "words"),
    [
        ("http://", "invalid_option", "the proxy in https_proxy does not speak"),
        # Its certificate does not count as that of the API.
        ("https://", "tls", "certificate of the proxy in https_proxy was not accepted"),
    ],
)
def test_proxy_that_expects_tls_is_not_tried_again(
    clock: Clock, proxied: Proxied, authority: Authority, scheme: str, reason: str, words: str
) -> None:
    with Peer(serves_tls(authority.server("127.0.0.1"))) as proxy:
        proxied(proxy.address, scheme)
        error = fail()
    assert (error.reason, proxy.accepted, clock.slept) == (reason, 1, []) and words in error.message


def test_proxy_that_worked_before_is_tried_again(clock: Clock, authority: Authority, proxied: Proxied) -> None:
    with Peer(serves_tls(authority.server(HOST))) as api:
        through = tunnels_to(api)

        def answer(connection: socket.socket) -> None:
            if proxy.accepted != 2:
                through(connection)

        with Peer(answer) as proxy:
            proxied(proxy.address)
            client = make_client(ca_path=authority.file)
            assert client.get(PATH) == client.get(PATH) == {"id": 123}
            assert (proxy.accepted, api.accepted, len(clock.slept)) == (3, 2, 1)


def test_certificate_behind_a_proxy_is_that_of_the_api(clock: Clock, authority: Authority, proxied: Proxied) -> None:
    with Peer(serves_tls(authority.server(HOST))) as api, Peer(tunnels_to(api)) as proxy:
        proxied(proxy.address)
        error = fail()
    assert error.reason == "tls" and "certificate of the API was not accepted" in error.message
    # A proxy that inspects TLS has a CA of its own.
    assert "set ca_path" in error.advice and "https_proxy" in error.advice


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        *[
            (f"{scheme}://{{}}@127.0.0.1:1080", "PySocks is missing: install PySocks")
            for scheme in ("socks5h", "SOCKS4")
        ],
        *[(f"{scheme}://{{}}@127.0.0.1:21", "not the URL of a proxy") for scheme in ("socks6", "ftp")],
        *[
            (url, "not the URL of a proxy")
            for url in ("http://{}@[::1:99999/", "http://{}@:3128", "http://{}@a..b[:3128", "{}@127.0.0.1:99999")
        ],
    ],
)
def test_proxy_that_cannot_be_used_is_refused(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, proxy: str, words: str
) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.setenv("https_proxy", proxy.format(f"user:{PASSWORD}"))
    error = fail()
    assert (error.reason, clock.slept) == ("invalid_option", [])
    assert words in error.message and error.message.startswith("https_proxy ")


@pytest.mark.parametrize(
    ("inner", "works", "reason", "words"),
    [
        ("SOCKS5Error: 0x05: Connection refused", False, "unavailable", "could not connect to the API"),
        ("SOCKS5AuthError: SOCKS5 authentication failed", True, "invalid_option", "asks for credentials"),
        ("GeneralProxyError: SOCKS5 proxy server sent invalid data", True, "invalid_option", "protocol socks5"),
        ("GeneralProxyError: Connection closed unexpectedly", False, "invalid_option", "protocol socks5"),
        ("GeneralProxyError: Connection closed unexpectedly", True, "unavailable", "cannot be reached"),
    ],
)
def test_errors_of_pysocks_have_a_reason(inner: str, works: bool, reason: str, words: str) -> None:
    name, said = inner.split(": ", 1)
    # PySocks wraps each of its errors in a GeneralProxyError, and urllib3 that in one of its own.
    outer = type("GeneralProxyError", (OSError,), {})(said)
    outer.__context__ = type(name, (OSError,), {})(said)
    proxy = Proxy("socks5://127.0.0.1", "https_proxy", "socks5")
    error = explain_unconnected(outer, proxy=proxy, at_proxy=True, proxy_works=works)
    assert (error.reason, error.repeat) == (reason, reason == "unavailable")
    assert words in error.message and said in error.message and "https_proxy" in error.message


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_requests_to_loopback_do_not_use_a_proxy(sim: Simulator, proxied: Proxied, variable: str, host: str) -> None:
    sim.seed([{"id": 123, "status": "issued"}])
    with Peer(says(b"")) as proxy:
        proxied(proxy.address, variable=variable)
        settings = Settings(sim.url.replace("127.0.0.1", host), sim.key)
        assert Client(HttpTransport(settings), sim.key).get(PATH)["id"] == 123
        assert proxy.accepted == 0


def test_message_about_a_407_of_the_api_does_not_name_proxies(sim: Simulator) -> None:
    """Regression: the message gave advice about proxies for loopback, which has none. This ended a rulebook."""
    sim.fault("status", status=407, body="<html>Proxy Authentication Required</html>")
    with pytest.raises(RequestError) as caught:
        make_client(sim.url).get(PATH)
    assert caught.value.reason == "rejected_by_api" and "proxy" not in caught.value.message.lower()


# TLS


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_path_and_validate_certs_win_over_the_environment(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    with Peer(serves_tls(authority.server("127.0.0.1"))) as api:
        url = f"https://{api.address}"
        monkeypatch.setenv(variable, str(empty))
        assert make_client(url, ca_path=authority.file).get(PATH)["id"] == 123
        assert make_client(url, validate_certs=False).get(PATH)["id"] == 123
        monkeypatch.setenv(variable, authority.file)
        assert fail(url).reason == "tls"


def test_ca_bundle_is_that_of_requests_with_and_without_certifi(monkeypatch: pytest.MonkeyPatch) -> None:
    assert transport._find_ca_bundle() == DEFAULT_CA_BUNDLE_PATH
    monkeypatch.setitem(sys.modules, "certifi", None)
    assert transport._find_ca_bundle() == DEFAULT_CA_BUNDLE_PATH


PAST = datetime.now(timezone.utc) - timedelta(days=1)
FUTURE = datetime.now(timezone.utc) + timedelta(days=9)


@pytest.mark.parametrize(
    ("name", "dates", "given", "said", "advice"),
    [
        ("127.0.0.1", {}, False, "(self.signed certificate|issuer certificate)", "set ca_path"),
        ("127.0.0.1", {}, True, "(self.signed certificate|issuer certificate)", "check that ca_path contains"),
        ("other.example.com", {}, True, "(?i)(mismatch|doesn't match|not valid for)", "check the host name in api_url"),
        ("127.0.0.1", {"not_after": PAST}, True, "expired", "check the clock"),
        ("127.0.0.1", {"not_before": FUTURE}, True, "not yet valid", "check the clock"),
    ],
)
def test_advice_fits_what_is_wrong_with_a_certificate(
    clock: Clock, authority: Authority, name: str, dates: dict[str, t.Any], given: bool, said: str, advice: str
) -> None:
    # For the second row, a certificate of another CA.
    unknown = "ca_path" in advice
    signed_by = authority._replace(ca=trustme.CA()) if unknown else authority
    with Peer(serves_tls(signed_by.server(name, **dates))) as api:
        error = fail(f"https://{api.address}", ca_path=authority.file if given else None)
    assert (error.reason, error.repeat, api.accepted, clock.slept) == ("tls", False, 1, [])
    assert "certificate of the API was not accepted" in error.message and advice in error.advice
    assert unknown or "ca_path" not in error.message
    assert re.search(said, error.message), error.message


def only_with_tls_1(context: ssl.SSLContext) -> None:
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")


def only_with_a_certificate(context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("configure", "words"),
    [(only_with_tls_1, "no TLS connection to the API can be made"), (only_with_a_certificate, "certificate required")],
)
def test_handshake_that_the_api_refuses_is_not_tried_again(
    clock: Clock, authority: Authority, configure: t.Callable[[ssl.SSLContext], None], words: str
) -> None:
    context = authority.server("127.0.0.1")
    configure(context)
    with Peer(serves_tls(context)) as api:
        with pytest.raises(RequestError) as caught:
            make_client(f"https://{api.address}", ca_path=authority.file).get(PATH)
        assert (caught.value.reason, caught.value.repeat, api.accepted, clock.slept) == ("tls", False, 1, [])
    assert words in caught.value.message and "ca_path" not in caught.value.message


def test_plain_http_behind_https_is_not_tried_again(clock: Clock, sim: Simulator) -> None:
    error = fail(sim.url.replace("http://", "https://"))
    assert (error.reason, error.repeat, clock.slept) == ("tls", False, [])
    assert "the API does not speak TLS" in error.message and "api_url" in error.advice


@pytest.mark.parametrize("answer", [says(b""), lambda connection: None])
def test_handshake_that_was_cut_off_is_tried_again(clock: Clock, answer: Answer) -> None:
    with Peer(answer) as api:
        error = fail(f"https://{api.address}", retry_timeout=5)
    assert (error.reason, error.repeat) == ("unavailable", True) and api.accepted > 1


@pytest.mark.parametrize(
    "error",
    [
        ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:1129)"),
        ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed (EOF)"),
        ssl.SSLError(1, "[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error"),
    ],
)
def test_fault_of_tls_that_may_pass_is_tried_again(error: ssl.SSLError) -> None:
    failure = explain_unconnected(error)
    assert (failure.reason, failure.repeat) == ("unavailable", True)
