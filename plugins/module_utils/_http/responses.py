# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unsuccessful responses, turned into errors by their status and the errors in their body."""

from __future__ import annotations

import typing as t
from datetime import datetime

from .._errors import Reason, RequestError
from .._text import sanitize
from .dates import parse_http_date
from .redaction import make_secret, redact
from .safe_json import parse
from .transport import Response

# Maximum number of errors that a message quotes.
MAX_QUOTED = 3
# A Retry-After that is longer, perhaps infinite, counts as this number of seconds. No retry_timeout is longer.
MAX_RETRY_AFTER_SECONDS = 1e9


def explain(method: str, response: Response, api_key: str, now: datetime) -> RequestError:
    """Return the error for a response that is not the documented one.

    :param method: ``GET``, for which only a JSON object without errors is a success, or ``PUT``
    """
    # For any other status, the status itself is enough, even if the body did not arrive in full.
    if method == "GET" and response.broken and response.status in (200, 404):
        return response.broken
    if method == "GET" and response.status == 200 and not isinstance(parse(response.body or b"", api_key), dict):
        return RequestError(
            "unexpected_response",
            "the API's response is not a JSON object, or exceeds a limit",
            "check whether api_url leads to CertCentral's Services API",
            http_status=200,
        )
    return to_error(response, api_key, now)


def to_error(response: Response, api_key: str, now: datetime) -> RequestError:
    """Return the error for an unsuccessful response. Only a 4xx other than 408 proves that nothing was changed."""
    status = response.status
    data = parse(response.body or b"", api_key)
    errors = find_errors(data)
    quoted = quote(errors) or sanitize(_text(response, api_key))
    shown = f"HTTP {status}: {quoted}" if quoted else f"HTTP {status}"
    reason, what, advice = _meaning(
        response, shown, errors, isinstance(data, dict) and isinstance(data.get("errors"), list)
    )
    repeat = reason in ("rate_limited", "unavailable")
    return RequestError(
        reason,
        what,
        advice,
        http_status=status,
        errors=errors,
        repeat=repeat,
        outcome_unknown=not 400 <= status < 500 or status == 408,
        retry_after=parse_retry_after(response.headers.get("Retry-After"), now) if repeat else None,
    )


def _meaning(
    response: Response, shown: str, errors: t.Sequence[t.Mapping[str, t.Any]], from_api: bool
) -> tuple[Reason, str, str]:
    """Return the reason, what is wrong, and what to do.

    :param from_api: whether the response has the format of the API's own errors
    """
    status = response.status
    if status == 200 and errors:
        return "unexpected_response", f"the API responded with errors ({shown})", "try again later"
    if status == 429:
        return "rate_limited", f"the API asks for fewer requests ({shown})", ""
    if status == 408 or status >= 500:
        return "unavailable", f"the API is unavailable ({shown})", ""
    if status == 403 and not (from_api and errors):
        return (
            "blocked",
            f"something in front of the API refused the request, not the API itself ({shown})",
            "check api_url, and whether a firewall, a proxy or the CDN blocks this host",
        )
    if status in (401, 403):
        return (
            "unauthorized",
            f"the API rejected the key, or the key lacks the permission ({shown})",
            "check api_key, its permissions and region",
        )
    if status == 404:
        return _not_found(response, shown, {str(error["code"]) for error in errors})
    if 400 <= status < 500:
        return "rejected_by_api", f"the API rejected the request ({shown})", ""
    if 300 <= status < 400:
        return (
            "unexpected_response",
            f"the API's response is a redirect ({shown}), which is not followed because it would carry the key elsewhere",
            "check api_url and region",
        )
    return "unexpected_response", f"unexpected response ({shown})", "check api_url"


def _not_found(response: Response, shown: str, codes: set[str]) -> tuple[Reason, str, str]:
    """Return the reason for a 404, what is wrong, and what to do.

    Only the API's own code for a missing order, or an empty body, means that the order does not exist.
    """
    if "not_found|route" not in codes and (
        codes & {"not_found|order", "not_found"} or (response.body is not None and not response.body.strip())
    ):
        return "not_found", f"this account has no such order ({shown})", "check order_id, api_key and region"
    if codes and "not_found|route" not in codes:
        return "rejected_by_api", f"the API rejected the request ({shown})", ""
    return "unexpected_response", f"the API has no such endpoint ({shown})", "check api_url"


def find_errors(data: t.Any) -> list[dict[str, t.Any]]:
    """Return the API's ``errors`` as a list of dicts with ``code`` and ``message``, in whatever form they arrived."""
    found = data
    if isinstance(data, dict):
        found = data.get("errors", data if "message" in data or "code" in data else None)
    errors = []
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, str):
            item = {"message": item}
        if isinstance(item, dict) and item:
            errors.append({"code": "", "message": item.get("description", ""), **item})
    return errors


def quote(errors: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """Return the codes and messages of the first errors, made safe for a message."""
    said = [" ".join(str(part) for part in (error["code"], error["message"]) if part) for error in errors[:MAX_QUOTED]]
    said += [f"and {len(errors) - MAX_QUOTED} more"] if len(errors) > MAX_QUOTED else []
    return sanitize("; ".join(filter(None, said)))


def _text(response: Response, api_key: str) -> str:
    """Return the body if it is plain text, or an empty string if it is HTML or JSON."""
    text = str(redact((response.body or b"").decode("utf-8", "replace"), make_secret(api_key)))[:1000].strip()
    return "" if text.startswith(("<", "{", "[")) else text


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the number of seconds that a Retry-After header asks to wait. Its value is a number of seconds or an HTTP date.

    :return: None if there is no such header, if it cannot be read, or if it asks for no wait
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        date = parse_http_date(value)
        if date is None:
            return None
        seconds = (date - now).total_seconds()
    return min(seconds, MAX_RETRY_AFTER_SECONDS) if seconds > 0 else None
