from __future__ import annotations

import base64
import hashlib
import re
import typing as t
from collections import Counter
from datetime import date, timedelta
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.certops.certcentral.plugins.module_utils._text import sanitize
from ansible_collections.certops.certcentral.plugins.modules import digicert_migrated_orders, digicert_stale_orders
from ansible_collections.certops.certcentral.plugins.plugin_utils._advice import DECISIONS, OUTCOMES, REASONS
from ansible_collections.certops.certcentral.plugins.plugin_utils._cells import TEXT_LIMIT
from ansible_collections.certops.certcentral.plugins.plugin_utils._columns import CANDIDATE_SCHEMA, COLUMNS, ROW_SCHEMA
from ansible_collections.certops.certcentral.plugins.plugin_utils._report import ReportError, render
from ansible_collections.certops.certcentral.tests.reports import Dict, a_candidate, a_report, an_order

TODAY = date(2026, 11, 24)
# Tags and attributes that load or link other files. The page must not have any of them.
ACTIVE = {"link", "img", "image", "iframe", "object", "embed", "form", "base", "use", "foreignobject"}
# The fields that differ in an order that is not changed.
REVIEW: Dict = {"decision": "review", "outcome": None}


def own_text(element: Element) -> str:
    """Return the text of an element without the texts of elements inside."""
    return "".join([element.text or "", *(child.tail or "" for child in element)]).strip()


class Page(HTMLParser):
    """The elements of a page, which must be nested correctly and contain no comment."""

    def __init__(self, html: t.Iterable[str]) -> None:
        super().__init__()
        self._builder = TreeBuilder()
        self.feed("".join(html))
        self.close()
        self.root = self._builder.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in ("meta", "input"):
            self._builder.end(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._builder.end(tag).tag == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
        self._builder.data(data)

    def find(self, path: str) -> list[Element]:
        return self.root.findall(f".//{path}")

    def said(self, path: str) -> list[str]:
        """Return the text of each of these elements."""
        return [own_text(element) for element in self.find(path)]

    def all_text(self) -> str:
        texts = [text for part in self.find("title") + self.find("body") for text in part.itertext()]
        return " ".join(" ".join(texts).split())

    def names(self) -> set[str]:
        """Return the names of all tags and attributes."""
        return {name for element in self.root.iter() for name in (element.tag, *element.attrib)}

    def rows(self, kind: str = "main") -> list[int]:
        """Return the IDs of the orders or of the candidates in the table, from top to bottom."""
        return [int(text) for text in self.said(f"tr[@class='{kind}']/th[@scope='row']")]

    def column(self, key: str) -> list[str]:
        """Return the texts of a column, in the rows of orders and of candidates."""
        return self.said(f"td[@class='{key}']")

    def groups(self) -> list[tuple[str, int]]:
        """Return the groups under "What to do", each with its number of orders."""
        return list(zip(self.said("ul[@class='todo']//a"), map(int, self.said("ul[@class='todo']//b"))))

    def bars(self) -> Counter[str]:
        """Return the sums of the numbers in the parts of the bars, by class."""
        sums: Counter[str] = Counter()
        for part in self.find("rect"):
            sums[part.attrib["class"]] += int(own_text(part[0]).rsplit(": ", 1)[1])
        return sums


def show(*orders: Dict, **fields: t.Any) -> Page:
    """Return the page of a report about these orders."""
    return Page(render(a_report(*orders, **fields)))


WORDS = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}",
    "</td></tr></table><!--",
    "]]><svg onload=alert(1)>",
    "&lt;b&gt; &#60;i&#62;",
    "{{ lookup('pipe', 'id') }}",
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
    html = "".join(render(report))
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
    html = "".join(render(a_report(an_order(), an_order(2, **REVIEW), account=None)))
    page = Page(html)
    assert not re.search(r"\w+://|url\(|@import|@font-face|javascript:|data:", html)
    assert not {name for name in page.names() if name.startswith("on")}
    assert not page.names() & {"src", "action", "srcset"} and not page.find("*[@style]")
    links = [(element.tag, element.attrib["href"]) for element in page.find("*[@href]")]
    assert links == [("a", "#group-1"), ("a", "#group-2")]
    assert {f"#{element.attrib['id']}" for element in page.find("tbody[@id]")} == {link for tag, link in links}


