"""The time during which Chromium cannot react to its user while it works on the page of a report."""

from __future__ import annotations

import importlib.util
import typing as t
from pathlib import Path

from ansible_collections.certops.certcentral.tests.browser.support import Browser, find_chromium, start_chromium

# Chromium reports each task of the page's thread that takes longer than 50 ms.
OBSERVER = """
window.pauses = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.pauses.push(entry.duration)))
    .observe({type: "longtask", buffered: true});
"""
# Returns the longest pause since the last call, as soon as the page has nothing left to do.
LONGEST = """
const done = arguments[0];
requestAnimationFrame(() => setTimeout(() => done(Math.max(0, ...window.pauses.splice(0))), 500));
"""


def find_pauses(page: str, path: Path) -> t.Iterator[tuple[str, float]]:
    """Yield actions of a user, each with the longest pause in milliseconds that it causes. Yield nothing if there is no Chromium.

    :param path: the file to which the page is written
    """
    found = find_chromium()
    if found is None or importlib.util.find_spec("selenium") is None:
        print("The page is not opened, because Chromium, its driver or selenium was not found.")
        return
    path.write_text(page, encoding="utf-8")
    with start_chromium(*found) as session:
        browser = Browser(session, path)
        browser.set_up()
        browser.command("Page.enable")
        browser.command("Page.addScriptToEvaluateOnNewDocument", source=OBSERVER)
        session.get(path.as_uri())
        browser.wait(lambda: bool(browser.run("return document.readyState") == "complete"))
        yield "opened", float(session.execute_async_script(LONGEST))
        browser.search("host-7")
        yield "searched", float(session.execute_async_script(LONGEST))
        browser.search("")
        browser.choose("decision", "review")
        yield "filtered", float(session.execute_async_script(LONGEST))
