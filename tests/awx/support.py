# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
from pathlib import Path

COLLECTION = Path("ansible_collections", "certops", "certcentral")


def run(*command: str | Path, cwd: Path, codes: tuple[int, ...] = (0,)) -> str:
    """What the command prints. Nothing in its environment leads to the checkout, or tells a key.

    :param codes: the exit codes that are as they should be
    """
    away = ("ANSIBLE_", "DIGICERT_", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(away)}
    ran = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode in codes, ran.stdout
    return ran.stdout
