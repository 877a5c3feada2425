# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bulk task's own calls with requests alone, one after the other over one connection: no checks, no repeats, no Ansible.

Arguments: base URL, key, first order ID, number of orders, and 1 if each is to be canceled.
"""

from __future__ import annotations

import sys

import requests

# As many ids as the collection puts into one URL.
IDS = 200


def main(url: str, key: str, first: int, count: int, change: bool) -> None:
    session = requests.Session()
    session.headers["X-DC-DEVKEY"] = key
    session.trust_env = False

    def read() -> None:
        for start in range(first, first + count, IDS):
            ids = range(start, min(start + IDS, first + count))
            params = {f"filters[id][{number}]": str(order_id) for number, order_id in enumerate(ids)}
            reply = session.get(f"{url}/order/certificate", params={**params, "limit": "1000"}, timeout=30)
            assert len(reply.json()["orders"]) == len(ids)

    read()
    if change:
        for order_id in range(first, first + count):
            reply = session.put(
                f"{url}/order/certificate/{order_id}/status",
                json={"status": "canceled", "note": "A benchmark"},
                timeout=30,
            )
            assert reply.status_code == 204
        read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5] == "1")