def test_policy_allows_only_the_style_sheet_and_script_of_the_page() -> None:
    html = "".join(render(a_report(an_order())))
    [policy] = [meta.attrib["content"] for meta in Page(html).find("meta[@http-equiv]")]
    [css] = re.findall("<style>(.*?)</style>", html, re.DOTALL)
    [script] = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    style, code = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (css, script))
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{code}'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    )
    # The script is the same for all orders, because it contains no data.
    other = "".join(render(a_report(an_order(common_name="other", outcome="refused"), options={"exclude_orders": [5]})))
    assert f"<script>{script}</script>" in other and f"<style>{css}</style>" in other


def tiles(*orders: Dict, **fields: t.Any) -> list[tuple[str, str]]:
    page = show(*orders, **fields)
    return list(zip(page.said("dl[@class='counts']//dt"), page.said("dl[@class='counts']//dd")))


def test_each_number_has_one_tile() -> None:
    """Regression: 31 orders to mark that would change were two tiles with the same number."""
    counts = {"migrated": 40, "not_due": 0, "due": 3, "mark": 2, "review": 1, "skip": 0, "changed": 2, "refused": 0}
    orders = [an_order(1), an_order(2), an_order(3, **REVIEW)]
    plan = tiles(*orders, check_mode=True, counts=counts)
    assert plan == [("migrated", "40"), ("due", "3"), ("for review", "1"), ("would be marked renewed", "2")]
    assert tiles(*orders, counts=counts) == [*plan[:3], ("marked renewed", "2")]
    # If all due orders were marked, their number is shown only once.
    assert tiles(*orders[:2], counts={**counts, "due": 2}) == [("migrated", "40"), ("marked renewed", "2")]
    assert tiles(*orders[:2], counts={"migrated": 2, "marked_already": 0, "due": 2}) == [("marked renewed", "2")]
    # A count of zero has no tile.
    assert tiles(counts={"pending": 3, "due": 0}) == [("pending", "3")] and tiles(counts={"due": 0}) == []


PLAN, FAILED, UNFINISHED = {"check_mode": True}, {"failed": True}, {"finished": False}
LATE, OPEN, BROKEN = {"verified": False}, {"outcome": None}, {"outcome": "failed"}
APPROVED = {"path": "/srv/plan.json", "generated": "2026-11-23T08:00:00Z"}
UNUSED = [{"option": "exclude_names", "entry": "*.typo"}, {"option": "exclude_orders", "entry": 5}]
WITHOUT: Dict = {**REVIEW, "reason": "not_renewed", "candidates": []}
HINT, ABOUT_CANDIDATES = (
    "To leave an order out, add its ID to my_exclude_orders",
    "To rule out a candidate, do the same",
)
IN_A_ROLE = {"role": "my", "options": {"exclude_orders": [5, 6]}}


@pytest.mark.parametrize(
    ("orders", "fields", "shown", "hidden"),
    [
        ([], {}, ["which is not affiliated with DigiCert"], ["All went well", "approved plan", "Exclusions"]),
        # The message is shown only if the headline is not enough.
        ([], FAILED, ["All went well"], []),
        ([], UNFINISHED, ["All went well"], []),
        ([], {}, ["account at https://www.digicert.com/services/v2"], []),
        ([], {"account": None}, [], ["account"]),
        ([], {"approved_plan": APPROVED}, ["the approved plan /srv/plan.json of 2026-11-23T08:00:00Z"], []),
        ([], {"unused_exclusions": UNUSED}, ["no due order: *.typo (exclude_names), 5 (exclude_orders)"], []),
        ([{"confirmed": False}], {}, ["not confirmed yet"], []),
        ([{"confirmed": True}, {"confirmed": False, "decision": "cancel"}], {}, [], ["not confirmed yet"]),
        # Lines to exclude orders are mentioned only if the page has some.
        ([{}], IN_A_ROLE, [], [HINT]),
        ([{}, WITHOUT], IN_A_ROLE, [HINT, "Keep the IDs that are in this option already: 5, 6."], [ABOUT_CANDIDATES]),
        ([{**WITHOUT, "candidates": [a_candidate()]}], IN_A_ROLE, [HINT, ABOUT_CANDIDATES], []),
        ([{}, {"valid_till": None}], {}, ["1 without an expiry date is not in the chart."], []),
        ([{"valid_till": "2020-01-01"}] * 300 + [{}], {}, [" 300 "], []),  # the number at a bar that is cut
    ],
)
def test_page_says(orders: list[Dict], fields: Dict, shown: list[str], hidden: list[str]) -> None:
    text = show(*(an_order(number, **order) for number, order in enumerate(orders)), **fields).all_text()
    assert [words for words in shown if words not in text] == [words for words in hidden if words in text] == []


