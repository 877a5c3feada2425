# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several refused values, reported together."""

from __future__ import annotations

import typing as t

from .._errors import CertCentralError

MAX_FAULTS = 20


def join_faults(faults: t.Sequence[CertCentralError]) -> CertCentralError:
    """Return one error with the messages of several. Their advice comes at the end, each piece once."""
    if len(faults) == 1:
        return faults[0]
    texts = [": ".join(filter(None, (fault.subject, fault.what))) for fault in faults[:MAX_FAULTS]]
    if len(faults) > MAX_FAULTS:
        texts.append(f"and {len(faults) - MAX_FAULTS} more")
    advice = "; ".join(dict.fromkeys(fault.advice for fault in faults if fault.advice))
    order_ids = {fault.order_id for fault in faults}
    order_id = order_ids.pop() if len(order_ids) == 1 else None
    return CertCentralError("invalid_option", "; ".join(texts), advice, order_id=order_id)
