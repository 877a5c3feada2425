"""Order lists read with requests only: one page after the other, without checks, retries and Ansible.

Arguments: base URL, API key, and for each list a filter such as ``origin=migrated``, or an empty text for all orders.
"""

from __future__ import annotations

import sys

import requests

PAGE_ROWS = 1000


def read_list(session: requests.Session, url: str, filters: dict[str, str]) -> None:
    """Read all pages of one list."""
    found = 0
    while True:
        page = {"limit": str(PAGE_ROWS), "offset": str(found)}
        rows = session.get(f"{url}/order/certificate", params={**filters, **page}, timeout=60).json().get("orders")
        if not rows:
            return
        found += len(rows)


def main(url: str, key: str, *lists: str) -> None:
    session = requests.Session()
    session.headers["X-DC-DEVKEY"] = key
    session.trust_env = False
    for wanted in lists:
        name, unused, value = wanted.partition("=")
        read_list(session, url, {f"filters[{name}]": value} if name else {})


if __name__ == "__main__":
    main(*sys.argv[1:])
