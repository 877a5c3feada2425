# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks' own calls with requests alone, one after the other over one connection: no checks, no repeats, no Ansible.

Arguments: base URL, key, and ``listings``, or the first order ID, the number of orders, and 1 if each is to be canceled.
"""

from __future__ import annotations

import sys

import requests

PAGE = 1000


def list_all(session: requests.Session, url: str, **filters: str) -> int:
    """All pages of a listing. Returns the number of rows."""
    found = 0
    while True:
        params = {f"filters[{name}]": value for name, value in filters.items()}
        page = {"limit": str(PAGE), "offset": str(found)}
        rows = session.get(f"{url}/order/certificate", params={**params, **page}, timeout=60).json().get("orders")
        if not rows:
            return found
        found += len(rows)


def cancel(session: requests.Session, url: str, first: int, count: int) -> None:
    for order_id in range(first, first + count):
        reply = session.put(
            f"{url}/order/certificate/{order_id}/status",
            json={"status": "canceled", "note": "A benchmark"},
            timeout=30,
        )
        assert reply.status_code == 204


def main(url: str, key: str, *what: str) -> None:
    session = requests.Session()
    session.headers["X-DC-DEVKEY"] = key
    session.trust_env = False
    if what == ("listings",):
        list_all(session, url, origin="migrated")
        list_all(session, url, origin="certcentral")
        return
    first, count, change = int(what[0]), int(what[1]), what[2] == "1"
    assert list_all(session, url, status="pending" if change else "canceled") >= count
    if change:
        cancel(session, url, first, count)
        assert list_all(session, url, status="canceled") >= count


if __name__ == "__main__":
    main(*sys.argv[1:])
