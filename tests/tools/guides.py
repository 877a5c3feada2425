# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the playbooks of the guides into a folder, for ansible-lint: python tests/tools/guides.py FOLDER"""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

GUIDES = Path(__file__).parents[2] / "docs" / "docsite" / "rst"
BLOCK = re.compile(r"^\.\. code-block:: yaml(?:\+jinja)?\n\n((?:    .*\n|\n)+)", re.MULTILINE)
SHELL = re.compile(r"^\.\. code-block:: shell\n\n((?:    .*\n|\n)+)", re.MULTILINE)


def documents(guide: Path) -> list[str]:
    """The YAML documents that a guide shows."""
    blocks = [textwrap.dedent(block).strip() + "\n" for block in BLOCK.findall(guide.read_text(encoding="utf-8"))]
    return [block for block in blocks if block.startswith("---\n")]


def playbooks() -> dict[str, str]:
    """The playbooks of all guides, by the name of the guide and their number in it."""
    found = {}
    for guide in sorted(GUIDES.glob("*.rst")):
        plays = [block for block in documents(guide) if "\n  hosts:" in block and "\n  sources:" not in block]
        found.update({f"{guide.stem}_{number}": block for number, block in enumerate(plays, 1)})
    return found


def rulebooks() -> list[str]:
    """The rulebooks of all guides."""
    return [block for guide in sorted(GUIDES.glob("*.rst")) for block in documents(guide) if "\n  sources:" in block]


def commands() -> list[str]:
    """The commands in the guides that run a playbook of this collection."""
    found = []
    for guide in sorted(GUIDES.glob("*.rst")):
        for block in SHELL.findall(guide.read_text(encoding="utf-8")):
            lines = textwrap.dedent(block).replace("\\\n", "").splitlines()
            found += [line for line in lines if line.startswith("ansible-playbook certops.")]
    return found


if __name__ == "__main__":
    for name, playbook in playbooks().items():
        Path(sys.argv[1], f"{name}.yml").write_text(playbook, encoding="utf-8")
