from __future__ import annotations

import base64
import hashlib
import re
import typing as t
from collections import Counter
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._text import sanitize
from ansible_collections.certops.certcentral.plugins.modules import (
    digicert_migrated_orders,
    digicert_stale_orders,
)
from ansible_collections.certops.certcentral.plugins.plugin_utils._advice import DECISIONS, OUTCOMES, REASONS
from ansible_collections.certops.certcentral.plugins.plugin_utils._cells import TEXT_LIMIT
from ansible_collections.certops.certcentral.plugins.plugin_utils._columns import CANDIDATE_SCHEMA, COLUMNS, ROW_SCHEMA
from ansible_collections.certops.certcentral.plugins.plugin_utils._report import ReportError, render
from ansible_collections.certops.certcentral.tests.reports import Dict, a_candidate, a_report, an_order

TODAY = date(2026, 11, 24)
VOID = {"meta", "input"}
# Tags and attributes that load or link other files. The page must not have any of them.
ACTIVE = {"link", "img", "image", "iframe", "object", "embed", "form", "base", "use", "foreignobject"}
# The fields that differ in an order that is not changed.
REVIEW: Dict = {"decision": "review", "outcome": None}


class Element(t.NamedTuple):
    """An element of a page, and its own text without the texts of elements inside."""

    tag: str
    attributes: dict[str, str | None]
    texts: list[str]

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()


class Page(HTMLParser):
    """The parsed page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.texts: list[str] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self._open.append(self.elements[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].texts.append(data)
            self.texts += [data] if self._open[-1].tag not in ("style", "script") else []

    def find(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element with this name."""
        return [element.attributes for element in self.elements if element.tag == tag]

    def said(self, tag: str) -> list[str]:
        """Return the text of each element with this name."""
        return [element.text for element in self.elements if element.tag == tag]

    def all_text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def names(self) -> set[str]:
        """Return the names of all tags and attributes."""
        return {name for element in self.elements for name in (element.tag, *element.attributes)}

    def rows(self, kind: str = "main") -> list[int]:
        """Return the IDs of the orders or of the candidates in the table, from top to bottom."""
        row, found = None, []
        for element in self.elements:
            row = element.attributes.get("class") if element.tag == "tr" else row
            if row == kind and element.attributes.get("scope") == "row":
                found.append(int(element.text))
        return found

    def column(self, number: int) -> list[str]:
        """Return the texts of a column, in the rows of orders and of candidates. The first column has the number 1."""
        cells: list[str] = []
        at = 0
        for element in self.elements:
            at = 0 if element.tag == "tr" else at + (element.tag in ("td", "th"))
            if element.tag == "td" and at == number and element.attributes.get("class") != "group":
                cells.append(element.text)
        return cells

    def groups(self) -> list[tuple[str, int]]:
        """Return the groups under "What to do", each with its number of orders."""
        return list(zip(self.said("a"), map(int, self.said("b"))))

    def bars(self) -> dict[str, int]:
        """Return the sums of the numbers in the parts of the bars, by class."""
        sums: Counter[str] = Counter()
        says = [text for text in self.said("title") if re.search(r": \d+$", text)]
        for attributes, text in zip(self.find("rect"), says, strict=True):
            sums[str(attributes["class"])] += int(text.rsplit(": ", 1)[1])
        return dict(sums)


def show(*orders: Dict, **fields: t.Any) -> Page:
    """Return the page of a report about these orders."""
    return Page(render(a_report(*orders, **fields)))


WORDS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
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
HOSTILE = (
    st.sampled_from(WORDS)
    | st.text(st.characters(codec=None), max_size=20)
    | st.text("<>&\"'/={}%#`;\u202e\x00 ", max_size=20)
)


CANDIDATE_WORDS = ("common_name", "product", "container", "valid_till", "order_valid_till", "date_created")


