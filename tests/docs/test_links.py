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
MARKDOWN = r"\]\(([^)\s]+)"  # a link
# Files that can have links, besides the pages of the site.
SOURCES = ["*.md", "*.yml", "changelogs/*", "docs/**/*"]
FOLDERS = ("meta", "extensions", "playbooks", "plugins", "roles")
SOURCES += [f"{folder}/**/*.{kind}" for folder in FOLDERS for kind in ("py", "yml")]


def links_in(pattern: str, regex: str, root: Path = ROOT) -> list[tuple[Path, str]]:
    """Return the links of the files that match a pattern, each with its file."""
    files = [path for path in root.glob(pattern) if path.is_file()]
    return [(file, link) for file in files for link in re.findall(regex, file.read_text(encoding="utf-8"))]


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
    loads += [load for sheet, load in links_in("**/*.css", r"(?:url\(|@import)\s*['\"]?([^'\")]+)", SITE)]
    assert len(loads) > len(pages())
    assert [load for load in loads if urlsplit(load).netloc or urlsplit(load).scheme not in ("", "data")] == []


def test_links_to_the_repository_lead_to_files() -> None:
    regex = re.escape(HOME) + r"([^\s\"'`<>()\[\]]*)"
    links = [link for pattern in SOURCES for link in links_in(pattern, regex)] + links_in("**/*.html", regex, SITE)
    found = {(file.name, link.rstrip(".,;:")) for file, link in links}
    assert len(found) > 10
    dead = []
    for name, link in sorted(found):
        file = re.fullmatch(r"/(?:blob|edit|tree)/main/([^#?]+)(?:\?.*)?", link)
        if not (ROOT / file.group(1)).exists() if file else link not in ("", "/issues", "/security/advisories/new"):
            dead.append(f"{name}: {HOME}{link}")
    assert not dead


def test_links_of_readme_pages_are_absolute() -> None:
    """Galaxy and Automation Hub show these pages without the files next to them."""
    links = links_in("README.md", MARKDOWN) + links_in("roles/*/README.md", MARKDOWN)
    assert len(links) > 5 and all(link.startswith("https://") for file, link in links), links


def test_relative_links_lead_to_files() -> None:
    """The guides and the pages for maintainers are read in the repository as well."""
    links = links_in("docs/*.md", MARKDOWN) + links_in("docs/docsite/rst/*.rst", r"<([^\s<>:]+)>`__")
    files = [file.parent / link.partition("#")[0] for file, link in links if ":" not in link and link[0] != "#"]
    assert len(files) > 10 and [file for file in files if not file.is_file()] == []


def test_guides_read_well_in_the_repository() -> None:
    """GitHub shows the roles of Sphinx as they are typed."""
    roles = re.compile(r":(ansplugin|ansopt|ansretval|ansenvvar|ref|doc):`")
    assert [page.name for page in GUIDES.glob("*.rst") if roles.search(page.read_text(encoding="utf-8"))] == []
