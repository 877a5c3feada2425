"""The page of a report in a browser, used as a person would use it."""

from __future__ import annotations

import typing as t
from collections import Counter
from datetime import timedelta
from itertools import combinations
from operator import itemgetter

import pytest

from ansible_collections.certops.certcentral.tests.browser.support import TODAY, Browser, make_order, make_report
from ansible_collections.certops.certcentral.tests.reports import Dict

COUNT = 60
ORDERS = [make_order(number) for number in range(1, COUNT + 1)]
# The maximum number of orders in the page before somebody scrolls.
STEP = 500
# The sort keys of the columns.
KEYS: list[t.Callable[[Dict], t.Any]] = [
    *(itemgetter(name) for name in ("order_id", "common_name", "product", "date_created", "valid_till")),
    *(itemgetter(name) for name in ("order_valid_till", "status")),
    itemgetter("decision", "reason", "explanation"),
    lambda order: "accepted" if order["verified"] is False else order["outcome"],
]


def ids(orders: t.Iterable[Dict]) -> set[int]:
    return {order["order_id"] for order in orders}


@pytest.fixture
def page(browser: Browser) -> Browser:
    browser.open(make_report(COUNT))
    return browser


def test_page_has_each_order_once(page: Browser) -> None:
    assert set(page.ids()) == ids(ORDERS) and len(page.ids()) == COUNT
    assert page.shown() == "60 of 60 shown"
    assert page.texts(".todo b") == page.texts(".group output")


def test_search_finds_all_words_in_orders_and_their_candidates(page: Browser) -> None:
    page.search("EXAMPLE.com  same_names")
    assert set(page.ids()) == ids(order for order in ORDERS if order["reason"] == "same_names")
    assert page.shown() == f"{len(page.ids())} of 60 shown"
    wanted = next(order for order in ORDERS if order["candidates"])
    page.search(str(wanted["candidates"][0]["order_id"]))
    assert page.ids() == [wanted["order_id"]]
    # The name of the option is in the advice for almost every order, and must not be searched.
    for words in ("no such order", "exclude_orders"):
        page.search(words)
        assert page.ids() == [] and page.texts(".group") == [] and page.shown() == "0 of 60 shown"
    page.search("")
    assert len(page.ids()) == COUNT


@pytest.mark.parametrize("options", [{}, {"exclude_orders": []}])
def test_search_works_if_nothing_can_be_excluded(browser: Browser, options: Dict) -> None:
    done = [order for order in ORDERS if order["outcome"] == "changed" and order["verified"]]
    browser.open(make_report(0, orders=done, options=options))
    browser.search(done[0]["common_name"])
    assert browser.ids() == [done[0]["order_id"]]
    browser.search("no such order")
    assert browser.ids() == []


def test_filters_and_search_are_combined(page: Browser) -> None:
    page.choose("decision", "mark")
    marks = [order for order in ORDERS if order["decision"] == "mark"]
    assert set(page.ids()) == ids(marks)
    page.choose("reason", "same_names")
    assert set(page.ids()) == ids(order for order in marks if order["reason"] == "same_names")
    page.choose("outcome", "failed")
    failed = [order for order in marks if order["outcome"] == "failed"]
    assert set(page.ids()) == ids(failed) and len(page.texts(".group")) == 1
    page.search(failed[0]["common_name"])
    assert page.ids() == [failed[0]["order_id"]]
    assert page.texts(".group output") == [f"1 of {len(failed)}"]
    page.choose("decision", "skip")
    assert page.ids() == []


def test_filters_offer_each_value_with_its_number_of_orders(page: Browser) -> None:
    numbers = Counter(order["decision"] for order in ORDERS)
    offered = [text.strip() for text in page.find("select[name=decision]").text.split("\n")]
    assert offered == ["all decisions", *(f"{name} ({number})" for name, number in sorted(numbers.items()))]


@pytest.mark.parametrize("column", range(len(KEYS)))
def test_sorting_by_any_column(page: Browser, column: int) -> None:
    key = KEYS[column]
    by_id = {order["order_id"]: order for order in ORDERS}
    page.find("[name=grouped]").click()
    for direction in ("ascending", "descending"):
        page.sort(column)
        assert page.texts(".group") == [] and len(page.ids()) == COUNT
        keys = [key(by_id[number]) for number in page.ids()]
        known = [value for value in keys if value]
        assert known == sorted(known, reverse=direction == "descending")
        # Unknown values come last in both directions.
        assert keys == known + [value for value in keys if not value]
        headings = page.session.find_elements("css selector", "thead th")
        marked = {at: heading.get_attribute("aria-sort") for at, heading in enumerate(headings)}
        assert marked == {**dict.fromkeys(range(len(KEYS))), column: direction}


