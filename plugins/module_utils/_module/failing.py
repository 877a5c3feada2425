# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exceptions, turned into failed results."""

from __future__ import annotations

import typing as t

from .._bugs import describe_bug, format_trace
from .._errors import CertCentralError

if t.TYPE_CHECKING:
    from .._http.client import Client
    from .run import Module


def to_result(module: Module, client: Client | None, caught: Exception) -> dict[str, t.Any]:
    """Return the result for an exception that ended the work of a module."""
    error = caught if isinstance(caught, CertCentralError) else _bug(module, client, caught)
    order_id = module.params.get("order_id")
    if error.order_id is None and not isinstance(order_id, bool):
        error = error.replaced(order_id=order_id)
    return error.result()


def _bug(module: Module, client: Client | None, error: Exception) -> CertCentralError:
    """Return the error for an unexpected exception, whose own text is not used because it may contain secrets."""
    module.log(format_trace(error))
    order_id = module.params.get("order_id")
    subject = f"order {order_id}" if order_id else ""
    if client and client.writes:
        return CertCentralError(
            "unknown_outcome",
            f"a change was sent, and then {describe_bug(error)}",
            "look at the account before you run this again",
            subject=subject,
            changed=True,
        )
    return CertCentralError("unexpected_response", f"nothing was changed, as {describe_bug(error)}", subject=subject)
