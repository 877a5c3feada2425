"""The meaning of responses other than the documented success."""

from __future__ import annotations

import os
import time
import typing as t
from datetime import datetime, timezone
from unittest import mock

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._http import responses
from ansible_collections.certops.certcentral.plugins.module_utils._http.responses import find_errors, quote, to_error
from ansible_collections.certops.certcentral.tests.unit.support import KEY, make_response, spread

NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)


def errors(code: str, message: str = "m") -> dict[str, t.Any]:
    return {"errors": [{"code": code, "message": message}]}


DENIED = errors("access_denied|access_denied_invalid_key")
PAGE = "<html>Request unsuccessful. Incident 7-0123456789</html>"
NOT_THE_API: list[t.Any] = [PAGE, "", "Forbidden", {"message": "Forbidden"}, {"errors": []}, {}]
NOT_AN_ORDER: list[t.Any] = [errors("not_found|route"), PAGE, {"errors": []}, "No such tenant"]
MEANINGS: list[tuple[int, t.Any, str]] = [
    *[(400, body, "rejected_by_api") for body in (errors("invalid"), PAGE)],
    *((409, "", "rejected_by_api"), (418, errors("teapot"), "rejected_by_api"), (407, PAGE, "rejected_by_api")),
    *[(401, body, "unauthorized") for body in ("", PAGE)],
    # Either the API itself or something in front of it refuses the request.
    (403, DENIED, "unauthorized"),
    *[(403, body, "blocked") for body in NOT_THE_API],
    *[(404, body, "not_found") for body in (errors("not_found|order"), errors("not_found"), "", " \n")],
    *[(404, body, "unexpected_response") for body in NOT_AN_ORDER],
    (404, errors("gone"), "rejected_by_api"),
    *[(429, body, "rate_limited") for body in (errors("request_limit_exceeded"), PAGE)],
    *[(status, body, "unavailable") for status, body in ((408, ""), (500, errors("x")), (502, PAGE), (503, ""))],
    (201, {"id": 5, "status": "canceled"}, "unexpected_response"),
    *[(status, "", "unexpected_response") for status in (100, 204, 301, 304, 307)],
]


@pytest.mark.parametrize(("status", "body", "reason"), MEANINGS)
def test_response_has_one_meaning(status: int, body: t.Any, reason: str) -> None:
    error = to_error(make_response(status, body), KEY, NOW)
    assert (error.reason, error.http_status) == (reason, status)
    assert error.repeat is (reason in ("rate_limited", "unavailable"))
    # Only a 4xx other than 408 proves that nothing was done.
    assert error.outcome_unknown is (status not in range(400, 500) or status == 408)
    assert f"HTTP {status}" in error.message and error.message.isprintable() and "<" not in error.message


@pytest.mark.parametrize(
    ("response", "reason", "words", "never"),
    [
        # If something in front of the API refuses the request, the key is not the cause.
        (make_response(403, PAGE), "blocked", "not the API itself", "api_key"),
        (make_response(403, DENIED), "unauthorized", "api_key", "firewall"),
        # A 404 whose body did not arrive proves nothing.
        (make_response(404)._replace(body=None), "unexpected_response", "HTTP 404", "no such order"),
        # A 200 has errors only if the body lists some.
        (make_response(200, {"id": 5}), "unexpected_response", "HTTP 200", "with errors"),
        # Regression: the message gave advice about proxies, although the connection has none. This ended a rulebook.
        (make_response(407, "<html>Proxy Authentication Required</html>"), "rejected_by_api", "HTTP 407", "proxy"),
        # Plain text is quoted, and HTML pages are not.
        (make_response(400, "Some\r\nplain words"), "rejected_by_api", "Some plain words", "\r"),
        (make_response(404, "Some\r\nplain words"), "unexpected_response", "Some plain words", "\r"),
        *((make_response(400, body), "rejected_by_api", "HTTP 400", "words") for body in ('{"a": "words"', "[words")),
    ],
)
def test_message_fits_the_response(response: t.Any, reason: str, words: str, never: str) -> None:
    error = to_error(response, KEY, NOW)
    assert error.reason == reason and words in error.message and never not in error.message.lower()


