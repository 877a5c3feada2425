# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections without a proxy, and responses with limits for the time and the size of each.

They use http.client, because importing requests or urllib3 takes a large part of a task.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import select
import socket
import ssl
import time
import typing as t
from functools import cache, partial
from urllib.parse import urlsplit

# Limits per response. docs/bounds.md explains them to users.
MIB = 1024 * 1024
# Bytes in the body of a successful response to a GET request. The largest page of a list (1000 rows) has about 4 MB.
MAX_BODY = 32 * MIB
# Bytes in any other body, which contains a few errors or a CDN's page. The limit is low because a long task keeps many errors.
MAX_ERROR_BODY = MIB
# Bytes in a header, including all interim responses (1xx) before it.
MAX_HEADER = MIB


class BadResponse(OSError):
    """The failure to read a response that is unlike any response of the API."""


class _BoundReader(io.RawIOBase):
    """A reader of one response from a socket, with a limit for the whole time and for the size.

    The socket's timeout counts from now until the end of the response, so a slow response does not extend it.
    """

    # Whether the whole header has arrived, including the empty line after it.
    header_ended = False

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", 0)
        self._end = time.monotonic() + (sock.gettimeout() or 0.0)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(left)
        size = self._raw.readinto(buffer) or 0
        self._size += size
        if self._size and not size and not self.header_ended:
            # http.client accepts a header that was cut short.
            raise http.client.RemoteDisconnected("the response was cut short in its header")
        part, limit = ("", MAX_HEADER + MAX_BODY) if self.header_ended else ("the header of ", MAX_HEADER)
        if self._size > limit:
            raise BadResponse(f"{part}the API's response is longer than {limit // MIB} MiB")
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class BoundResponse(http.client.HTTPResponse):
    """A response whose header and body share one timeout. http.client applies the timeout to each read separately."""

    def __init__(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self._bound = _BoundReader(sock)
        self.fp = io.BufferedReader(self._bound)

    def _read_status(self) -> tuple[str, int, str]:
        """Return the final status, after all interim responses.

        http.client skips only 100. It would take the final response for the response to the next request.
        """
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status <= 101 or status >= 200:
                return version, status, reason
            http.client.parse_headers(self.fp)

    def begin(self) -> None:
        """Read the header."""
        super().begin()
        self._bound.header_ended = True
        lengths = {length.strip() for value in self.msg.get_all("Content-Length", ()) for length in value.split(",")}
        if len(lengths) > 1:
            raise http.client.RemoteDisconnected("the response has two lengths")
        # After a response 101, this connection has another protocol.
        self.will_close = self.will_close or self.status < 200


class ConnectFailed(Exception):
    """The failure to open a connection.

    Its argument tells whether the connection had got past all proxies, to the API itself. It is None if the connection opened,
    but the request must not be sent any longer.
    """


class DirectConnections:
    """Connections to one server, which are used again. Several threads may share them.

    :param url: the base URL
    :param timeout: the maximum seconds for connecting, and for receiving a whole response
    :param find_ca: returns the file or directory with the certificates of CAs, or None to accept any certificate. It is called when
        the first connection opens
    """

    def __init__(self, url: str, timeout: float, find_ca: t.Callable[[], str | None]) -> None:
        parts = urlsplit(url)
        self._path = parts.path
        self._timeout = timeout
        # Without a port, http.client would take the end of an IPv6 address for one. A zone is quoted in a URL.
        host, port = (parts.hostname or "").replace("%25", "%"), parts.port or (443 if parts.scheme == "https" else 80)
        self._options = cache(lambda: {"context": make_context(find_ca())} if parts.scheme == "https" else {})
        self._make: t.Callable[..., http.client.HTTPConnection] = partial(
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection,
            host,
            port,
            timeout=timeout,
        )
        self._idle: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Close all connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    @contextlib.contextmanager
    def request(
        self, method: str, path: str, body: bytes | None, headers: t.Mapping[str, str], may_send: t.Callable[[], bool]
    ) -> t.Iterator[http.client.HTTPResponse]:
        """Send a request and yield its response. If the block reads all of it, its connection is used again.

        :param path: the path after that of the base URL, with the query
        :param may_send: called when a new connection has opened
        :raises ConnectFailed: if no connection can be opened, or if ``may_send`` returns false
        """
        connection = self._take() or self._open(may_send)
        try:
            # A server that refuses a request may respond and close the connection before it has read the whole request.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, self._path + path, body, headers)
            response = connection.getresponse()
            yield response
        except BaseException:
            connection.close()
            raise
        if connection.sock is not None and response.isclosed():
            self._idle.append(connection)
        else:
            connection.close()

    def _take(self) -> http.client.HTTPConnection | None:
        """Return an idle connection that is still open, if there is one."""
        with contextlib.suppress(IndexError):
            while True:
                connection = self._idle.pop()
                poll = select.poll()
                poll.register(connection.sock, select.POLLIN)
                # A server that was asked nothing sends nothing, except that it closes the connection. TLS may have read ahead.
                if not poll.poll(0) and not getattr(connection.sock, "pending", int)():
                    connection.sock.settimeout(self._timeout)
                    return connection
                connection.close()
        return None

    def _open(self, may_send: t.Callable[[], bool]) -> http.client.HTTPConnection:
        try:
            connection = self._make(**self._options())
            connection.response_class = BoundResponse
            connection.connect()
        except Exception as error:
            raise ConnectFailed(True) from error
        if not may_send():
            connection.close()
            raise ConnectFailed(None)
        return connection


def make_context(ca_path: str | None) -> ssl.SSLContext:
    """Return the settings of TLS connections.

    :param ca_path: a file or directory with the certificates of CAs, or None to accept any certificate
    """
    is_dir = ca_path is not None and os.path.isdir(ca_path)
    context = ssl.create_default_context(cafile=None if is_dir else ca_path, capath=ca_path if is_dir else None)
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    if ca_path is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