WORD = st.none() | HOSTILE
DATE = st.none() | st.dates(date(1990, 1, 1), date(2100, 12, 31)).map(str)
FLAG = st.none() | st.booleans()
CANDIDATES = st.builds(
    a_candidate, st.integers(1, 2**40), names=st.lists(HOSTILE, max_size=3), **dict.fromkeys(CANDIDATE_WORDS, WORD)
)
ORDERS = st.builds(
    an_order,
    st.integers(1, 2**40),
    **dict.fromkeys(("common_name", "organization", "product", "container", "msg"), WORD),
    **dict.fromkeys(("date_created", "order_valid_till"), WORD),
    **dict.fromkeys(("status", "reason", "explanation"), HOSTILE),
    **dict.fromkeys(("is_renewed", "verified"), FLAG),
    names=st.lists(HOSTILE, max_size=13),
    valid_till=DATE,
    decision=st.sampled_from(DECISIONS),
    candidates=st.lists(CANDIDATES, max_size=2),
    confirmed=st.booleans(),
    outcome=st.none() | st.sampled_from(OUTCOMES),
)
# Reports of a few orders with hostile texts in every place that can have a text.
REPORTS = st.builds(
    lambda orders, **fields: a_report(*orders, **fields),
    st.lists(ORDERS, max_size=3),
    **dict.fromkeys(("module", "role", "account", "msg"), HOSTILE),
    **dict.fromkeys(("check_mode", "finished", "failed"), st.booleans()),
    options=st.dictionaries(HOSTILE | st.just("exclude_orders"), WORD | st.lists(HOSTILE, max_size=2), max_size=2),
    unused_exclusions=st.lists(st.fixed_dictionaries({"option": HOSTILE, "entry": HOSTILE}), max_size=2),
    approved_plan=st.none() | st.fixed_dictionaries({"path": HOSTILE, "generated": HOSTILE}),
    counts=st.dictionaries(HOSTILE, st.integers(), max_size=2),
)


@settings(deadline=None)
@given(REPORTS)
def test_hostile_text_stays_text(report: Dict) -> None:
    html = render(report)
    page = Page(html)
    plan: Dict = {"path": "plan.json", "generated": "2026-11-23"}
    full = show(an_order(), an_order(2, **REVIEW), role="r", approved_plan=plan, options={"exclude_orders": [5]})
    assert page.names() <= full.names() and not page.names() & ACTIVE
    assert len(page.find("script")) == 1 and len(page.find("tbody")) == len(report["orders"]) + len(page.groups())
    # It does not become a template or an invisible character either.
    assert not re.search("{[{%#]", html)
    assert all(char.isprintable() or char == "\n" for char in html)
    text = page.all_text()
    for order in report["orders"]:
        words = ("common_name", "organization", "product", "container", "status", "reason", "explanation")
        shown = [order[name] for name in words]
        shown += [candidate[name] for candidate in order["candidates"] for name in CANDIDATE_WORDS[:-1]]
        assert all(word is None or sanitize(word, TEXT_LIMIT) in text for word in shown)


def test_page_loads_and_links_no_other_file() -> None:
    html = render(a_report(an_order(), an_order(2, **REVIEW), account=None))
    page = Page(html)
    assert not re.search(r"\w+://|url\(|@import|@font-face|javascript:|data:", html)
    assert not {name for name in page.names() if name.startswith("on")} | page.names() & {"src", "action", "srcset"}
    assert not any("style" in element.attributes for element in page.elements)
    ids = {f"#{element.attributes.get('id')}" for element in page.elements}
    links = [(element.tag, element.attributes["href"]) for element in page.elements if "href" in element.attributes]
    assert links == [("a", "#group-1"), ("a", "#group-2")] and {value for tag, value in links} <= ids


def test_policy_allows_only_the_style_sheet_and_script_of_the_page() -> None:
    html = render(a_report(an_order()))
    [policy] = [meta["content"] for meta in Page(html).find("meta") if "http-equiv" in meta]
    [css] = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    [script] = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    style, code = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (css, script))
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{code}'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    )
    # The script is the same for all orders, because it contains no data.
    other = render(a_report(an_order(common_name="other", outcome="refused"), options={"exclude_orders": [5]}))
    assert f"<script>{script}</script>" in other and f"<style>{css}</style>" in other


