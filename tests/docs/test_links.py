"""Links of the site and of the repository lead to existing files. The tests send no requests."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from ansible_collections.certops.certcentral.tests.tools.guides import GUIDES

ROOT = Path(__file__).parents[2]
SITE = ROOT / ".cache" / "site" / "html"  # as the docs session builds it
HOME = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
# Files that can have links, besides the pages of the site.
SOURCES = ["*.md", "*.yml", "changelogs/*", "docs/**/*"]
SOURCES += [
    f"{folder}/**/*.{kind}"
    for folder in ("meta", "extensions", "playbooks", "plugins", "roles")
    for kind in ("py", "yml")
]


class Page(HTMLParser):
    """The links, loaded files and anchors of a page."""

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


def test_links_inside_the_site_lead_to_pages_and_anchors() -> None:
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


def test_site_loads_nothing_from_other_sites() -> None:
    loads = [load for path in pages() for load in page(path).loads]
    loads += [
        address
        for sheet in SITE.rglob("*.css")
        for address in re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8"))
    ]
    assert len(loads) > len(pages())
    assert [load for load in loads if urlsplit(load).netloc or urlsplit(load).scheme not in ("", "data")] == []


def test_links_to_the_repository_lead_to_files() -> None:
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


def test_links_of_readme_pages_are_absolute() -> None:
    """Galaxy and Automation Hub show these pages without the files next to them."""
    pages = [ROOT / "README.md", *ROOT.glob("roles/*/README.md")]
    links = [link for page in pages for link in re.findall(r"\]\(([^)\s]+)", page.read_text(encoding="utf-8"))]
    assert len(links) > 5
    assert [link for link in links if not link.startswith("https://")] == []


def test_relative_links_lead_to_files() -> None:
    """The guides and the pages for maintainers are read in the repository as well."""
    links = [
        (page, link.partition("#")[0])
        for pattern, regex in (("docs/*.md", r"\]\(([^)\s]+)"), ("docs/docsite/rst/*.rst", r"<([^\s<>:]+)>`__"))
        for page in ROOT.glob(pattern)
        for link in re.findall(regex, page.read_text(encoding="utf-8"))
    ]
    relative = [(page, link) for page, link in links if link and ":" not in link]
    assert len(relative) > 10
    assert [f"{page.name}: {link}" for page, link in relative if not (page.parent / link).is_file()] == []


def test_guides_read_well_in_the_repository() -> None:
    """GitHub shows the roles of Sphinx as they are typed."""
    roles = re.compile(r":(ansplugin|ansopt|ansretval|ansenvvar|ref|doc):`")
    assert [page.name for page in GUIDES.glob("*.rst") if roles.search(page.read_text(encoding="utf-8"))] == []
