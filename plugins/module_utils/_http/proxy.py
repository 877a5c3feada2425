# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy that the environment names for a URL, and connections through it."""

from __future__ import annotations

import contextlib
import os
import threading
import typing as t
from urllib.parse import urlsplit

from .._text import sanitize
from .connections import BoundResponse, ConnectFailed
from .settings import Settings
from .transport import Headers, NotConnected, find_ca

MAX_CONNECTIONS = 16
SOCKS = ("socks4", "socks4a", "socks5", "socks5h")


# For each thread, may_send() tells whether its request may be sent.
gate = threading.local()


class ProxiedResponse(BoundResponse):
    """A response from which urllib3 logs nothing."""

    def begin(self) -> None:
        """Read the header, and hide its malformed lines, which urllib3 would log. They may contain the key."""
        super().begin()
        self.msg.defects.clear()
        self.msg.set_payload("")


class Proxied:
    """An extension for urllib3's connections through proxies of any kind, which notes how far they got."""

    response_class = ProxiedResponse

    def connect(self) -> None:
        """Open the connection.

        :raises ConnectFailed: if it cannot be opened, or opened too late
        """
        # Whether the connection has got past all proxies, to the API itself.
        self.reached_api = False
        try:
            super().connect()  # type: ignore[misc]
        except Exception as error:
            raise ConnectFailed(self.reached_api) from error
        if not gate.may_send():
            raise ConnectFailed(None)

    def _new_conn(self) -> t.Any:
        # If this connection goes through SOCKS, it already leads to the API.
        connection = super()._new_conn()  # type: ignore[misc]
        self.reached_api = not getattr(self, "_tunnel_host", None)
        return connection

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]
        self.reached_api = True


class Proxy(t.NamedTuple):
    """A proxy that the environment names.

    :param url: its URL, which may contain a password and is never part of a message
    :param variable: the environment variable that names it
    :param scheme: the protocol in its URL
    """

    url: str
    variable: str
    scheme: str


class ProxyConnections:
    """Connections through a proxy, of any kind that urllib3 knows.

    :param timeout: the maximum seconds for connecting, and for receiving a whole response
    :raises NotConnected: ``invalid_option`` if the URL of the proxy cannot be used
    """

    def __init__(self, proxy: Proxy, settings: Settings, timeout: float) -> None:
        from requests.adapters import HTTPAdapter  # noqa: PLC0415  (as in find_proxy)

        self._url = settings.url
        self._timeout = timeout
        try:
            # requests knows how each protocol of proxies takes the user name and the password.
            manager = HTTPAdapter(pool_maxsize=MAX_CONNECTIONS).proxy_manager_for(proxy.url, **_choose_ca(settings))
        except ValueError:
            raise _refuse(proxy.variable) from None
        pools = manager.pool_classes_by_scheme.items()
        manager.pool_classes_by_scheme = {scheme: _extend(pool) for scheme, pool in pools}
        self._manager = manager

    def close(self) -> None:
        """Close all connections."""
        self._manager.clear()

    @contextlib.contextmanager
    def request(
        self, method: str, path: str, body: bytes | None, headers: Headers, may_send: t.Callable[[], bool]
    ) -> t.Iterator[t.Any]:
        """Send a request and yield its response, as :meth:`DirectConnections.request` does."""
        gate.may_send = may_send
        response = self._manager.request(
            method,
            self._url + path,
            body=body,
            headers=headers,
            timeout=self._timeout,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
            enforce_content_length=True,
        )
        try:
            yield response
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()


def _extend(pool: t.Any) -> t.Any:
    """Return a subclass of a connection pool of urllib3, with extended connections."""
    connection = type("ProxiedConnection", (Proxied, pool.ConnectionCls), {})
    return type("ProxiedPool", (pool,), {"ConnectionCls": connection})


def _choose_ca(settings: Settings) -> dict[str, t.Any]:
    """Return the options of a pool manager that tell which certificates to accept."""
    if not settings.validate_certs:
        import urllib3  # noqa: PLC0415  (as in find_proxy)

        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        return {"cert_reqs": "CERT_NONE"}
    path = find_ca(settings)
    return {"cert_reqs": "CERT_REQUIRED", "ca_cert_dir" if os.path.isdir(path) else "ca_certs": path}


def find_proxy(url: str) -> Proxy | None:
    """Return the proxy for a URL that is not on loopback. Return None if there is none, or if ``no_proxy`` names the host.

    :raises NotConnected: ``invalid_option`` if the environment names a proxy that cannot be used
    """
    try:
        # Most tasks have no proxy, and importing requests takes long.
        from requests.utils import get_environ_proxies  # noqa: PLC0415
    except ImportError as error:
        what = f"the Python library requests, which connects through a proxy, cannot be imported ({sanitize(error)})"
        raise NotConnected("invalid_option", what, "install it on the host that runs this") from None
    proxies = get_environ_proxies(url)
    name = next((name for name in ("https", "all") if name in proxies), None)
    if name is None:
        return None
    variable = f"{name}_proxy"
    variable = variable if os.environ.get(variable) else variable.upper()
    proxy = proxies[name] if "://" in proxies[name] else f"http://{proxies[name]}"
    scheme = proxy.partition("://")[0].lower()
    try:
        parts = urlsplit(proxy)
        usable = scheme in ("http", "https", *SOCKS) and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _refuse(variable)
    if scheme in SOCKS:
        _require_socks(variable)
    return Proxy(proxy, variable, scheme)


def _refuse(variable: str) -> NotConnected:
    what = f"{variable} is not the URL of a proxy"
    return NotConnected("invalid_option", what, "it has to look like http://proxy.example.com:3128")


def _require_socks(variable: str) -> None:
    """Refuse a SOCKS proxy if the library that ``requests`` needs for it is missing.

    :raises NotConnected: ``invalid_option``
    """
    try:
        import socks  # type: ignore[import-untyped]  # noqa: F401, PLC0415  (only few hosts have and need it)
    except ImportError:
        raise NotConnected(
            "invalid_option",
            f"{variable} names a SOCKS proxy, for which the Python library PySocks is missing",
            "install PySocks on the host that runs this, or use an HTTP proxy",
        ) from None
