"""The docs site that make docs builds, on the screen of a phone."""

from __future__ import annotations

import typing as t
from pathlib import Path

SITE = Path(__file__).parents[2] / ".cache" / "site" / "html"
SCREEN = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
# Tables and code have scroll bars of their own. All other elements have to fit the screen.
FIND_WIDE = """
return [...document.querySelectorAll('.wy-nav-content *')]
  .filter(element => !element.closest('.wy-table-responsive, pre'))
  .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
  .map(element => element.tagName + ': ' + element.textContent.trim().slice(0, 60));
"""


def test_pages_fit_a_narrow_screen(chromium: t.Any) -> None:
    pages = sorted(SITE.rglob("*.html"))
    assert len(pages) > 10, "the site is not built: run make docs"
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SCREEN)
    try:
        wide = {}
        for page in pages:
            chromium.get(page.as_uri())
            if found := chromium.execute_script(FIND_WIDE):
                wide[page.name] = found
        assert wide == {}
    finally:
        chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