def tiles(*orders: Dict, **fields: t.Any) -> list[tuple[str, str]]:
    page = show(*orders, **{"options": {}, **fields})
    return list(zip(page.said("dt"), page.said("dd")))


COUNTS = {"migrated": 40, "not_due": 0, "due": 3, "mark": 2, "review": 1, "skip": 0, "changed": 2, "refused": 0}


def test_each_number_has_one_tile() -> None:
    """Regression: 31 orders to mark that would change were two tiles with the same number."""
    orders = [an_order(1), an_order(2), an_order(3, **REVIEW)]
    plan = tiles(*orders, check_mode=True, counts=COUNTS)
    assert plan == [("migrated", "40"), ("due", "3"), ("for review", "1"), ("would be marked renewed", "2")]
    result = tiles(*orders, counts=COUNTS)
    assert result == [("migrated", "40"), ("due", "3"), ("for review", "1"), ("marked renewed", "2")]
    # If all due orders were marked, their number is shown only once.
    assert tiles(*orders[:2], counts={**COUNTS, "due": 2}) == [("migrated", "40"), ("marked renewed", "2")]
    assert tiles(*orders[:2], counts={"migrated": 2, "marked_already": 0, "due": 2}) == [("marked renewed", "2")]
    # A count of zero has no tile.
    assert tiles(counts={"pending": 3, "due": 0}) == [("pending", "3")] and tiles(counts={"due": 0}) == []


def test_message_is_shown_only_if_the_headline_is_not_enough() -> None:
    assert "All went well" not in show(an_order()).all_text()
    for fields in ({"failed": True}, {"finished": False}):
        assert "All went well" in show(an_order(), **fields).all_text()


def test_page_names_account_approved_plan_and_unused_exclusions() -> None:
    plan = {"path": "/srv/plan.json", "generated": "2026-11-23T08:00:00Z"}
    unused = [{"option": "exclude_names", "entry": "*.typo"}, {"option": "exclude_orders", "entry": 5}]
    text = show(approved_plan=plan, unused_exclusions=unused).all_text()
    assert "account at https://www.digicert.com/services/v2" in text
    assert "carries out the approved plan /srv/plan.json of 2026-11-23T08:00:00Z" in text
    assert "leave out no due order: *.typo (exclude_names), 5 (exclude_orders)" in text
    text = show(account=None).all_text()
    assert "approved plan" not in text and "Exclusions" not in text and "account" not in text


def test_options_are_shown_as_json_and_the_footer_disclaims_affiliation() -> None:
    page = show(options={"window": 90, "names": ["*.example.com", "é"], "since": date(2026, 1, 2), "url": None})
    assert page.said("code")[-8:] == [
        *("window", "90", "names", '["*.example.com", "é"]', "since", '"2026-01-02"', "url", "null")
    ]
    assert "which is not affiliated with DigiCert" in page.all_text()


PLAN, FAILED, UNFINISHED = {"check_mode": True}, {"failed": True}, {"finished": False}
LATE, OPEN = {"verified": False}, {"outcome": None}


