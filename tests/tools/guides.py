"""Write the playbooks of README and the guides to a folder, for ansible-lint: python tests/tools/guides.py FOLDER."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "docsite" / "rst"
PAGES = [ROOT / "README.md", *sorted(GUIDES.glob("*.rst"))]
BLOCKS = {".rst": r"^\.\. code-block:: {language}\n\n((?:    .*\n|\n)+)", ".md": r"^```{language}\n(.+?)```$"}
# The sentence in which a guide says under which name to save a file.
SAVED = re.compile(r"Save (?:it|this playbook|this file|this description of an account there) as ``([\w/]+\.yml)``")


def find_blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """Return the code blocks of a page, each with its position.

    :param language: a regular expression for the language of the blocks
    """
    pattern = re.compile(
        BLOCKS[page.suffix].format(language=language), re.MULTILINE | re.DOTALL * (page.suffix == ".md")
    )
    text = page.read_text(encoding="utf-8")
    return [(match.start(), textwrap.dedent(match.group(1)).strip() + "\n") for match in pattern.finditer(text)]


def documents(page: Path) -> list[str]:
    """Return the YAML documents that a page shows."""
    return [block for dummy, block in find_blocks(page, r"yaml(?:\+jinja)?") if block.startswith("---\n")]


def saved(page: Path) -> dict[str, str]:
    """Return the YAML documents that a page tells the reader to save, by the name of the file."""
    text = page.read_text(encoding="utf-8")
    found = {}
    begin = 0
    for position, block in find_blocks(page, r"yaml(?:\+jinja)?"):
        for name in SAVED.findall(text[begin:position].replace("\n", " ")):
            found[name] = block
        begin = position
    return found


def playbooks() -> dict[str, str]:
    """Return the playbooks of all pages. The keys consist of the name of the page and the number of the playbook on it."""
    found = {}
    for page in PAGES:
        plays = [block for block in documents(page) if "\n  hosts:" in block and "\n  sources:" not in block]
        found.update({f"{page.stem}_{number}": block for number, block in enumerate(plays, 1)})
    return found


def rulebooks() -> list[str]:
    """Return the rulebooks of all pages."""
    return [block for page in PAGES for block in documents(page) if "\n  sources:" in block]


def commands(page: Path, begin: str) -> list[str]:
    """Return the shell commands of a page that begin with the given text, in sequence."""
    blocks = [block.replace("\\\n", "") for dummy, block in find_blocks(page, "shell")]
    return [line for block in blocks for line in block.splitlines() if line.startswith(begin)]


if __name__ == "__main__":
    for name, playbook in playbooks().items():
        Path(sys.argv[1], f"{name}.yml").write_text(playbook, encoding="utf-8")
