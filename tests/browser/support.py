"""Reports of many orders, and a headless Chromium that shows them."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import shutil
import typing as t
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

from ansible_collections.certops.certcentral.plugins.plugin_utils._report import render
from ansible_collections.certops.certcentral.tests.reports import Dict, a_candidate, a_report, an_order

TODAY = date(2026, 11, 24)
# For each kind of order: the decision, the reason, the number of candidates, the outcome, and whether the change was verified.
KINDS: list[tuple[str, str, int, str | None, bool | None]] = [
    ("review", "not_renewed", 0, None, None),
    ("review", "ambiguous", 2, None, None),
    ("review", "fewer_names", 1, None, None),
    ("mark", "same_names", 1, "changed", True),
    ("mark", "recorded", 1, "changed", False),
    ("mark", "same_names", 1, "failed", None),
    ("skip", "excluded", 0, None, None),
]


def make_order(number: int) -> Dict:
    """Return a row of the report. Seven orders in a row are of all kinds, and each column sorts the orders differently."""
    decision, reason, candidates, outcome, verified = KINDS[number % len(KINDS)]
    name = f"{'abcdefghijk'[number * 5 % 11]}{number}.example.com"
    ends = TODAY + timedelta(days=number * 37 % 90)
    return an_order(
        1000 + number * 7919 % 10007,
        common_name=name,
        names=[name, f"www.{name}"],
        product=["Secure Site OV", "GeoTrust DV SSL", None][number % 3],
        container=["Example Division", "Another Division", None][number % 3],
        status=["issued", "expired"][number * 3 % 5 % 2],
        valid_till=str(ends) if number % 13 else None,
        order_valid_till=str(ends + timedelta(days=number * 11 % 300)),
        date_created=f"{ends - timedelta(days=199 + number * 17 % 50)}T08:00:00+00:00",
        decision=decision,
        reason=reason,
        explanation=f"why number {number:04}",
        candidates=[
            a_candidate(1_000_000 + number * 2 + index, common_name=name, names=[name, f"new.{name}"])
            for index in range(candidates)
        ],
        outcome=outcome,
        verified=verified,
        msg=f"message {number}" if outcome else None,
    )


def make_report(count: int, **fields: t.Any) -> Dict:
    orders = [make_order(number) for number in range(1, count + 1)]
    about = {"role": "mark_renewed", "options": {"exclude_orders": [5, 6]}, "counts": {"due": count}}
    return a_report(*orders, **{**about, **fields})


# Chromium neither looks for updates nor resolves any host name.
ARGUMENTS = [
    "--headless=new",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost",
    "--no-first-run",
    "--no-proxy-server",
]


def find_chromium() -> tuple[str, str] | None:
    """Return the paths of Chromium and of its driver, or None if there is none."""
    binary, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    return (binary, driver) if binary and driver else None


@contextlib.contextmanager
def start_chromium(binary: str, driver: str) -> t.Iterator[t.Any]:
    """Run Chromium while the block runs, and return the session of its driver."""
    webdriver = importlib.import_module("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Chromium's sandbox refuses root.
    for argument in ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else []):
        options.add_argument(argument)
    with mock.patch.dict(os.environ, {"SE_AVOID_STATS": "true"}):
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            os.environ.pop(name, None)
            os.environ.pop(name.upper(), None)
        # Because the path of the driver is given, selenium does not download one.
        session = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            yield session
        finally:
            session.quit()


class Browser:
    """A browser with the page of a report.

    :param session: a session of the browser's driver
    :param path: the file for the page
    """

    def __init__(self, session: t.Any, path: Path) -> None:
        self.session = session
        self._path = path
        self._opened = 0

    def set_up(self, width: int = 1366, height: int = 1000, scheme: str = "light", media: str = "") -> None:
        """Set the size and the kind of the screen."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setDeviceMetricsOverride", **size)
        self.command("Emulation.setEmulatedMedia", media=media, features=features)

    def open(self, report: Dict, *, script: bool = True, style: bool = True) -> None:
        """Open the page of a report.

        :param script: whether the browser runs the script of the page
        :param style: whether the browser applies the style sheet of the page
        """
        html = "".join(render(report))
        if not script:
            html = re.sub("script-src '[^']*'", "script-src 'none'", html)
        if not style:
            html = re.sub("style-src '[^']*'", "style-src 'none'", html)
        self._path.write_text(html, encoding="utf-8")
        self._opened += 1
        address = f"{self._path.as_uri()}?{self._opened}"
        self.session.get(address)
        # On a busy machine, get() can return before the page has been parsed.
        self.wait(lambda: bool(self.run("return document.readyState + location") == f"complete{address}"))

    def command(self, name: str, **arguments: t.Any) -> t.Any:
        """Run a command of the DevTools protocol, and return its result."""
        return self.session.execute_cdp_cmd(name, arguments)

    def complaints(self) -> list[str]:
        """Return the lines in the browser's console since the last call, including violations of the content policy."""
        return [str(entry["message"]) for entry in self.session.get_log("browser")]

    def run(self, script: str, *arguments: t.Any) -> t.Any:
        return self.session.execute_script(script, *arguments)

    def wait(self, holds: t.Callable[[], bool]) -> None:
        """Wait until ``holds`` returns true. Fail if it does not, even after the time that a slow machine needs."""
        ui = importlib.import_module("selenium.webdriver.support.ui")
        ui.WebDriverWait(self.session, 60, poll_frequency=0.05).until(lambda unused: holds())

    def find(self, selector: str) -> t.Any:
        return self.session.find_element("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        """Return the texts of all elements that match, whether they are visible or not."""
        texts = "return Array.from(document.querySelectorAll(arguments[0]), (one) => one.textContent.trim())"
        return list(self.run(texts, selector))

    def ids(self) -> list[int]:
        """Return the IDs of the orders in the table, from top to bottom."""
        return [int(text) for text in self.texts(".main th")]

    def shown(self) -> str:
        """Return the text that tells how many orders are shown."""
        return str(self.find(".tools output").text)

    def search(self, words: str) -> None:
        """Replace the text in the search field."""
        self.find(".tools input[type=search]").send_keys("\ue009a\ue000", "\ue003", words)  # Ctrl+A, backspace

    def choose(self, name: str, value: str) -> None:
        """Choose a value in a filter."""
        [option] = [
            option
            for option in self.find(f"select[name={name}]").find_elements("css selector", "option")
            if option.text.rpartition(" (")[0] == value
        ]
        option.click()

    def press(self, selector: str) -> None:
        """Scroll to a button and press it."""
        button = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def sort(self, column: int) -> None:
        self.session.find_elements("css selector", "thead button")[column].click()
