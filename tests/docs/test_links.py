# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links inside the docs site, and those to files of the repository, lead to what is there. Nothing is fetched."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

ROOT = Path(__file__).parents[2]
SITE = ROOT / ".cache" / "site" / "html"  # as the docs session builds it
HOME = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
# What can hold a link, beside the pages of the site.
SOURCES = ["*.md", "*.yml", "changelogs/*", "docs/**/*"]
SOURCES += [
    f"{folder}/**/*.{kind}"
    for folder in ("meta", "extensions", "playbooks", "plugins", "roles")
    for kind in ("py", "yml")
]


class Page(HTMLParser):
    """What a page links to, what it loads, and where it can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors = {"", "top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        for name in ("href", "src", "data", "srcset"):
            if name in values:
                (self.links if tag == "a" else self.loads).append(values[name])


page = cache(Page)


def pages() -> list[Path]:
    found = sorted(SITE.rglob("*.html"))
    assert len(found) > 10, "the site is not built: run make docs"
    return found


def test_links_inside_the_site() -> None:
    dead = []
    for path in pages():
        for link in page(path).links + page(path).loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path.parent / unquote(parts.path) if parts.path else path
            if not target.is_file() or (
                target.suffix == ".html" and unquote(parts.fragment) not in page(target).anchors
            ):
                dead.append(f"{path.name}: {link}")
    assert not dead


def test_the_site_loads_nothing_from_elsewhere() -> None:
    loads = [load for path in pages() for load in page(path).loads]
    loads += [
        address
        for sheet in SITE.rglob("*.css")
        for address in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8"))
    ]
    assert len(loads) > len(pages())
    assert [load for load in loads if urlsplit(load).netloc or urlsplit(load).scheme not in ("", "data")] == []


def test_links_to_the_repository() -> None:
    texts = [path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file()] + pages()
    found = {
        (path.name, link.rstrip(".,;:"))
        for path in texts
        for link in re.findall(re.escape(HOME) + r"([^\s\"'`<>()\[\]]*)", path.read_text(encoding="utf-8"))
    }
    assert len(found) > 10
    dead = []
    for name, link in sorted(found):
        file = re.fullmatch(r"/(?:blob|edit|tree)/main/([^#?]+)(?:\?.*)?", link)
        if not (ROOT / file.group(1)).exists() if file else link not in ("", "/issues", "/security/advisories/new"):
            dead.append(f"{name}: {HOME}{link}")
    assert not dead


def test_links_in_markdown_are_absolute() -> None:
    """They are shown on Galaxy and on Automation Hub as well, where nothing is beside them."""
    texts = [path for pattern in ("*.md", "docs/*.md") for path in ROOT.glob(pattern)]
    links = [
        (path.name, link) for path in texts for link in re.findall(r"\]\(([^)\s]+)", path.read_text(encoding="utf-8"))
    ]
    assert len(links) > 5
    assert [link for link in links if not link[1].startswith("https://")] == []
