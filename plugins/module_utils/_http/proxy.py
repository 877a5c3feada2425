# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy that the environment names for a URL."""

from __future__ import annotations

import os
import typing as t
from urllib.parse import urlsplit

from .bounded import Bound, bind
from .transport import NotConnected

SOCKS = ("socks4", "socks4a", "socks5", "socks5h")


class Proxied(Bound):
    """An extension for urllib3's connections through proxies of any kind, which notes how far they got."""

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

    def open(self, *, maxsize: int, **options: t.Any) -> t.Any:
        """Return a pool manager of urllib3 for connections through this proxy.

        :param maxsize: the number of connections that are kept open
        :param options: further options of the connections
        :raises NotConnected: ``invalid_option`` if the URL cannot be used
        """
        from requests.adapters import HTTPAdapter  # noqa: PLC0415  (as in find_proxy)

        try:
            # requests knows how each protocol of proxies takes the user name and the password.
            return bind(HTTPAdapter(pool_maxsize=maxsize).proxy_manager_for(self.url, **options), Proxied)
        except ValueError:
            raise _refuse(self.variable) from None


def find_proxy(url: str) -> Proxy | None:
    """Return the proxy for a URL that is not on loopback. Return None if there is none, or if ``no_proxy`` names the host.

    :raises NotConnected: ``invalid_option`` if the environment names a proxy that cannot be used
    """
    # If requests is missing, modules end before they get here. Most tasks have no proxy, and importing requests takes long.
    from requests.utils import get_environ_proxies  # noqa: PLC0415

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
