# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network exceptions, turned into errors that tell what is at fault, whether a retry can help, and what to do."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import typing as t

from .._errors import RequestError
from .._text import sanitize
from .connections import BadResponse, ConnectFailed
from .transport import NotConnected

if t.TYPE_CHECKING:
    from .proxy import Proxy

TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")
# TLS handshakes that were cut off, and internal errors of the other side. Another try can succeed.
TRANSIENT_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
TRANSIENT_REASON = re.compile("UNEXPECTED_EOF|INTERNAL_ERROR")
# The errors that OpenSSL reports if the other side does not speak TLS.
NOT_TLS = re.compile(
    "WRONG_VERSION_NUMBER|HTTP_REQUEST|HTTPS_PROXY_REQUEST|UNKNOWN_PROTOCOL|PACKET_LENGTH|RECORD_LAYER"
)
# Results of OpenSSL's verification (X509_V_ERR_...).
EXPIRED = (9, 10)
UNKNOWN_CA = (2, 18, 19, 20, 21)
WRONG_HOST = (62, 64)


class NotSent(NotConnected):
    """The failure of a request that was not sent, because it must not be sent any longer when its connection has opened."""


def explain(error: Exception, proxy: Proxy | None, proxy_works: bool, ca_path: str | None) -> RequestError:
    """Return the error for a request to which no response arrived. The parameters are those of :func:`explain_unconnected`."""
    if isinstance(error, ConnectFailed) and error.args[0] is None:
        return NotSent("unavailable", "the connection to the API opened too late", repeat=True)
    if isinstance(error, ConnectFailed):
        at_proxy = proxy is not None and not error.args[0]
        return explain_unconnected(error, proxy=proxy, at_proxy=at_proxy, proxy_works=proxy_works, ca_path=ca_path)
    # A hostile response can make the libraries raise any exception, and the request may have taken effect.
    return explain_broken("the connection to the API broke", error, outcome_unknown=True)


def explain_body(error: Exception, status: int) -> RequestError:
    """Return the error for a response whose body did not arrive in full, or cannot be used."""
    return explain_broken("the API's response was cut off", error, http_status=status)


def explain_unconnected(
    error: Exception,
    *,
    proxy: Proxy | None = None,
    at_proxy: bool = False,
    proxy_works: bool = False,
    ca_path: str | None = None,
) -> NotConnected:
    """Return the error for a connection that did not open.

    :param proxy: the proxy between this host and the API, if there is one
    :param at_proxy: whether the connection failed before the proxy had connected to the API
    :param proxy_works: whether an earlier connection through this proxy opened
    :param ca_path: the option ``ca_path``
    """
    causes = list(_causes(error))
    what = f"the proxy in {proxy.variable}" if proxy and at_proxy else "the API"
    tls = _find_tls(causes)
    if tls is not None:
        return _explain_tls(tls, what, proxy, at_proxy, ca_path)
    if proxy and at_proxy:
        return _explain_proxy(causes, what, proxy, proxy_works)
    return NotConnected("unavailable", f"{what} cannot be reached ({_words(causes)})", repeat=True)


def explain_broken(what: str, error: Exception, **values: t.Any) -> RequestError:
    """Return the error for a response that did not arrive, or did not arrive in full.

    :param what: the beginning of the message
    :param values: further values of the error
    """
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, BadResponse):
            return RequestError("unexpected_response", str(cause), "check what api_url leads to", **values)
        # http.client raises these if a header line is too long, or if there are too many lines.
        if type(cause) in (http.client.LineTooLong, http.client.HTTPException):
            text = f"the header of the API's response is malformed ({sanitize(cause)})"
            return RequestError("unexpected_response", text, "check what api_url leads to", **values)
    if _timed_out(causes):
        return RequestError(
            "unavailable",
            "the API's response did not arrive in full within timeout",
            "raise the option timeout, or try again later",
            repeat=True,
            timed_out=True,
            **values,
        )
    tls = _find_tls(causes)
    if tls is not None and "ALERT" in str(tls):
        # With TLS 1.3, a server can refuse a client after the connection has opened.
        return RequestError("tls", f"the API ended the TLS connection ({_words([tls])})", "check api_url", **values)
    return RequestError("unavailable", f"{what} ({_words(causes)})", repeat=True, **values)


def _find_tls(causes: t.Sequence[BaseException]) -> t.Any:
    """Return the TLS error that a retry would meet again, or None if there is none."""
    for cause in causes:
        if isinstance(cause, TRANSIENT_TLS) or _timed_out([cause]):
            continue
        if _is_mismatch(cause) or (isinstance(cause, ssl.SSLError) and not TRANSIENT_REASON.search(str(cause))):
            return cause
    return None


def _is_mismatch(cause: BaseException) -> bool:
    """Return whether a certificate is for another host. urllib3 before 2.0 checks this itself and has its own exception."""
    return type(cause).__name__ == "CertificateError" or getattr(cause, "verify_code", 0) in WRONG_HOST


