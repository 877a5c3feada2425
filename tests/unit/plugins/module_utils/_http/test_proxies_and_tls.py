"""Connections that do not open. Messages name the cause, and permanent failures are not tried again."""

from __future__ import annotations

import contextlib
import hashlib
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
from cryptography import x509
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ansible_collections.certops.certcentral.plugins.module_utils._errors import RequestError
from ansible_collections.certops.certcentral.plugins.module_utils._http import transport
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.connections import make_context
from ansible_collections.certops.certcentral.plugins.module_utils._http.failures import explain_unconnected
from ansible_collections.certops.certcentral.plugins.module_utils._http.proxy import Proxy
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._http.transport import HttpTransport
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.unit.support import KEY, Clock, spread

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
        self.received: list[bytes] = []
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
        request.settimeout(10)
        with contextlib.suppress(OSError):
            self.received.append(request.recv(65536, socket.MSG_PEEK))
            self._answer(request)

    @property
    def accepted(self) -> int:
        return len(self.received)


def says(data: bytes) -> Answer:
    """Read a request, answer with these bytes, and close the connection."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return answer


def serves_tls(context: ssl.SSLContext, data: bytes = ORDER) -> Answer:
    """Do the server's part of a TLS handshake, and answer with these bytes."""

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured:
            try:
                secured.do_handshake()
            except ssl.SSLError:
                # Otherwise the alert could be lost, because closing a connection with unread data resets it.
                secured.shutdown(socket.SHUT_WR)
                socket.socket.recv(secured, 65536)
                raise
            says(data)(secured)

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
    return Client(HttpTransport(Settings(url, KEY, **{"timeout": 5.0, **options})), KEY, retry_timeout=retry_timeout)


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


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_unreachable_proxy_is_named_by_its_variable(clock: Clock, proxied: Proxied, variable: str) -> None:
    """Regression: according to the message, the API could not be reached."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxied(f"127.0.0.1:{unused.getsockname()[1]}", variable=variable)
        error = fail()
    assert error.reason == "unavailable" and error.repeat and "240 s of retry_timeout are used up" in error.message
    assert f"the proxy in {variable} cannot be reached" in error.message and "refused" in error.message


def refuses(status: str) -> Answer:
    return says(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())


SPEAKS_NOT = "the proxy in https_proxy does not speak"


@pytest.mark.parametrize(
    ("scheme", "answer", "reason", "words"),
    [
        ("http", refuses("407 Proxy Authentication Required"), "invalid_option", "407"),
        *(("http", refuses(status), "blocked", status[:3]) for status in ("403 Forbidden", "405 Method Not Allowed")),
        ("http", refuses("502 Bad Gateway"), "unavailable", "502"),
        ("https", says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "invalid_option", SPEAKS_NOT),
        *(
            ("http", says(data), "invalid_option", SPEAKS_NOT)
            for data in (b"SSH-2.0-OpenSSH_9.2\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b"X" * 100_000, b"")
        ),
        ("http", lambda connection: None, "invalid_option", SPEAKS_NOT),
        ("http", None, "invalid_option", SPEAKS_NOT),
        # Its certificate does not count as that of the API.
        ("https", None, "tls", "certificate of the proxy in https_proxy was not accepted"),
    ],
)
def test_proxy_that_refuses_is_named_and_tried_again_only_if_that_can_help(
    clock: Clock, proxied: Proxied, authority: Authority, scheme: str, answer: Answer | None, reason: str, words: str
) -> None:
    # Without an answer of its own, the proxy expects TLS.
    with Peer(answer or serves_tls(authority.server("127.0.0.1"))) as proxy:
        proxied(proxy.address, f"{scheme}://")
        error = fail()
    repeat = reason == "unavailable"
    assert (error.reason, error.repeat, bool(clock.slept), proxy.accepted > 1) == (reason, *[repeat] * 3)
    assert words in error.message and "https_proxy" in (error.advice if words == SPEAKS_NOT else error.message)
    assert scheme == "https" or proxy.received[0].startswith(b"CONNECT certcentral.invalid:443 ")
    assert KEY.encode() not in proxy.received[0]


def test_proxy_that_worked_before_is_tried_again(clock: Clock, authority: Authority, proxied: Proxied) -> None:
    # The client would notice the end of a connection that was not announced before or after its next request.
    announced = ORDER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with Peer(serves_tls(authority.server(HOST), announced)) as api:
        through = tunnels_to(api)
        with Peer(lambda connection: None if proxy.accepted == 2 else through(connection)) as proxy:
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


@pytest.mark.parametrize("line", [f"no header {KEY}", f" {KEY}: x", f"X: y\x0b{KEY}"])
def test_header_that_is_malformed_is_not_logged(
    authority: Authority,
    proxied: Proxied,
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
    line: str,
) -> None:
    """Regression: urllib3 logged lines that it could not parse, so that ansible-rulebook showed a key in them."""
    caplog.set_level("DEBUG")
    data = f"HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    with Peer(serves_tls(authority.server(HOST), data)) as api, Peer(tunnels_to(api)) as proxy:
        proxied(proxy.address)
        assert make_client(ca_path=authority.file).get(PATH) == {}
    assert caplog.records != [] and KEY not in caplog.text
    assert KEY not in str([warning.message for warning in recwarn])


BAD_PROXIES = {
    "PySocks is missing: install PySocks": [f"{scheme}://{{}}@127.0.0.1:1080" for scheme in ("socks5h", "SOCKS4")],
    "not the URL of a proxy": [
        *("socks6://{}@127.0.0.1:21", "ftp://{}@127.0.0.1:21", "http://{}@[::1:99999/", "http://{}@:3128"),
        *("http://{}@a..b[:3128", "{}@127.0.0.1:99999"),
    ],
}


@pytest.mark.parametrize(("proxy", "words"), spread(BAD_PROXIES))
def test_useless_proxy_is_refused(clock: Clock, monkeypatch: pytest.MonkeyPatch, proxy: str, words: str) -> None:
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
def test_requests_to_loopback_do_not_use_a_proxy(sim: Simulator, proxied: Proxied, variable: str) -> None:
    sim.seed([{"id": 123, "status": "issued"}])
    with Peer(says(b"")) as proxy:
        proxied(proxy.address, variable=variable)
        for host in ("127.0.0.1", "localhost"):
            settings = Settings(sim.url.replace("127.0.0.1", host), sim.key)
            assert Client(HttpTransport(settings), sim.key).get(PATH)["id"] == 123
        assert proxy.accepted == 0


def test_ca_bundle_is_that_of_requests_with_and_without_certifi(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(ELSEWHERE, KEY)
    assert transport.find_ca(settings) == DEFAULT_CA_BUNDLE_PATH
    monkeypatch.setitem(sys.modules, "certifi", None)
    assert transport.find_ca(settings) == DEFAULT_CA_BUNDLE_PATH


def test_ca_path_may_be_a_directory(clock: Clock, authority: Authority, tmp_path: Path) -> None:
    subject = x509.load_pem_x509_certificate(Path(authority.file).read_bytes()).subject
    name = x509.Name([x509.NameAttribute(part.oid, part.value.lower()) for part in subject]).public_bytes()
    # OpenSSL hashes a name in lower case, without the header of its sequence.
    hashed = hashlib.sha1(name[2:], usedforsecurity=False).digest()[3::-1].hex()
    (tmp_path / f"{hashed}.0").symlink_to(authority.file)
    with Peer(serves_tls(authority.server("127.0.0.1"))) as api:
        assert make_client(f"https://{api.address}", ca_path=str(tmp_path)).get(PATH) == {"id": 123}


def test_bundle_that_has_gone_is_named_when_it_is_used() -> None:
    """Regression: the module reported a bug of its own."""
    assert "No such file" in fail("https://127.0.0.1:1", ca_path="/nowhere/ca.pem", retry_timeout=0).message


def test_data_that_tls_has_read_ahead_is_not_the_response_to_the_next_request(authority: Authority) -> None:
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 4096\r\nX: %s\r\n\r\n{"id": 123}'
    # http.client reads 8192 bytes at once.
    first = head % (b"x" * (4096 + 13 - len(head))) + b" " * (4096 - 11)

    def serve(connection: socket.socket) -> None:
        with authority.server("127.0.0.1").wrap_socket(connection, server_side=True) as secured:
            while secured.recv(65536):
                secured.sendall(first + ORDER.replace(b"123", b"666"))

    with Peer(serve) as api:
        client = make_client(f"https://{api.address}", ca_path=authority.file)
        assert len(first) == 8192 and client.get(PATH) == client.get(PATH) == {"id": 123}
        client.close()


def test_tls_is_recent_and_names_are_compared_with_those_that_certificates_are_for() -> None:
    context = make_context(None)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2 and context.hostname_checks_common_name is False


PAST = datetime.now(timezone.utc) - timedelta(days=1)
FUTURE = datetime.now(timezone.utc) + timedelta(days=9)


@pytest.mark.parametrize(
    ("name", "dates", "given", "said", "advice"),
    [
        *(
            ("127.0.0.1", {}, bool(given), "(self.signed certificate|issuer certificate)", advice)
            for given, advice in enumerate(("set ca_path", "check that ca_path contains"))
        ),
        ("other.example.com", {}, True, "(?i:mismatch|doesn't match|not valid for)", "check the host name in api_url"),
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
        assert make_client(f"https://{api.address}", validate_certs=False).get(PATH) == {"id": 123}
    assert re.search(f"certificate of the API was not accepted.*{said}", error.message) and advice in error.advice
    assert unknown or "ca_path" not in error.message


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "verify_mode", "words"),
    [
        (ssl.TLSVersion.TLSv1, ssl.CERT_NONE, "no TLS connection to the API can be made"),
        (ssl.TLSVersion.TLSv1_3, ssl.CERT_REQUIRED, "certificate required"),
    ],
)
def test_handshake_that_the_api_refuses_is_not_tried_again(
    clock: Clock, authority: Authority, version: ssl.TLSVersion, verify_mode: ssl.VerifyMode, words: str
) -> None:
    context = authority.server("127.0.0.1")
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.verify_mode = verify_mode
    with Peer(serves_tls(context)) as api, pytest.raises(RequestError) as caught:
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


TLS_FAULTS = [
    ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:1129)"),
    ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed (EOF)"),
    ssl.SSLError(1, "[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error"),
]


@pytest.mark.parametrize("error", TLS_FAULTS)
def test_fault_of_tls_that_may_pass_is_tried_again(error: ssl.SSLError) -> None:
    failure = explain_unconnected(error)
    assert (failure.reason, failure.repeat) == ("unavailable", True)
