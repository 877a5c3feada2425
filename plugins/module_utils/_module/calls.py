# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The number of requests, in the form in which most modules return it."""

from __future__ import annotations

from .._http.client import Client


def api_calls(client: Client) -> dict[str, int]:
    """Return the numbers of requests that were sent, in the form of the module's result."""
    return {"reads": client.reads, "writes": client.writes}