def test_sorting_keeps_groups_and_keeps_candidates_with_their_orders(page: Browser) -> None:
    before = page.texts(".group")
    page.sort(0)
    page.sort(0)
    assert page.texts(".group") == before
    # The IDs of the orders and candidates in each group, in the sequence of the page.
    script = """return Array.from(document.querySelectorAll(".group"), (group) => {
        const found = [];
        for (let next = group.nextElementSibling; next && next.className === "order"; next = next.nextElementSibling) {
            found.push(Array.from(next.querySelectorAll("th"), (cell) => Number(cell.textContent)));
        }
        return found;
    })"""
    candidates = {order["order_id"]: [found["order_id"] for found in order["candidates"]] for order in ORDERS}
    for group in page.run(script):
        numbers = [rows[0] for rows in group]
        assert numbers == sorted(numbers, reverse=True)
        assert group == [[number, *candidates[number]] for number in numbers]


def test_buttons_collect_the_orders_to_exclude(page: Browser) -> None:
    wanted = next(order for order in ORDERS if order["reason"] == "ambiguous")
    other = wanted["candidates"][1]["order_id"]
    page.search(wanted["common_name"])
    assert not page.find(".chosen").is_displayed()
    for number in (wanted["order_id"], other):
        page.press(f"button[value='{number}']")
    line = f"mark_renewed_exclude_orders: [5, 6, {wanted['order_id']}, {other}]"
    assert page.texts(".chosen code") == [line]
    page.find(".chosen button").click()
    assert page.texts(".chosen button") == ["Copied", "Clear"]
    page.search("\ue009v\ue000")  # Ctrl+V
    assert page.find(".tools input[type=search]").get_attribute("value") == line
    # If a button is pressed again, its order is no longer chosen, even after the table was built again.
    page.search(wanted["common_name"])
    button = f"button[value='{other}']"
    assert page.find(button).get_attribute("aria-pressed") == "true"
    page.press(button)
    assert page.find(button).get_attribute("aria-pressed") == "false"
    assert page.texts(".chosen code") == [f"mark_renewed_exclude_orders: [5, 6, {wanted['order_id']}]"]
    page.session.find_elements("css selector", ".chosen button")[1].click()
    assert not page.find(".chosen").is_displayed()
    assert page.find(f"button[value='{wanted['order_id']}']").get_attribute("aria-pressed") == "false"


def test_without_script_all_orders_are_shown_and_no_useless_controls(browser: Browser) -> None:
    browser.open(make_report(STEP + COUNT), script=False)
    [refused] = browser.complaints()
    assert "Content Security Policy" in refused
    assert len(browser.ids()) == STEP + COUNT
    orders = [make_order(number) for number in range(1, STEP + COUNT + 1)]
    attention = [order for order in orders if order["decision"] == "review" or order["outcome"] == "failed"]
    attention += [order for order in orders if order["verified"] is False]
    assert len(browser.texts(".line code")) == sum(1 + len(order["candidates"]) for order in attention)
    visible = "return Array.from(document.querySelectorAll(arguments[0])).filter((one) => one.checkVisibility()).length"
    assert browser.run(visible, "button, input, select") == 0
    assert browser.run(visible, ".line code") > 0 and browser.run(visible, "thead th") == len(KEYS)


def test_script_shows_hostile_texts_as_text(browser: Browser) -> None:
    word = '"><img src=x onerror=document.title=1><script>document.title=2</script>=` {{ 7*7 }}'
    orders = [make_order(number) for number in range(1, 8)]
    for order in orders:
        order.update(common_name=word, reason=word, explanation=word, msg=word)
    orders.append({**make_order(8), "reason": "other"})
    browser.open(make_report(8, orders=orders, options={"exclude_orders": [word]}))
    browser.search("onerror=document.title=1")
    browser.choose("reason", word)
    browser.press(".line button")
    browser.sort(7)
    assert browser.session.title == "Result: Mark migrated orders that were renewed"
    assert len(browser.ids()) == 7 and browser.run("return document.querySelectorAll('img').length") == 0
    [line] = browser.texts(".chosen code")
    assert line.startswith("mark_renewed_exclude_orders: [") and "<img" in line


@pytest.fixture
def many(browser: Browser) -> Browser:
    """Open a page with 1200 orders, of which only some are in the table at a time."""
    browser.open(make_report(1200))
    assert len(browser.ids()) <= STEP and browser.shown() == "1200 of 1200 shown"
    return browser


def test_orders_that_are_not_in_the_table_yet_are_found_sorted_and_counted(many: Browser) -> None:
    orders = [make_order(number) for number in range(1, 1201)]
    many.search(orders[1198]["common_name"])
    assert many.ids() == [orders[1198]["order_id"]]
    many.search("")
    assert len(many.ids()) <= STEP and many.shown() == "1200 of 1200 shown"
    many.find("[name=grouped]").click()
    many.sort(0)
    assert many.ids() == sorted(ids(orders))[:STEP]
    many.choose("decision", "review")
    review = sum(order["decision"] == "review" for order in orders)
    assert len(many.ids()) <= STEP and many.shown() == f"{review} of 1200 shown"


