# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The columns of a report's table. The template, the style sheet, the schema and the tests use this list.

To add a column, add a key to the rows of the result (module_utils/_clean_up/rows.py) and a :class:`Column` here. If its cells
show more than the value of the key, add a function to ``CELLS`` in _cells.py.
"""

from __future__ import annotations

import typing as t

Types = tuple[type, ...]
NONE = type(None)
TEXT: Types = (str, NONE)
FLAG: Types = (bool, NONE)


class Column(t.NamedTuple):
    """One column of the table.

    :param key: the key of the rows that it shows, and the class of its cells
    :param title: its heading
    :param width: its width on a wide screen, as a track of a CSS grid
    :param printed: its width on paper, in percent, or 0 for the remaining width
    :param label: words before the value on a narrow screen, where each order is a card
    :param optional: whether the column is left out if no row has a value
    :param is_date: whether it shows dates, which are not wrapped
    """

    key: str
    title: str
    width: str
    printed: float
    label: str = ""
    optional: bool = False
    is_date: bool = False


COLUMNS = (
    Column("order_id", "Order", "7.2rem", 9),
    Column("common_name", "Certificate", "minmax(0, 2.2fr)", 18),
    Column("product", "Product, container", "minmax(0, 1.4fr)", 11),
    Column("date_created", "Placed (UTC)", "7rem", 8.5, "Placed", is_date=True),
    Column("valid_till", "Certificate expires", "7rem", 8.5, "Certificate expires", optional=True, is_date=True),
    Column("order_valid_till", "Order expires", "7rem", 8.5, "Order expires", optional=True, is_date=True),
    Column("status", "Status as read", "6rem", 7, "Status"),
    Column("decision", "Decision and reason", "minmax(0, 3fr)", 0),
    Column("outcome", "Outcome", "minmax(0, 1.5fr)", 14, optional=True),
)

# The types of what a row and a candidate hold. Other keys are allowed.
CANDIDATE_SCHEMA: dict[str, Types] = {
    "order_id": (int,),
    "common_name": TEXT,
    "names": (list,),
    "product": TEXT,
    "container": TEXT,
    "valid_till": TEXT,
    "order_valid_till": TEXT,
    "date_created": TEXT,
}
ROW_SCHEMA: dict[str, Types] = {
    **CANDIDATE_SCHEMA,
    "organization": TEXT,
    "status": (str,),
    "is_renewed": FLAG,
    "decision": (str,),
    "reason": (str,),
    "explanation": (str,),
    "candidates": (list,),
    "confirmed": (bool,),
    "outcome": TEXT,
    "verified": FLAG,
    "msg": TEXT,
}
