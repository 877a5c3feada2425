# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""An approved plan: the JSON report of a clean-up in check mode, from which a reviewer may have deleted orders."""

from __future__ import annotations

import hashlib
import json
import os
import typing as t

from ..module_utils._errors import CertCentralError
from ..module_utils._module.options import MAX_NUMBER
from ..module_utils._text import sanitize
from ._advice import DECISIONS, MARK
from ._report_file import FORMAT

# A report of 100,000 orders has some 100 MB.
MAX_BYTES = 500_000_000


class ApprovedPlan(t.NamedTuple):
    """The parts of an approved plan that an action plugin and its module use.

    :param generated: the time when the plan was written, as in its report
    :param account: base URL of the account that the plan is for
    :param orders: the decision, the renewal (or 0) and the reason of each order, by ID
    """

    path: str
    generated: str
    sha256: str
    account: str
    orders: dict[str, list[t.Any]]

    @property
    def named(self) -> dict[str, str]:
        """Return the plan as the report of its run names it."""
        return {"path": self.path, "generated": self.generated, "sha256": self.sha256}


def read_plan(path: str, module: str) -> ApprovedPlan:
    """Return the plan in a file.

    :param module: full name of the module that has to have written it
    :raises CertCentralError: ``invalid_option`` if the file is not a finished plan of this module
    """
    data = _read(path)
    try:
        report = json.loads(data)
    except (ValueError, RecursionError):
        raise _refuse(path, "is not JSON, or is truncated", "write the plan again") from None
    if not isinstance(report, dict) or not isinstance(report.get("module"), str) or "format" not in report:
        raise _refuse(path, "is not the report of a clean-up", "give a file that the module wrote to report_json")
    if report["format"] != FORMAT or isinstance(report["format"], bool):
        what = (
            f"has the format {sanitize(repr(report['format']), 40)}, and this version of the collection reads {FORMAT}"
        )
        raise _refuse(path, what, "plan again")
    if report["module"] != module:
        what = f"is a report of {sanitize(report['module'], 80)}, not of {module}"
        raise _refuse(path, what, "give a plan of the same module")
    if report.get("check_mode") is not True:
        raise _refuse(path, "is the report of a run, not a plan", "give a report that was written in check mode")
    if report.get("finished") is not True or report.get("failed") is not False:
        raise _refuse(
            path, "is the report of a plan that failed", "correct the cause that the report names, and plan again"
        )
    texts = [report.get(name) for name in ("account", "generated")]
    if not all(isinstance(text, str) for text in texts) or not isinstance(report.get("orders"), list):
        raise _refuse(path, "lacks the account, the time or the orders", "write the plan again")
    account, generated = t.cast("list[str]", texts)
    return ApprovedPlan(
        path, generated, hashlib.sha256(data).hexdigest(), account, _read_orders(path, report["orders"])
    )


def _read(path: str) -> bytes:
    try:
        if not os.path.isfile(path):
            raise _refuse(path, "does not exist or is not a file", "give a file that the module wrote to report_json")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refuse(path, f"cannot be read ({error.strerror})", "check its owner and mode") from None
    if len(data) > MAX_BYTES:
        raise _refuse(path, f"has more than {MAX_BYTES} bytes", "plan again, with fewer orders")
    return data


def _read_orders(path: str, rows: t.Sequence[t.Any]) -> dict[str, list[t.Any]]:
    """Return the decision, the renewal and the reason of each order, by ID.

    :raises CertCentralError: ``invalid_option`` if a row is not a row of a plan, or if two rows are about the same order
    """
    orders: dict[str, list[t.Any]] = {}
    for number, row in enumerate(rows, 1):
        order_id = _read_id(row)
        decision = row.get("decision") if order_id else None
        renewal = 0
        if decision == MARK:
            candidates = row.get("candidates")
            renewal = _read_id(candidates[0]) if isinstance(candidates, list) and candidates else 0
        if decision not in DECISIONS or (decision == MARK and not renewal):
            raise _refuse(path, f"has an entry {number} of orders that is not a row of a plan", "plan again")
        if str(order_id) in orders:
            raise _refuse(path, f"has order {order_id} twice", "plan again")
        reason = row.get("reason")
        orders[str(order_id)] = [decision, renewal, sanitize(reason, 40) if isinstance(reason, str) else ""]
    return orders


def _read_id(row: t.Any) -> int:
    value = row.get("order_id") if isinstance(row, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_NUMBER else 0


def _refuse(path: str, what: str, advice: str) -> CertCentralError:
    return CertCentralError("invalid_option", f"{sanitize(path)} {what}", advice, subject="approved_plan")
