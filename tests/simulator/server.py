"""The simulator on a port of 127.0.0.1: Werkzeug's threaded server with keep-alive, and full control over each response."""

from __future__ import annotations

import contextlib
import io
import os
import selectors
import socket
import ssl
import struct
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import trustme
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from .app import BASE, CONTROL, HEADERS, WRITER, create_app
from .state import State

HOST = "127.0.0.1"


class Connection:
    """A client's connection in the form that writers need (see ``responses.py``)."""

    def __init__(self, sock: socket.socket, stopping: threading.Event) -> None:
        self._sock = sock
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def wait(self, seconds: float | None) -> bool:
        """Wait for the given time, or without end if None. Return True if the client disconnects or the simulator stops."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            # A client that waits for a response sends nothing, so any event means that the connection ended.
            return bool(selector.select(seconds)) or self._stopping.is_set()

    def reset(self) -> None:
        """Close the connection with a TCP reset, instead of shutting it down in order."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self._sock.detach())


class Handler(WSGIRequestHandler):
    """A connection that stays open between requests. Each response is written at once."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Serve until the client disconnects. Broken connections and TLS errors are expected and ignored."""
        with contextlib.suppress(OSError):
            super().handle()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write nothing, because ``State.requests`` is the log."""

    def run_wsgi(self) -> None:
        """Respond to one request. Werkzeug's own method closes the connection each time."""
        environ = self.make_environ()
        length = self.headers.get("Content-Length", "0")
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(length)) if length.isdecimal() else b"")
        environ[HEADERS] = dict(self.headers.items())
        started: list[Any] = []
        body = b"".join(self.server.app(environ, lambda *head: started.extend(head)))  # type: ignore[arg-type]
        headers = [*started[1], ("Date", self.date_time_string())]
        if self.close_connection:
            headers.append(("Connection", "close"))
        lines = [f"HTTP/1.1 {started[0]}", *(f"{name}: {value}" for name, value in headers), "", ""]
        head = "\r\n".join(lines).encode("latin-1")
        writer = environ.get(WRITER)
        if writer is None:
            self.connection.sendall(head + body)
        elif not writer(Connection(self.connection, self.server.state.stopping), head, body):
            self.close_connection = True


class Server(ThreadedWSGIServer):
    """Werkzeug's threaded server, with a list of its connections, so that it can close all of them at its end."""

    def __init__(self, port: int, state: State, context: ssl.SSLContext | None) -> None:
        super().__init__(HOST, port, create_app(state), handler=Handler, ssl_context=context)
        self.state = state
        self._open: dict[threading.Thread, socket.socket] = {}
        if isinstance(self.socket, ssl.SSLSocket):
            # Each connection's own thread does the handshake, so that a silent client cannot block other clients.
            self.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        still_open = {thread: sock for thread, sock in self._open.items() if thread.is_alive()}
        self._open = {**still_open, thread: request}
        thread.start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Record an error of the simulator itself."""
        self.state.errors.append(repr(sys.exc_info()[1]))

    def close_all(self) -> None:
        """Break every connection and wait for its thread."""
        held = self._open
        for sock in held.values():
            with contextlib.suppress(OSError, ValueError):
                # SSLSocket.shutdown would remove the TLS state while the thread of the connection still uses it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        for thread in held:
            thread.join(5)


class Simulator(State):
    """A simulated CertCentral account on a loopback port, for use in a ``with`` block.

    :param tls: whether to serve https with a certificate of the simulator's own CA (``ca_file``)
    :param account: the other arguments of ``State``
    """

    def __init__(
        self, orders: Sequence[Mapping[str, Any]] = (), *, tls: bool = False, port: int = 0, **account: Any
    ) -> None:
        super().__init__(orders, **account)
        self.port = port
        self.tls = tls
        # The base URLs of the API and of the control routes, set when the port is known.
        self.url = self.control_url = ""
        self.ca_file: str | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> Simulator:
        """Start to listen in a thread. When this method returns, the port is open."""
        self.stopping.clear()
        context = None
        if self.tls:
            self._directory = tempfile.TemporaryDirectory(prefix="certcentral-simulator-")
            self.ca_file = str(Path(self._directory.name, "ca.pem"))
            authority = trustme.CA()
            authority.cert_pem.write_to_path(self.ca_file)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(HOST, "localhost").configure_cert(context)
        self._server = Server(self.port, self, context)
        self.port = self._server.port
        origin = f"{'https' if self.tls else 'http'}://{HOST}:{self.port}"
        self.url, self.control_url = origin + BASE, origin + CONTROL
        # The interval limits the time that stopping takes. It does not delay responses.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def end_connections(self) -> None:
        """Break every connection and wait for its thread, so that no earlier request reaches the next account."""
        if self._server is not None:
            self._server.close_all()

    def stop(self) -> None:
        """Break every connection and close the port. This does nothing if the simulator is not running."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        self.stopping.set()
        server.shutdown()
        self._thread.join()
        server.close_all()
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(self, *unused: object) -> None:
        self.stop()
