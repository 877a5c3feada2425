"""Loaded by every Python that has this folder on its path: what would go to the system's log goes to a file."""

from __future__ import annotations

import os
import syslog


def write(*args: object) -> None:
    with open(os.environ["THE_SYSLOG"], "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{args[-1]}\n")


syslog.syslog = write  # type: ignore[assignment]
