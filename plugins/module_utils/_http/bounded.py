# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that limit the time and the size of each response. They extend the classes of urllib3."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
import typing as t

# Limits per response. docs/bounds.md explains them to users.
MIB = 1024 * 1024
# Bytes in the body of a successful response to a GET request. The largest page of a list (1000 rows) has about 4 MB.
MAX_BODY = 32 * MIB
# Bytes in any other body, which contains a few errors or a CDN's page. The limit is low because a long task keeps many errors.
MAX_ERROR_BODY = MIB
# Bytes in a header, including all interim responses (1xx) before it.
MAX_HEADER = MIB


class ConnectFailed(Exception):
    """The failure to open a connection. urllib3 does not replace this exception by one of its own.

    Its argument tells whether the connection had got past all proxies, to the API itself. It is None if the connection opened,
    but the request must not be sent any longer.
    """


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

    def readinto(self, buffer: t.Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(left)
        size = self._raw.readinto(buffer)
        self._size += size or 0
        if not self.header_ended and self._size > MAX_HEADER:
            raise BadResponse(f"the header of the API's response is longer than {MAX_HEADER // MIB} MiB")
        if self._size > MAX_HEADER + MAX_BODY:
            raise BadResponse(f"the API's response is longer than {MAX_BODY // MIB} MiB")
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _LineReader(io.BufferedReader):
    """A reader that keeps the last line that was read. An empty last line means that the connection ended."""

    last: bytes = b""

    def readline(self, size: int | None = -1) -> bytes:
        self.last = super().readline(size)
        return self.last


class BoundResponse(http.client.HTTPResponse):
    """A response whose header and body share one timeout. ``requests`` applies the timeout to each read separately."""

    def __init__(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self._bound = _BoundReader(sock)
        self._lines = _LineReader(self._bound)
        self.fp = self._lines

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
        """Read the header. Refuse one that was cut short."""
        super().begin()
        # http.client accepts a header that was cut short.
        if not self._lines.last:
            raise http.client.RemoteDisconnected("the response was cut short in its header")
        self._bound.header_ended = True
        # Otherwise urllib3 would log malformed header lines, which may contain the key.
        self.msg.defects.clear()
        self.msg.set_payload("")
        # After a response 101, this connection has another protocol.
        self.will_close = self.will_close or self.status < 200


# For each thread, may_send() tells whether its request may be sent. It is called when a connection has opened, which can take long.
gate = threading.local()


class Bound:
    """An extension for urllib3's connections: bounded responses, and an error of its own if the connection cannot be opened."""

    response_class = BoundResponse

    def connect(self) -> None:
        """Open the connection."""
        # Whether the connection has got past all proxies, to the API itself.
        self.reached_api = False
        try:
            super().connect()  # type: ignore[misc]
        except Exception as error:
            raise ConnectFailed(self.reached_api) from error
        if not gate.may_send():
            raise ConnectFailed(None)


def bind(manager: t.Any, extension: type[Bound] = Bound) -> t.Any:
    """Return a pool manager of urllib3 after extending all of its connections."""
    pools = manager.pool_classes_by_scheme.items()
    manager.pool_classes_by_scheme = {scheme: _bind_pool(pool, extension) for scheme, pool in pools}
    return manager


def _bind_pool(pool: t.Any, extension: type[Bound]) -> t.Any:
    """Return a subclass of a connection pool, with extended connections."""
    connection = type("BoundConnection", (extension, pool.ConnectionCls), {})
    return type("BoundPool", (pool,), {"ConnectionCls": connection})