def test_options_are_shown_as_json() -> None:
    page = show(options={"window": 90, "names": ["*.example.com", "é"], "since": date(2026, 1, 2), "url": None})
    assert dict(zip(page.said("dt/code"), page.said("dd/code"))) == {
        "window": "90",
        "names": '["*.example.com", "é"]',
        "since": '"2026-01-02"',
        "url": "null",
    }


@pytest.mark.parametrize(
    ("orders", "fields", "headline"),
    [
        ([{}], PLAN, "Plan: 1 order would be marked renewed"),
        ([OPEN], PLAN, "Plan: 1 order would be marked renewed"),
        ([{}, REVIEW], {**PLAN, **FAILED}, "Plan with errors: 1 order would be marked renewed, 1 for review"),
        ([{}, {"outcome": "refused"}], PLAN, "Plan: 1 order would be marked renewed, 1 would be refused"),
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
        ([{}, BROKEN, OPEN], FAILED, "Result with errors: 1 order marked renewed, 1 failed, 1 with an unknown outcome"),
        ([{"outcome": "not_attempted"}], FAILED, "Result with errors: 0 orders marked renewed, 1 not attempted"),
        ([OPEN, OPEN], FAILED, "Result with errors: 2 with an unknown outcome"),
    ],
)
def test_headline_summarizes_the_outcomes(orders: list[Dict], fields: Dict, headline: str) -> None:
    page = show(*(an_order(number, **order) for number, order in enumerate(orders)), **fields)
    assert page.said("strong") == [headline + "; nothing has been changed" * ("check_mode" in fields)]
    [classes] = [div.attrib["class"] for div in page.find("header/div")]
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
        an_order(11, **REVIEW, reason="fewer_names", valid_till=None),
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
    assert page.groups() == [("Accepted but not showing yet", 1)] and page.bars() == {"attention": 1}
    assert page.said("td/span") == ["accepted, does not show yet"] and "changed" not in page.said("td")


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("decision", ["review", "skip", "mark"])
def test_unknown_reason_has_a_group_with_general_advice(decision: str, check_mode: bool) -> None:
    page = show(an_order(decision=decision, reason="some_new_reason", outcome=None), check_mode=check_mode)
    [(title, number)] = page.groups()
    assert number == 1 and (title.endswith(": some new reason") or (decision, check_mode) == ("mark", False))
    [advice] = page.said("tbody[@class='group']//p")
    assert advice.endswith(".")


def test_report_knows_all_that_the_modules_return() -> None:
    reasons: set[str] = set()
    for module in (digicert_migrated_orders, digicert_stale_orders):
        contains = yaml.safe_load(module.RETURN)["orders"]["contains"]
        reasons |= set(re.findall(r"V\((\w+)\)", " ".join(contains["reason"]["description"])))
        assert set(contains) == set(ROW_SCHEMA)
        assert set(contains["candidates"].get("contains", CANDIDATE_SCHEMA)) == set(CANDIDATE_SCHEMA)
        assert set(OUTCOMES) == set(contains["outcome"]["choices"])
    assert set(REASONS) == reasons and all(found and advice.endswith(".") for found, advice in REASONS.values())


