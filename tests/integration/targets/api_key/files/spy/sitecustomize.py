# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loaded by every Python that has this folder on its path: what would go to the system's log goes to a file."""

from __future__ import annotations

import os
import syslog


def write(*args: object) -> None:
    with open(os.environ["THE_SYSLOG"], "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{args[-1]}\n")


syslog.syslog = write  # type: ignore[assignment]