@pytest.mark.parametrize(
    ("orders", "fields", "headline"),
    [
        ([{}], PLAN, "Plan: 1 order would be marked renewed; nothing has been changed"),
        ([OPEN], PLAN, "Plan: 1 order would be marked renewed; nothing has been changed"),
        (
            *([{}, REVIEW], {**PLAN, **FAILED}),
            "Plan with errors: 1 order would be marked renewed, 1 for review; nothing has been changed",
        ),
        (
            *([{}, {"outcome": "refused"}], PLAN),
            "Plan: 1 order would be marked renewed, 1 would be refused; nothing has been changed",
        ),
        ([{}, {}], {}, "Result: 2 orders marked renewed"),
        ([{"verified": None}], {}, "Result: 1 order marked renewed"),
        ([{}, LATE, LATE], {}, "Result: 1 order marked renewed, 2 accepted but not showing yet"),
        ([LATE], {}, "Result: 0 orders marked renewed, 1 accepted but not showing yet"),
        ([{"decision": "cancel"}], {}, "Result: 1 order canceled"),
        ([{"decision": "cancel"}, {}], {}, "Result: 2 orders changed"),
        ([{"outcome": "unchanged"}], {}, "Result: 0 orders marked renewed"),
        ([OPEN, OPEN, REVIEW], UNFINISHED, "Not finished: 2 orders were to be marked renewed"),
        ([{**OPEN, "decision": "cancel"}], UNFINISHED, "Not finished: 1 order was to be canceled"),
        ([], {}, "Result: nothing to do"),
        ([REVIEW], {}, "Result: nothing to do, 1 for review"),
        ([], FAILED, "Result with errors: 0 orders changed"),
        (
            *([{}, {"outcome": "failed"}, OPEN, {"outcome": "not_attempted"}], FAILED),
            "Result with errors: 1 order marked renewed, 1 failed, 1 not attempted, 1 with an unknown outcome",
        ),
        ([OPEN, OPEN], FAILED, "Result with errors: 2 with an unknown outcome"),
    ],
)
def test_headline_summarizes_the_outcomes(orders: list[Dict], fields: Dict, headline: str) -> None:
    page = show(*(an_order(number, **order) for number, order in enumerate(orders)), **fields)
    assert page.said("strong") == [headline]
    [classes] = [str(div["class"]) for div in page.find("div") if "headline" in str(div)]
    pending = any(words in headline for words in ("not showing yet", "unknown outcome", "Not finished"))
    tone = "bad" if fields.get("failed") else "warn" if pending else "good"
    assert classes.split() == ["headline", tone, *(["plan"] if fields.get("check_mode") else [])]


def test_groups_are_sorted_by_advice_and_their_orders_by_expiry() -> None:
    report = a_report(
        an_order(1, decision="skip", reason="excluded", outcome=None),
        an_order(2, valid_till="2026-12-02"),
        an_order(3),
        an_order(4, outcome="failed"),
        an_order(5, outcome="refused", valid_till=None),
        an_order(6, **REVIEW, reason="ambiguous", valid_till="2020-01-01"),
        an_order(7, outcome="not_attempted"),
        an_order(8, outcome=None),
        an_order(9, outcome="unchanged"),
        an_order(10, verified=False),
        an_order(11, **REVIEW, reason="fewer_names"),
        an_order(12, **REVIEW, reason="fewer_names", valid_till="2026-11-30"),
        an_order(13, reason="recorded"),
    )
    page = Page(render(report))
    assert page.rows() == [4, 5, 7, 8, 10, 12, 11, 6, 3, 2, 13, 9, 1]
    assert page.groups() == [
        ("Failed", 1),
        ("Refused", 1),
        ("Not attempted", 1),
        ("With an unknown outcome", 1),
        ("Accepted but not showing yet", 1),
        ("For review: the other order lacks some of its names", 2),
        ("For review: several orders could be the renewal", 1),
        ("Marked renewed: one later order has the same names", 2),
        ("Marked renewed: CertCentral records the renewal", 1),
        ("Marked renewed already", 1),
        ("Left out: the options leave it out", 1),
    ]
    # In check mode, no outcome can be unknown, and no change can be invisible.
    page = Page(render({**report, "check_mode": True}))
    assert page.rows() == [4, 5, 7, 12, 11, 6, 3, 8, 10, 2, 13, 9, 1]
    assert ("Would be marked renewed: one later order has the same names", 4) in page.groups()
    assert ("Would be refused", 1) in page.groups()