def test_each_column_shows_a_value_of_the_rows_and_has_rules_in_the_style_sheet() -> None:
    assert {column.key for column in COLUMNS} <= set(ROW_SCHEMA)
    page = show(an_order())
    assert page.said("thead//th") == [column.title for column in COLUMNS]
    [css] = page.said("style")
    assert "nth-child" not in css and all(column.width in css for column in COLUMNS)
    labels = {column.key: column.label for column in COLUMNS if column.label}
    assert all(f'td.{key}::before {{ content: "{label}: "; }}' in css for key, label in labels.items())


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
    assert page.column("date_created") == ["2025-11-30", "2026-11-20", "2025-11-30", ""]
    assert page.column("valid_till") == ["2026-12-01", "2027-06-01", "2026-12-01", ""]
    assert page.column("order_valid_till") == ["2026-12-02", "2027-11-30", "2027-11-30", ""]
    text = page.all_text()
    differences = "Other OV other product Example Division other container"
    assert f"only in 1: example.com only in 7: b.example.com {differences}" in text
    # The candidate was placed in the same second, and expires on the same day.
    assert "2025-11-30 no later 2026-12-01 no later 2027-11-30" in text and text.count("no later") == 2
    assert "names not known" in text and page.said("div").count("same names") == 1


@pytest.mark.parametrize(
    ("text", "shown"), [("2026-11-22T20:00:00-07:00", "2026-11-23"), ("2026-11-22", "2026-11-22"), ("Nov 22", "Nov 22")]
)
def test_time_is_shown_as_its_date_in_utc(text: str, shown: str) -> None:
    assert show(an_order(date_created=text, candidates=[])).column("date_created") == [shown]


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"role": "mark_renewed"}, ["mark_renewed_exclude_orders: [1]", "mark_renewed_exclude_orders: [7]"]),
        # In a plan, the orders to change can be excluded as well.
        ({"check_mode": True}, ["exclude_orders: [1]", "exclude_orders: [7]", "exclude_orders: [2]"]),
    ],
)
def test_each_order_and_candidate_that_needs_attention_has_a_line_to_exclude_it(fields: Dict, lines: list[str]) -> None:
    skipped = an_order(3, decision="skip", candidates=[], outcome=None)
    page = show(an_order(1, **REVIEW, reason="ambiguous"), an_order(2, candidates=[]), skipped, **fields)
    assert page.said("div[@class='line']/code") == lines


def test_empty_columns_are_left_out() -> None:
    def heads(*orders: Dict) -> list[str]:
        return show(*orders, check_mode=True).said("thead//th")

    undated = heads(an_order(valid_till=None, order_valid_till=None, candidates=[]))
    assert not {"Certificate expires", "Order expires", "Outcome"} & set(undated) and "Status as read" in undated
    assert "Outcome" in heads(an_order(), an_order(2, outcome="refused"))


def test_long_lists_are_cut_with_the_number_of_hidden_entries() -> None:
    names = [f"host{number}.example.com" for number in range(30)]
    candidates = [a_candidate(number, names=names[:5]) for number in range(1, 12)]
    page = show(an_order(common_name=names[0], names=names, candidates=candidates))
    text = page.all_text()
    assert "host10.example.com and 19 more" in text
    assert "only in 1: host5.example.com" in text and "host14.example.com and 15 more" in text
    assert page.said("tr[@class='candidate']/th") == [*map(str, range(1, 11)), "and 1 more"]


def test_table_is_made_for_screen_readers() -> None:
    """The tests in tests/browser cover screen readers, printing and pages without a script."""
    page = show(an_order(), an_order(2))
    assert page.root.attrib == {"lang": "en"}
    assert page.said("caption") == ["2 orders, grouped by what to do"]
    assert [cell.get("scope") for cell in page.find("th")] == ["col"] * 9 + ["row"] * 4
    [svg] = page.find("svg")
    ids = {element.attrib["id"] for element in svg.iterfind("*[@id]")}
    assert svg.attrib["role"] == "img" and {*svg.attrib["aria-labelledby"].split()} == ids


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


def test_page_without_any_date_has_no_chart() -> None:
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
    assert page.bars()["acted"] == len(marked) + (len(planned) if check_mode else 0)
    legend = ["".join(item.itertext()) for item in page.find("ul[@class='legend']/li")]
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
            "report.orders[0].valid_till is '2026-13-01': it has to be of the",
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
    page = "".join(render(a_report(*(an_order(number) for number in range(1, 1202)))))
    # Chromium reacts at the end of a script, and otherwise reads for up to half a second before it does.
    parts = page.split("<script></script>")
    assert len(parts) == 3 and max(part.count('class="order"') for part in parts) <= 500