def test_scrolling_adds_more_orders_to_the_table(many: Browser) -> None:
    before = len(many.ids())
    many.run("document.querySelector('.more').scrollIntoView()")
    many.wait(lambda: len(many.ids()) > before)
    many.run("document.querySelector('.more button').click()")
    assert len(many.ids()) == 1200 and not many.find(".more").is_displayed()


def test_link_to_a_group_leads_to_the_group(many: Browser) -> None:
    links = many.session.find_elements("css selector", ".todo a")
    assert many.run("return document.querySelectorAll('.group').length") < len(links)
    links[-1].click()
    where = "return document.getElementById(location.hash.slice(1)).getBoundingClientRect().top"
    many.wait(lambda: 0 <= many.run(where) < 300)


def test_printing_includes_all_orders(many: Browser) -> None:
    many.run("dispatchEvent(new Event('beforeprint'))")
    assert len(many.ids()) == 1200


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [390, 768, 1024, 1280, 1920])
def test_page_is_not_cut_off_and_not_wider_than_the_screen(browser: Browser, width: int, script: bool) -> None:
    browser.set_up(width=width)
    browser.open(make_report(7), script=script)
    assert len(browser.complaints()) == (0 if script else 1)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    # The browser has to lay out all rows to measure them.
    browser.run("for (const one of document.querySelectorAll('.order')) one.style.contentVisibility = 'visible'")
    wide = (
        "return Array.from(document.querySelectorAll('th, td')).filter((one) => one.scrollWidth > one.clientWidth + 1)"
    )
    assert [cell.text for cell in browser.run(wide)] == []


def test_narrow_screens_show_a_label_for_each_date(browser: Browser) -> None:
    browser.set_up(width=390)
    browser.open(make_report(7))
    labels = {"date_created": "Placed", "valid_till": "Certificate expires", "order_valid_till": "Order expires"}
    script = "return getComputedStyle(document.querySelector(arguments[0]), '::before').content"
    assert {name: browser.run(script, f".main .{name}") for name in labels} == {
        name: f'"{label}: "' for name, label in labels.items()
    }
    browser.find("[name=grouped]").click()
    browser.sort(0)
    assert browser.ids() == sorted(browser.ids())


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("weeks", [1, 4, 120])
def test_chart_shows_all_weeks_and_readable_texts(browser: Browser, width: int, weeks: int) -> None:
    browser.set_up(width=width)
    orders = [make_order(number) for number in range(1, 2 + weeks)]
    for number, order in enumerate(orders):
        order["valid_till"] = str(TODAY + timedelta(weeks=number))
    browser.open(make_report(0, orders=orders))
    shapes = browser.run(
        """return Array.from(document.querySelectorAll("svg text, svg rect"))
            .filter((one) => getComputedStyle(one).display !== "none")
            .map((one) => [one.tagName, ...["left", "right", "top", "bottom"].map((side) => one.getBoundingClientRect()[side])])"""
    )
    assert sum(name == "rect" for name, *unused in shapes) == len(orders)
    assert all(left >= 0 and right <= width for name, left, right, top, bottom in shapes)
    texts = [sides for name, *sides in shapes if name == "text"]
    assert all(bottom - top > 10 for left, right, top, bottom in texts)
    for one, other in combinations(texts, 2):
        assert one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]


def test_page_without_its_style_sheet_is_readable_and_has_no_chart(browser: Browser) -> None:
    browser.open(make_report(7), script=False, style=False)
    assert all("Content Security Policy" in text for text in browser.complaints())
    assert browser.run("return document.querySelector('svg').getBoundingClientRect().width") == 0
    assert browser.run("return document.documentElement.scrollWidth") <= 1366
    assert browser.texts(".todo li")[0].startswith("1 Failed Read the message")
    assert len(browser.ids()) == 7


def test_page_is_dark_if_the_reader_prefers_dark_pages(browser: Browser) -> None:
    def lightness() -> int:
        browser.open(make_report(1))
        color = browser.run("return getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in color[4:-1].split(","))

    light = lightness()
    browser.set_up(scheme="dark")
    assert lightness() < 200 < 700 < light


def test_printed_page_has_a_table_and_the_lines_of_advice(browser: Browser) -> None:
    browser.open(make_report(7))
    browser.set_up(media="print")
    style = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    displays = {
        "table": "table",
        "thead": "table-header-group",
        ".main": "table-row",
        ".tools": "none",
        ".line code": "block",
        # If headings were printed as buttons, they would be empty on all pages except the first.
        "thead button": "contents",
    }
    assert {name: browser.run(style, name, "display") for name in displays} == displays


def test_screen_readers_find_the_table(page: Browser) -> None:
    page.run("for (const one of document.querySelectorAll('.order')) one.style.contentVisibility = 'visible'")
    nodes = page.command("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    assert (roles.count("table"), roles.count("columnheader")) == (1, len(KEYS)) and roles.count("rowheader") >= COUNT
