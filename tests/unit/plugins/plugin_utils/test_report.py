# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import hashlib
import re
import typing as t
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._bulk import OUTCOMES
from ansible_collections.certops.certcentral.plugins.module_utils._errors import plain
from ansible_collections.certops.certcentral.plugins.plugin_utils._clean_up import DECISIONS
from ansible_collections.certops.certcentral.plugins.plugin_utils._report import TEXT_LIMIT, ReportError, render

Dict = dict[str, t.Any]

TODAY = date(2026, 11, 24)
VOID = {"meta"}
# What loads, leads or acts; none of it has a place in the page.
ACTIVE = {"script", "link", "img", "image", "iframe", "object", "embed", "a", "form", "base", "use", "foreignobject"}


def an_order(number: int = 1, **fields: t.Any) -> Dict:
    return {
        "order_id": number,
        "common_name": "www.example.com",
        "names": ["www.example.com", "example.com"],
        "organization": "Example Widgets Inc.",
        "product": "Secure Site OV",
        "container": None,
        "status": "issued",
        "valid_till": "2026-12-01",
        "date_created": "2025-11-30T20:05:28+00:00",
        "is_renewed": False,
        "decision": "mark",
        "reason": "same_names",
        "why": "order 7 has the same names",
        "candidates": [7],
        "outcome": "changed",
        "msg": "order 1 is marked renewed now",
        **fields,
    }


def a_report(*orders: Dict, **fields: t.Any) -> Dict:
    return {
        "playbook": "certops.certcentral.example",
        "title": "An example",
        "check_mode": False,
        "generated": "2026-11-24T09:08:07Z",
        "settings": {"max_changes": 100},
        "ok": True,
        "msg": "All went well",
        "counts": {"looked_at": len(orders)},
        "orders": list(orders),
        **fields,
    }