@pytest.mark.parametrize(
    "body", [f"The key {KEY} is bad", "x" * 990 + KEY, errors("c", f"The key {KEY} is bad"), errors(KEY)]
)
def test_key_is_hidden_in_text_and_in_json(body: t.Any) -> None:
    error = to_error(make_response(400, body), KEY, NOW)
    assert KEY[:32] not in error.message and KEY[:32] not in str(error.errors)


NO_ERRORS: list[t.Any] = [[], {}, None, 7, True, {"errors": []}, {"errors": None}, {"errors": [[]]}]
ITEM, TEXT = {"code": "c", "message": "m"}, {"code": "", "message": "m"}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        *((data, [ITEM]) for data in ({"errors": [ITEM]}, {"errors": ITEM}, ITEM)),
        *((data, [TEXT]) for data in ({"errors": "m"}, {"message": "m"}, "m")),
        ({"errors": ["m", "m"]}, [TEXT, TEXT]),
        ({"errors": [{"code": "c", "description": "m"}]}, [{**ITEM, "description": "m"}]),
        ({"errors": [{"code": None, "message": None}, None, 7]}, [{"code": None, "message": None}]),
        *((data, []) for data in NO_ERRORS),
    ],
)
def test_errors_are_found_in_every_form(data: t.Any, found: list[dict[str, t.Any]]) -> None:
    assert find_errors(data) == found


def test_quote_names_the_first_errors_and_is_safe_to_print() -> None:
    assert (
        quote([{"code": f"c{number}", "message": f"m{number}"} for number in range(5)])
        == "c0 m0; c1 m1; c2 m2; and 2 more"
    )
    assert quote([{"code": None, "message": None}]) == ""
    assert quote(find_errors({"errors": "\x1b[2J" + "x" * 1000})) == "?[2J" + "x" * 293 + "..."


SECONDS: dict[float | None, list[str | None]] = {
    5.0: ["5"],
    0.001: ["0.001"],
    7.0: [" 7 "],
    1e9: ["1e999", "9" * 5000],
    None: [
        *(None, "", "soon", "-5", "nan", "0", "\x1b[2J", "(" * 5000, ",", "x" * 60000),
        *(f"{date} 2026 00:00:00 GMT" for date in ("Mon, 99 Foo", "Fri, 01 Jan")),
        *("Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 01 Jan 0001 00:00:00 +2359"),
    ],
}


@pytest.mark.parametrize(("value", "seconds"), spread(SECONDS))
def test_retry_after_is_a_number_above_0_or_a_date(value: str | None, seconds: float | None) -> None:
    assert responses.parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    "date",
    [
        *[f"Sun, 29 Nov 2026 {time}" for time in ("12:01:40 GMT", "12:01:40 -0000", "13:01:40 +0100", "12:01:40")],
        *("29 Nov 2026 12:01:40 UTC", "Sunday, 29-Nov-26 12:01:40 GMT"),
        *("Sun Nov 29 12:01:40 2026", "sun nov 29 12:01:40 2026"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "XYZ-05:30", "XYZ+11"])
def test_every_form_of_an_http_date_is_utc_wherever_the_host_is(date: str, zone: str) -> None:
    """Regression: dates in asctime form and dates with -0000 were mistaken for local times."""
    with mock.patch.dict(os.environ, TZ=zone):
        time.tzset()
        assert responses.parse_retry_after(date, NOW) == 100
    time.tzset()


def test_retry_after_is_used_only_if_a_repeat_can_help() -> None:
    for status, seconds in ((429, 7.0), (503, 7.0), (403, None), (302, None)):
        assert to_error(make_response(status, "", {"retry-after": "7"}), KEY, NOW).retry_after == seconds