def test_accepted_change_that_is_not_visible_is_not_called_changed() -> None:
    page = show(an_order(verified=False, msg=None), counts={})
    assert page.groups() == [("Accepted but not showing yet", 1)]
    assert "accepted, does not show yet" in page.said("span") and "changed" not in page.column(9)
    assert page.bars() == {"attention": 1}


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("decision", ["review", "skip", "mark"])
def test_unknown_reason_has_a_group_with_general_advice(decision: str, check_mode: bool) -> None:
    order = an_order(decision=decision, reason="some_new_reason", outcome=None)
    page = show(order, check_mode=check_mode, options={})
    [(title, number)] = page.groups()
    assert number == 1 and (title.endswith(": some new reason") or (decision, check_mode) == ("mark", False))
    group, unused_more, unused_footer = page.said("p")[-3:]
    assert group.endswith(".")


def test_every_reason_of_the_modules_has_advice() -> None:
    given: set[str] = set()
    for module in (digicert_migrated_orders, digicert_stale_orders):
        described = yaml.safe_load(module.RETURN)["orders"]["contains"]["reason"]["description"]
        given |= set(re.findall(r"V\((\w+)\)", " ".join(described)))
    assert given and set(REASONS) == given
    assert all(found and advice.endswith(".") for found, advice in REASONS.values())


def test_schema_accepts_the_rows_of_the_modules() -> None:
    for module in (digicert_migrated_orders, digicert_stale_orders):
        contains = yaml.safe_load(module.RETURN)["orders"]["contains"]
        assert set(contains) == set(ROW_SCHEMA)
        assert set(contains["candidates"].get("contains", CANDIDATE_SCHEMA)) == set(CANDIDATE_SCHEMA)
        assert set(OUTCOMES) == set(contains["outcome"]["choices"])


def test_each_column_shows_a_value_of_the_rows() -> None:
    assert {column.key for column in COLUMNS} <= set(ROW_SCHEMA)
    page = show(an_order(candidates=[]))
    assert page.said("th")[:-1] == [column.title for column in COLUMNS]


def test_candidate_is_below_its_order() -> None:
    old = an_order(
        container="Berlin",
        candidates=[
            a_candidate(7, names=["WWW.example.com", "b.example.com"], product="Other OV"),
            a_candidate(8, date_created="2025-11-30T15:05:28-05:00", valid_till="2026-12-01"),
            {**dict.fromkeys(a_candidate()), "order_id": 9, "names": []},
        ],
    )
    page = show(old)
    assert (page.rows(), page.rows("candidate")) == ([1], [7, 8, 9])
    assert page.column(4) == ["2025-11-30", "2026-11-20", "2025-11-30", ""]
    assert page.column(5) == ["2026-12-01", "2027-06-01", "2026-12-01", ""]
    assert page.column(6) == ["2026-12-02", "2027-11-30", "2027-11-30", ""]
    text = page.all_text()
    assert (
        "only in 1: example.com only in 7: b.example.com Other OV other product Example Division other container"
        in text
    )
    # The candidate was placed in the same second, and expires on the same day.
    assert "2025-11-30 no later 2026-12-01 no later 2027-11-30" in text and text.count("no later") == 2
    assert "names not known" in text and page.said("div").count("same names") == 1


def test_dates_are_compared_with_their_times_and_offsets() -> None:
    page = show(an_order(date_created="2026-11-22T20:00:00-07:00", candidates=[]))
    assert page.column(4) == ["2026-11-23"]
    for text in ("2026-11-22", "Nov 22"):
        assert show(an_order(date_created=text, candidates=[])).column(4) == [text]


def test_each_order_and_candidate_has_a_line_to_exclude_it() -> None:
    review = an_order(1, **REVIEW, reason="ambiguous")
    orders = [review, an_order(2, candidates=[]), an_order(3, decision="skip", candidates=[], outcome=None)]
    excluding = {"role": "mark_renewed", "options": {"exclude_orders": [5, 6]}}
    page = show(*orders, **excluding)
    lines = [text for text in page.said("code") if "exclude_orders: " in text]
    assert lines == ["mark_renewed_exclude_orders: [1]", "mark_renewed_exclude_orders: [7]"]
    assert "Keep the IDs that are in this option already: 5, 6." in page.all_text()
    # In a plan, the orders to change can be excluded as well.
    page = show(*orders, **excluding, check_mode=True)
    assert "mark_renewed_exclude_orders: [2]" in page.said("code")
    # Without a role, the line has the name of the module's option.
    assert "exclude_orders: [1]" in show(*orders).said("code")