class Page(HTMLParser):
    """A page, taken apart: its tags with their attributes in order, and the texts by the tag that they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))
        self.texts.append((tag, ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.append((self._open[-1], data))

    def said(self, tag: str) -> list[str]:
        """What stands in each element of this name, without what stands in elements in it."""
        found: list[str] = []
        for name, text in self.texts:
            if name == tag:
                if text:
                    found[-1] += text
                else:
                    found.append("")
        return [text.strip() for text in found]

    def all_text(self) -> str:
        return " ".join(" ".join(text for tag, text in self.texts if tag != "style").split())

    def rows(self) -> list[int]:
        """The IDs of the orders in the table, from above."""
        return [int(text) for (tag, attributes), text in self._elements() if ("scope", "row") in attributes]

    def bars(self) -> dict[str, int]:
        """What the pieces of the bars say, added by their class."""
        sums: dict[str, int] = {}
        classes = [dict(attributes)["class"] for tag, attributes in self.tags if tag == "rect"]
        says = [text for text in self.said("title") if re.search(r": \d+$", text)]
        for name, text in zip(classes, says, strict=True):
            sums[str(name)] = sums.get(str(name), 0) + int(text.rsplit(": ", 1)[1])
        return sums

    def _elements(self) -> list[tuple[tuple[str, tuple[tuple[str, str | None], ...]], str]]:
        counted: dict[str, t.Iterator[str]] = {}
        return [(tag, next(counted.setdefault(tag[0], iter(self.said(tag[0]))), "")) for tag in self.tags]


HOSTILE = (
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onmouseover='alert(1)",
            "</style><style>*{display:none}",
            "</td></tr></table><!--",
            "-->",
            "]]><svg onload=alert(1)>",
            "&lt;b&gt; &#60;i&#62;",
            "{{ lookup('pipe', 'id') }}",
            "{% raw %}",
            "{# gone #}",
            "\u202egpj.exe\u2066",
            "\x00\x1b[2J\x07\x9b",
            "\ud800",
            "a" * 5000,
            "https://example.com/",
        ]
    )
    | st.text(st.characters(codec=None), max_size=20)
    | st.text("<>&\"'/={}%#`;\u202e\x00 ", max_size=20)
)


@st.composite
def reports(draw: st.DrawFn) -> Dict:
    """Reports of a few orders with hostile words wherever there are words."""
    dates = st.dates(date(1990, 1, 1), date(2100, 12, 31)).map(str)
    orders = [
        an_order(
            draw(st.integers(1, 2**40)),
            **{name: draw(st.none() | HOSTILE) for name in ("common_name", "organization", "product", "container")},
            **{name: draw(HOSTILE) for name in ("status", "reason", "why")},
            **{name: draw(st.none() | HOSTILE) for name in ("date_created", "msg")},
            names=draw(st.lists(HOSTILE, max_size=13)),
            valid_till=draw(st.none() | dates),
            is_renewed=draw(st.none() | st.booleans()),
            decision=draw(st.sampled_from(DECISIONS)),
            candidates=draw(st.lists(st.integers(1, 2**40), max_size=13)),
            outcome=draw(st.none() | st.sampled_from(OUTCOMES)),
        )
        for unused in range(draw(st.integers(0, 3)))
    ]
    return a_report(
        *orders,
        **{name: draw(HOSTILE) for name in ("playbook", "title", "msg")},
        check_mode=draw(st.booleans()),
        ok=draw(st.booleans()),
        settings=draw(st.dictionaries(HOSTILE, HOSTILE | st.lists(HOSTILE, max_size=2), max_size=2)),
        counts=draw(st.dictionaries(HOSTILE, st.integers(), max_size=2)),
    )


def tame(report: Dict) -> Dict:
    """The same report with a harmless word in the place of each word that an order or a setting could bring in."""
    words: dict[str, str] = {}

    def word(text: str | None) -> str | None:
        return words.setdefault(text, f"word{len(words)}") if text else text

    free = ("common_name", "organization", "product", "container", "status", "reason", "why", "date_created", "msg")
    return {
        **report,
        **{name: word(report[name]) for name in ("playbook", "title", "msg")},
        "settings": {word(name) or "": "word" for name in report["settings"]},
        "counts": {word(name) or "": count for name, count in report["counts"].items()},
        "orders": [
            {**order, **{name: word(order[name]) for name in free}, "names": [word(name) for name in order["names"]]}
            for order in report["orders"]
        ],
    }


@settings(deadline=None)
@given(reports())
def test_no_word_becomes_more_than_text(report: Dict) -> None:
    html = render(report)
    page = Page(html)
    assert page.tags == Page(render(tame(report))).tags
    # Nor does it become a template, or a character that cannot be seen or written.
    assert not re.search("{[{%#]", html)
    assert all(char.isprintable() or char == "\n" for char in html)
    text = page.all_text()
    for order in report["orders"]:
        for name in ("common_name", "organization", "product", "container", "status", "reason", "why", "msg"):
            assert order[name] is None or plain(order[name], TEXT_LIMIT) in text


def test_nothing_in_the_page_loads_leads_or_acts() -> None:
    html = render(a_report(an_order(), an_order(2, decision="person", outcome=None)))
    page = Page(html)
    assert not ACTIVE & {tag for tag, attributes in page.tags}
    names = {name for tag, attributes in page.tags for name, value in attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"href", "src", "style", "action", "srcset"}
    assert not re.search(r"\w+://|url\(|@import|@font-face|javascript:|data:", html)
    [policy] = [dict(attributes)["content"] for tag, attributes in page.tags if ("http-equiv" in dict(attributes))]
    [css] = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize(("check_mode", "label"), [(True, "would change"), (False, "changed")])
def test_counts_of_a_plan_are_not_those_of_a_result(check_mode: bool, label: str) -> None:
    page = Page(render(a_report(check_mode=check_mode, counts={"looked_at": 2, "changed": 1})))
    assert page.said("dt")[:2] == ["looked at", label]


def test_numbers_may_be_text() -> None:
    """Before ansible-core 2.19 a template makes text of them."""
    order = an_order(order_id="7", candidates=["8"], is_renewed="true")
    page = Page(render(a_report(order, counts={"to mark": "12", 3: 4}, check_mode="True", ok="True")))
    assert (page.said("dd")[:2], page.rows()) == (["12", "4"], [7])
    assert page.said("strong") == ["Plan: 1 order would be marked renewed; nothing has been changed"]


def test_no_container_of_ansible_is_copied_with_all_that_it_holds() -> None:
    def refuse(self: t.Any, memo: t.Any) -> t.NoReturn:
        raise AssertionError(f"a deep copy of {self}")

    lazy_dict, lazy_list = (
        type("LazyDict", (dict,), {"__deepcopy__": refuse}),
        type("LazyList", (list,), {"__deepcopy__": refuse}),
    )

    def lazy(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return lazy_dict({name: lazy(entry) for name, entry in value.items()})
        return lazy_list(map(lazy, value)) if isinstance(value, list) else value

    assert Page(render(lazy(a_report(an_order(), an_order(2), settings={"names": ["x"]})))).rows() == [1, 2]


def test_settings_are_shown_as_json() -> None:
    values = {"window": 90, "names": ["*.example.com", "é"], "since": date(2026, 1, 2), "url": None}
    page = Page(render(a_report(settings=values)))
    assert page.said("code")[-8:] == [
        *("window", "90", "names", '["*.example.com", "é"]', "since", '"2026-01-02"', "url", "null")
    ]


def test_it_says_what_it_is_not() -> None:
    assert "which is not affiliated with DigiCert" in Page(render(a_report())).all_text()


@pytest.mark.parametrize(
    ("orders", "fields", "headline"),
    [
        ([an_order()], {"check_mode": True}, "Plan: 1 order would be marked renewed; nothing has been changed"),
        (
            [an_order(outcome=None)],
            {"check_mode": True},
            "Plan: 1 order would be marked renewed; nothing has been changed",
        ),
        (
            [an_order(), an_order(2, decision="person", outcome=None)],
            {"check_mode": True, "ok": False},
            "Plan with errors: 1 order would be marked renewed, 1 needs a person; nothing has been changed",
        ),
        ([an_order(), an_order(2)], {}, "Result: 2 orders marked renewed"),
        ([an_order(decision="cancel")], {}, "Result: 1 order canceled"),
        ([an_order(decision="cancel"), an_order(2)], {}, "Result: 2 orders changed"),
        ([an_order(outcome="unchanged")], {}, "Result: 0 orders marked renewed"),
        ([], {}, "Result: nothing to do"),
        ([], {"ok": False}, "Result with errors: 0 orders changed"),
        (
            [an_order(), an_order(2, outcome="failed"), an_order(3, outcome=None)],
            {"ok": False},
            "Result with errors: 1 order marked renewed, of 1 it is not known whether it was marked renewed, 2 need a person",
        ),
        (
            [an_order(outcome=None), an_order(2, outcome=None)],
            {"ok": False},
            "Result with errors: of 2 it is not known whether they were marked renewed, 2 need a person",
        ),
    ],
)
def test_headline(orders: list[Dict], fields: Dict, headline: str) -> None:
    page = Page(render(a_report(*orders, **fields)))
    assert page.said("strong") == [headline]
    [classes] = [dict(attributes)["class"] for tag, attributes in page.tags if "headline" in str(dict(attributes))]
    assert ("bad" in str(classes), "plan" in str(classes)) == (
        not fields.get("ok", True),
        fields.get("check_mode", False),
    )


def test_orders_that_need_a_person_come_first_then_those_that_end_first() -> None:
    report = a_report(
        an_order(1, decision="leave", outcome=None),
        an_order(2, valid_till="2026-12-02"),
        an_order(3),
        an_order(4, outcome="failed"),
        an_order(5, outcome="refused", valid_till=None),
        an_order(6, decision="person", outcome=None, valid_till="2020-01-01"),
        an_order(7, outcome="not_attempted"),
        an_order(8, outcome=None),
        an_order(9, outcome="unchanged"),
    )
    page = Page(render(report))
    assert page.rows() == [6, 4, 7, 8, 5, 3, 2, 1, 9]
    assert [text for text in page.said("th") if ": " in text] == [
        "Needs a person: 5",
        "Marked renewed: 2",
        "Left as they are: 2",
    ]
    # In check mode nothing is known to come of what was only planned, and that is as it should be.
    page = Page(render({**report, "check_mode": True}))
    assert page.rows() == [6, 4, 7, 5, 3, 8, 2, 1, 9]
    assert "Would be marked renewed: 3" in page.said("th")


def test_long_lists_are_cut_and_say_so() -> None:
    names = [f"host{number}.example.com" for number in range(30)]
    text = Page(render(a_report(an_order(common_name=names[0], names=names, candidates=list(range(11)))))).all_text()
    assert "host10.example.com and 19 more" in text
    assert "host11.example.com" not in text
    assert "9 and 1 more" in text


def test_table_is_made_for_screen_readers_and_print() -> None:
    page = Page(render(a_report(an_order(), an_order(2))))
    tags = [tag for tag, attributes in page.tags]
    assert ("html", (("lang", "en"),)) in page.tags
    assert page.said("caption") == ["2 orders, those that need a person first"]
    scopes = [dict(attributes).get("scope") for tag, attributes in page.tags if tag == "th"]
    assert scopes == ["col"] * 6 + ["rowgroup", "row", "row"]
    assert tags.count("thead") == 1
    [css] = page.said("style")
    printed = css.split("@media print")[1]
    assert "table-header-group" in printed and "break-inside: avoid" in printed
    [svg] = [dict(attributes) for tag, attributes in page.tags if tag == "svg"]
    ids = [dict(attributes).get("id") for tag, attributes in page.tags]
    assert svg["role"] == "img" and set(str(svg["aria-labelledby"]).split()) <= set(ids)


@pytest.mark.parametrize("mode", [0, 1])
def test_colours_can_be_told_apart(mode: int) -> None:
    """Text 4.5 to 1, shapes 3 to 1 (WCAG 2.1: 1.4.3 and 1.4.11), in the light and in the dark."""
    [css] = Page(render(a_report())).said("style")
    colours = dict(re.findall(r"--(\w+): #(\w+)", css.split("@media screen")[mode].split("@media")[0].split("* {")[0]))

    def luminance(colour: str) -> float:
        colour = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
        parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(one: str, other: str) -> float:
        dark, light = sorted(luminance(colours[name]) for name in (one, other))
        return (light + 0.05) / (dark + 0.05)

    for ground in ("page", "panel"):
        for text in ("text", "soft", "good", "bad"):
            assert contrast(text, ground) >= 4.5, (text, ground)
    for text in ("person", "acted"):
        assert contrast(text, "page") >= 4.5, text
    assert contrast("left", "page") >= 3


def test_a_bar_that_is_cut_has_its_number() -> None:
    page = Page(render(a_report(*[an_order(n + 1, valid_till="2020-01-01") for n in range(300)], an_order(301))))
    assert "300" in page.said("text")


def test_what_has_no_expiry_date_is_counted_beside_the_chart() -> None:
    page = Page(render(a_report(an_order(valid_till=None), an_order(2))))
    assert "1 without an expiry date is not in the chart." in page.all_text()
    assert page.bars() == {"acted": 1}


def test_no_expiry_dates_no_chart() -> None:
    page = Page(render(a_report(an_order(valid_till=None))))
    assert "svg" not in {tag for tag, attributes in page.tags}
    assert page.rows() == [1]


DAYS = st.one_of(st.none(), st.integers(-40, 100), st.integers(-10000, 20000))


@settings(deadline=None)
@given(
    st.lists(st.tuples(DAYS, st.sampled_from(DECISIONS), st.none() | st.sampled_from(OUTCOMES)), max_size=40),
    st.booleans(),
)
def test_rows_and_bars_hold_each_order_once(orders: list[tuple[int | None, str, str | None]], check_mode: bool) -> None:
    listed = [
        an_order(
            number,
            decision=decision,
            outcome=outcome,
            valid_till=None if days is None else str(TODAY + timedelta(days=days)),
        )
        for number, (days, decision, outcome) in enumerate(orders, 1)
    ]
    page = Page(render(a_report(*listed, check_mode=check_mode)))
    assert sorted(page.rows()) == list(range(1, len(listed) + 1))
    dated = [order for order in listed if order["valid_till"]]
    assert sum(page.bars().values()) == len(dated)
    # The marked ones are those that were marked, whatever stands beside them.
    marked = [order for order in dated if order["outcome"] == "changed" and order["decision"] != "person"]
    planned = [order for order in dated if order["decision"] in ("mark", "cancel") and order["outcome"] is None]
    assert page.bars().get("acted", 0) == len(marked) + (len(planned) if check_mode else 0)
    legend = [text for text in page.said("li") if text]
    assert sum(int(text.rsplit(": ", 1)[1]) for text in legend) == len(dated)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_ends_of_the_calendar(year: str) -> None:
    orders = [
        an_order(1, valid_till="0001-01-01"),
        an_order(2, valid_till="9999-12-31"),
        an_order(3, valid_till="2026-1-9"),
    ]
    page = Page(render(a_report(*orders, generated=f"{year}-12-31T00:00:00Z")))
    assert page.rows() == [1, 3, 2]
    assert page.bars() == {"acted": 3}


def without(values: Dict, name: str) -> Dict:
    return {key: value for key, value in values.items() if key != name}


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (None, "report is 'None': it has to be a dict"),
        ("{}", "report is '{}': it has to be a dict"),
        ({}, "report: missing required arguments: "),
        (a_report(orders=None), "report: missing required arguments: orders"),
        (a_report(extra=1), "report: extra. Supported parameters include: check_mode, counts"),
        (a_report(check_mode="maybe"), "report: argument 'check_mode' is of type"),
        (
            a_report(generated="yesterday"),
            "report.generated is 'yesterday': it has to be of the form 2026-12-31T23:59:59Z",
        ),
        (a_report(counts={"all": "many"}), "report.counts: argument 'all' is of type"),
        (a_report(counts={"all": None}), "report.counts: missing required arguments: all"),
        (a_report(orders=["42"]), "report.orders[0] is '42': it has to be a dict"),
        (
            a_report(an_order(), without(an_order(2), "order_id")),
            "report.orders[1]: missing required arguments: order_id",
        ),
        (a_report(an_order(status=None)), "report.orders[0] (order 1): missing required arguments: status"),
        (
            a_report(an_order(decision="guess")),
            "report.orders[0] (order 1): value of decision must be one of: mark, cancel, person, leave, got: guess",
        ),
        (a_report(an_order(outcome="done")), "report.orders[0] (order 1): value of outcome must be one of: changed"),
        (
            a_report(an_order(valid_till="2026-13-01")),
            "report.orders[0] (order 1): valid_till is '2026-13-01': it has to be of the form 2026-12-31",
        ),
        (a_report(an_order(order_id=float("inf"))), "report.orders[0] (order inf): "),
        (a_report(an_order(candidates=["x"])), "report.orders[0] (order 1): "),
        (a_report(an_order(order_id="\x1b[2J")), "report.orders[0] (order ?[2J): argument 'order_id' is of type"),
    ],
)
def test_what_is_no_report_is_refused_with_the_place(report: t.Any, says: str) -> None:
    with pytest.raises(ReportError) as caught:
        render(report)
    assert str(caught.value).startswith(says)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(JSON, st.sampled_from(sorted(a_report())), st.sampled_from(sorted(an_order())))
def test_any_other_value_is_taken_or_refused(value: t.Any, name: str, order_name: str) -> None:
    for report in (a_report(an_order(), **{name: value}), a_report(an_order(**{order_name: value}))):
        try:
            Page(render(report))
        except ReportError as error:
            assert str(error).startswith("report")
