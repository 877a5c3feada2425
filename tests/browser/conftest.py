# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium for the tests in this folder. If there is none, the tests are skipped."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.browser.support import Browser

# With these arguments, Chromium looks for no updates and cannot reach other hosts.
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


@pytest.fixture(scope="session")
def chromium() -> t.Iterator[t.Any]:
    """Return a session of Chromium's driver."""
    driver, binary = shutil.which("chromedriver"), shutil.which("chromium") or shutil.which("google-chrome")
    if not (driver and binary):
        pytest.skip("no Chromium was found; Debian and Ubuntu have it in the packages chromium and chromium-driver")
    pytest.importorskip("selenium", reason="selenium is not installed; it comes from the package index")
    from selenium import webdriver  # noqa: PLC0415 -- only the tests in this folder need it
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Chromium's sandbox does not work for root.
    for argument in ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else []):
        options.add_argument(argument)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        patch.setenv("SE_AVOID_STATS", "true")
        # Because the path of the driver is given, selenium does not look for another one.
        session = webdriver.Chrome(options=options, service=Service(driver))
        try:
            yield session
        finally:
            session.quit()


@pytest.fixture
def browser(chromium: t.Any, tmp_path: Path) -> t.Iterator[Browser]:
    """Return a browser with a wide, light screen. After the test, check that it has reported no errors."""
    browser = Browser(chromium, tmp_path / "report.html")
    browser.set_up()
    yield browser
    assert browser.complaints() == []
