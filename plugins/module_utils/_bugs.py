# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unexpected exceptions, in words that do not show their own texts."""

from __future__ import annotations

import os
import traceback


def describe_bug(error: Exception) -> str:
    """Return the message for an unexpected exception."""
    return f"the collection itself has a bug ({type(error).__name__}), please report it"


def format_trace(error: Exception) -> str:
    """Return where an exception was raised, as a line for the log. The exception's text is left out: it may contain the key."""
    frames = traceback.extract_tb(error.__traceback__)
    places = ", ".join(f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"