def test_page_mentions_lines_to_exclude_only_if_it_has_some() -> None:
    def text(*orders: Dict, **report: t.Any) -> str:
        return show(*orders, role="my", **report).all_text()

    done, left = an_order(1), an_order(2, **REVIEW, reason="not_renewed", candidates=[])
    hint, candidates = "To leave an order out, add its ID to my_exclude_orders", "To rule out a candidate, do the same"
    assert hint not in text(done)
    assert hint in text(done, left) and candidates not in text(done, left)
    assert candidates in text({**left, "candidates": [a_candidate()]})


def test_mark_that_is_based_only_on_rows_is_called_unconfirmed() -> None:
    def says(**fields: t.Any) -> bool:
        return "not confirmed yet" in show(an_order(**fields)).all_text()

    assert says(confirmed=False)
    assert not says(confirmed=True) and not says(confirmed=False, decision="cancel")


def test_empty_columns_are_left_out() -> None:
    def heads(*orders: Dict) -> list[str]:
        return show(*orders, check_mode=True).said("th")

    undated = heads(an_order(valid_till=None, order_valid_till=None, candidates=[]))
    assert not {"Certificate expires", "Order expires", "Outcome"} & set(undated) and "Status as read" in undated
    assert "Outcome" in heads(an_order(), an_order(2, outcome="refused"))


def test_style_sheet_has_rules_for_each_column() -> None:
    [css] = show(an_order()).said("style")
    assert "nth-child" not in css
    for column in COLUMNS:
        assert column.width in css and (
            not column.label or f'td.{column.key}::before {{ content: "{column.label}: "; }}' in css
        )


def test_long_lists_are_cut_with_the_number_of_hidden_entries() -> None:
    names = [f"host{number}.example.com" for number in range(30)]
    candidates = [a_candidate(number, names=names[:5]) for number in range(1, 12)]
    page = show(an_order(common_name=names[0], names=names, candidates=candidates))
    text = page.all_text()
    assert "host10.example.com and 19 more" in text
    assert "only in 1: host5.example.com" in text and "host14.example.com and 15 more" in text
    assert page.said("th")[-1] == "and 1 more"


def test_table_is_made_for_screen_readers() -> None:
    """The tests in tests/browser cover screen readers, printing and pages without a script."""
    page = show(an_order(), an_order(2))
    assert page.find("html") == [{"lang": "en"}]
    assert page.said("caption") == ["2 orders, grouped by what to do"]
    assert [cell.get("scope") for cell in page.find("th")] == ["col"] * 9 + ["row"] * 4
    [svg] = page.find("svg")
    ids = {element.attributes.get("id") for element in page.elements}
    assert svg["role"] == "img" and {*str(svg["aria-labelledby"]).split()} <= ids


@pytest.mark.parametrize("mode", [0, 1])
def test_colors_have_enough_contrast(mode: int) -> None:
    """The contrast is 4.5 to 1 for text and 3 to 1 for shapes (WCAG 2.1: 1.4.3 and 1.4.11), on light and dark pages."""
    [css] = show().said("style")
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
    for text in ("attention", "acted"):
        assert contrast(text, "page") >= 4.5, text
    assert contrast("left", "page") >= 3


def test_chart_shows_the_number_of_a_cut_bar_and_the_page_counts_orders_without_a_date() -> None:
    page = show(*[an_order(n + 1, valid_till="2020-01-01") for n in range(300)], an_order(301))
    assert "300" in page.said("text")
    page = show(an_order(valid_till=None), an_order(2))
    assert "1 without an expiry date is not in the chart." in page.all_text()
    assert page.bars() == {"acted": 1}
    page = show(an_order(valid_till=None))
    assert "svg" not in page.names() and page.rows() == [1]


