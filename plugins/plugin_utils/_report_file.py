# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The files of a report. Their paths are checked before the clean-up begins, and each file is replaced in one step."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import tempfile
import typing as t

from ..module_utils._errors import CertCentralError
from ..module_utils._text import sanitize
from ._report import render

# The version of the JSON format. It changes if older reports can no longer be read as plans.
FORMAT = 1
MODE = 0o640
Report = dict[str, t.Any]
# Each returns the parts of a file's text, because the whole text needs much memory.
WRITERS: dict[str, t.Callable[[Report], t.Iterable[str]]] = {
    "report_json": lambda report: itertools.chain(
        json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(report), "\n"
    ),
    "report_html": render,
}


class ReportFiles:
    """The files of one report.

    :ivar paths: the full path for each option that was given
    """

    def __init__(self, options: t.Mapping[str, str], plan: str | None) -> None:
        """Check the paths.

        :param options: the paths that were given, by option
        :param plan: full path of the approved plan, which must not be replaced
        :raises CertCentralError: ``invalid_option`` if a file cannot be written
        """
        self.paths = {option: resolve(path) for option, path in options.items()}
        for option, path in self.paths.items():
            others = [other for name, other in self.paths.items() if name != option]
            if path in others:
                raise _refuse(option, path, "is also the file of the other report")
            if path == plan:
                raise _refuse(option, path, "is the approved plan, which the report must not replace")
            if os.path.exists(path) and not os.path.isfile(path):
                raise _refuse(option, path, "is not a file")
            try:
                with contextlib.suppress(FileNotFoundError):
                    os.stat(path)  # fails if the name is too long
                _replace(path, None)
            except OSError as error:
                raise _refuse(option, path, f"cannot be written ({error.strerror})") from None

    def write(self, report: Report) -> None:
        """Replace all files.

        :raises CertCentralError: ``invalid_option`` if a file cannot be written. The others are written nevertheless
        """
        failed = None
        for option, path in self.paths.items():
            try:
                _replace(path, WRITERS[option](report))
            except OSError as error:
                failed = _refuse(option, path, f"could not be written ({error.strerror})")
        if failed:
            raise failed


def resolve(path: str) -> str:
    """Return the full path for a path that somebody typed. A link is followed, so that its target is replaced."""
    return os.path.realpath(os.path.expanduser(os.path.expandvars(path)))


def _replace(path: str, text: t.Iterable[str] | None) -> None:
    """Replace a file in one step.

    :param text: the parts of its text; if it is None, only check that the file can be replaced
    """
    handle, temporary = tempfile.mkstemp(prefix=".certcentral-report-", dir=os.path.dirname(path))
    try:
        with open(handle, "w", encoding="utf-8", errors="replace") as file:
            os.fchmod(file.fileno(), MODE)
            if text is not None:
                file.writelines(text)
                file.flush()
                os.fsync(file.fileno())
        if text is not None:
            os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _refuse(option: str, path: str, what: str) -> CertCentralError:
    return CertCentralError(
        "invalid_option",
        f"{sanitize(path)} {what}",
        "give a file in a folder that exists and can be written",
        subject=option,
    )
