"""A headless Chromium for the tests in this folder. If there is none, the tests are skipped."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.browser.support import Browser, find_chromium, start_chromium


@pytest.fixture(scope="session")
def chromium() -> t.Iterator[t.Any]:
    """Return a session of Chromium's driver."""
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium was found; Debian and Ubuntu have it in the packages chromium and chromium-driver")
    pytest.importorskip("selenium", reason="selenium is not installed; it comes from the package index")
    with start_chromium(*found) as session:
        yield session


@pytest.fixture
def browser(chromium: t.Any, tmp_path: Path) -> t.Iterator[Browser]:
    """Return a browser with a wide, light screen. After the test, check that it has reported no errors."""
    browser = Browser(chromium, tmp_path / "report.html")
    browser.set_up()
    yield browser
    assert browser.complaints() == []