DAYS = st.one_of(st.none(), st.integers(-40, 100), st.integers(-10000, 20000))


@settings(deadline=None)
@given(
    st.lists(st.tuples(DAYS, st.sampled_from(DECISIONS), st.none() | st.sampled_from(OUTCOMES)), max_size=40),
    st.booleans(),
)
def test_rows_and_bars_contain_each_order_once(
    orders: list[tuple[int | None, str, str | None]], check_mode: bool
) -> None:
    listed = []
    for number, (days, decision, outcome) in enumerate(orders, 1):
        end = None if days is None else str(TODAY + timedelta(days=days))
        listed.append(an_order(number, decision=decision, outcome=outcome, valid_till=end))
    page = show(*listed, check_mode=check_mode)
    assert sorted(page.rows()) == list(range(1, len(listed) + 1))
    dated = [order for order in listed if order["valid_till"]]
    assert sum(page.bars().values()) == len(dated)
    # The number of marked orders does not depend on the other orders.
    marked = [order for order in dated if order["outcome"] == "changed"]
    planned = [order for order in dated if order["decision"] in ("mark", "cancel") and order["outcome"] is None]
    assert page.bars().get("acted", 0) == len(marked) + (len(planned) if check_mode else 0)
    legend = [text for text in page.said("li") if text]
    assert sum(int(text.rsplit(": ", 1)[1]) for text in legend) == len(dated)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_first_and_last_dates_of_the_calendar_are_accepted(year: str) -> None:
    ends = ("0001-01-01", "9999-12-31", "2026-1-9")
    orders = [an_order(number, valid_till=end) for number, end in enumerate(ends, 1)]
    page = show(*orders, generated=f"{year}-12-31T00:00:00Z")
    assert page.rows() == [1, 3, 2] and page.bars() == {"acted": 3}


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (None, "report is not a mapping"),
        ({}, "report: module is missing or has a wrong type"),
        (a_report(orders=None), "report: orders is missing or has a wrong type"),
        (a_report(check_mode="maybe"), "report: check_mode is missing or has a wrong type"),
        (
            a_report(generated="yesterday"),
            "report.generated is 'yesterday': it has to be of the form 2026-12-31T23:59:59Z",
        ),
        (a_report(orders=["42"]), "report.orders[0] is not a mapping"),
        (a_report(an_order(), an_order(2, order_id=None)), "report.orders[1]: order_id is missing"),
        (a_report(an_order(status=None)), "report.orders[0]: status is missing or has a wrong type"),
        (a_report(an_order(names=[5])), "report.orders[0]: names has an entry that is not a string"),
        (
            a_report(an_order(valid_till="2026-13-01")),
            "report.orders[0].valid_till is '2026-13-01': it has to be of the form 2026-12-31",
        ),
        (a_report(an_order(candidates=[7])), "report.orders[0].candidates[0] is not a mapping"),
        (a_report(an_order(candidates=[{}])), "report.orders[0].candidates[0]: order_id is missing"),
        (a_report(unused_exclusions=[{}]), "report.unused_exclusions[0]: option is missing"),
        (a_report(approved_plan={"path": 5}), "report.approved_plan: path is missing or has a wrong type"),
    ],
)
def test_invalid_report_is_refused_with_the_position_of_the_error(report: t.Any, says: str) -> None:
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
def test_any_other_value_is_accepted_or_refused(value: t.Any, name: str, order_name: str) -> None:
    for report in (a_report(an_order(), **{name: value}), a_report(an_order(**{order_name: value}))):
        try:
            Page(render(report))
        except ReportError as error:
            assert str(error).startswith("report")


def test_browser_can_react_while_it_reads_a_large_page() -> None:
    page = render(a_report(*(an_order(number) for number in range(1, 1202))))
    # Chromium reacts at the end of a script, and otherwise reads for up to half a second before it does.
    parts = page.split("<script></script>")
    assert len(parts) == 3 and max(part.count('class="order"') for part in parts) <= 500