def _explain_tls(tls: t.Any, what: str, proxy: Proxy | None, at_proxy: bool, ca_path: str | None) -> NotConnected:
    """Return the error for a failed TLS handshake, with advice that fits the cause."""
    code = getattr(tls, "verify_code", 0)
    where = proxy.variable if proxy and at_proxy else "api_url"
    said = _words([tls])
    if NOT_TLS.search(str(tls)):
        return NotConnected(
            "invalid_option" if at_proxy else "tls",
            f"{what} does not speak TLS ({said})",
            f"check protocol and port in {where}",
        )
    if not _is_mismatch(tls) and not isinstance(tls, ssl.CertificateError):
        advice = f"check {where}, and the TLS versions and ciphers that this host allows"
        return NotConnected("tls", f"no TLS connection to {what} can be made ({said})", advice)
    advice = ""
    if _is_mismatch(tls):
        advice = f"check the host name in {where}"
    elif code in EXPIRED:
        advice = "check the clock of the host that runs this, or have the certificate renewed"
    elif code in UNKNOWN_CA and ca_path:
        advice = "check that ca_path contains the certificate of the CA that issued it"
    elif code in UNKNOWN_CA:
        inspects = f" or {proxy.variable} leads to a proxy that inspects TLS" if proxy and not at_proxy else ""
        advice = f"set ca_path if it has a private CA{inspects}"
    return NotConnected("tls", f"the certificate of {what} was not accepted ({said})", advice)


def _explain_proxy(causes: t.Sequence[BaseException], what: str, proxy: Proxy, works: bool) -> NotConnected:
    """Return the error for a proxy that did not connect to the API."""
    for cause in causes:
        if status := TUNNEL_REFUSED.search(str(cause)):
            return _explain_refusal(int(status[1]), what, proxy)
    kinds = {type(cause).__name__ for cause in causes}
    said = _words(causes)
    if "SOCKS5AuthError" in kinds:
        return _ask_for_credentials(what, said, proxy)
    if kinds & {"SOCKS4Error", "SOCKS5Error"}:
        what = f"{what} could not connect to the API ({said})"
        return NotConnected("unavailable", what, f"check {proxy.variable}", repeat=True)
    closed = "closed unexpectedly" in said or any(isinstance(cause, ConnectionError) for cause in causes)
    refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
    garbled = "GeneralProxyError" in kinds or any(
        isinstance(e, (http.client.HTTPException, BadResponse)) for e in causes
    )
    # A proxy that has never worked and closes the connection most likely expects another protocol.
    if not refused and (not works if closed else garbled):
        return NotConnected(
            "invalid_option",
            f"{what} does not speak the protocol {proxy.scheme} ({said})",
            f"check protocol and port in {proxy.variable}",
        )
    return NotConnected("unavailable", f"{what} cannot be reached ({said})", f"check {proxy.variable}", repeat=True)


def _ask_for_credentials(what: str, said: str, proxy: Proxy) -> NotConnected:
    return NotConnected(
        "invalid_option", f"{what} asks for credentials ({said})", f"set user name and password in {proxy.variable}"
    )


def _explain_refusal(status: int, what: str, proxy: Proxy) -> NotConnected:
    """Return the error for a response that the proxy itself sent."""
    if status == 407:
        return _ask_for_credentials(what, "HTTP 407", proxy)
    said = f"{what} refused the connection to the API (HTTP {status})"
    if status >= 500:
        return NotConnected("unavailable", said, f"check {proxy.variable}, or try again later", repeat=True)
    return NotConnected("blocked", said, f"check {proxy.variable}, and whether this proxy allows the API's host")


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    """Yield an exception and all of its causes."""
    seen: list[BaseException] = []
    todo: list[t.Any] = [error]
    while todo:
        cause = todo.pop()
        if isinstance(cause, BaseException) and cause not in seen:
            seen.append(cause)
            yield cause
            todo += [*cause.args, getattr(cause, "reason", None), cause.__cause__ or cause.__context__]


def _timed_out(causes: t.Sequence[BaseException]) -> bool:
    return any(isinstance(cause, socket.timeout) or "Timeout" in type(cause).__name__ for cause in causes)


def _words(causes: t.Sequence[BaseException]) -> str:
    """Return the clearest description of a failure: that of TLS or of the operating system, if there is one."""
    if _timed_out(causes):
        return "it took longer than timeout"
    for cause in reversed(causes):
        # A TLS error that Python code such as urllib3 raised has no reason.
        reason = getattr(cause, "reason", None) if isinstance(cause, ssl.SSLError) else None
        if reason and not isinstance(cause, ssl.CertificateError):
            return sanitize(reason.replace("_", " ").lower())
        if (isinstance(cause, OSError) and "requests" not in type(cause).__module__) or _is_mismatch(cause):
            return sanitize(getattr(cause, "verify_message", None) or getattr(cause, "strerror", None) or cause, 200)
    return sanitize(type(causes[-1]).__name__)
