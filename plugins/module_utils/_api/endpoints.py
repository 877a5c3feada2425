# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests about one order: read it, and update its status."""

from __future__ import annotations

import contextlib
import typing as t

from .._errors import CertCentralError, RequestError
from .._http.client import Client
from .._http.retry import RetryBudget
from .order import Order, parse_order

PATH = "/order/certificate"


def read_order(client: Client, order_id: int, retry: RetryBudget | None = None, *, fresh: bool = False) -> Order:
    """Return the details of an order (one request).

    :raises CertCentralError: ``not_found``, ``unexpected_response`` or what the client raises
    """
    with name_order(order_id):
        order = parse_order(client.get(f"{PATH}/{order_id}", (), retry, fresh=fresh))
        if order.id != order_id:
            raise CertCentralError(
                "unexpected_response",
                f"the API's response is about order {order.id}",
                "check what api_url leads to",
                http_status=200,
            )
        return order


def send_status(
    client: Client, order_id: int, body: t.Mapping[str, t.Any], retry: RetryBudget, may_send: t.Callable[[], bool]
) -> bool:
    """Send a status once (``PUT /order/certificate/{order_id}/status``).

    :param may_send: as in :meth:`Client.put`
    :return: whether the request was sent and answered with 204
    :raises RequestError: if the API did not accept the status. Its ``outcome_unknown`` tells whether the order may have changed
    """
    try:
        return client.put(f"{PATH}/{order_id}/status", body, retry, may_send)
    except RequestError as error:
        became = "may or may not have been changed" if error.outcome_unknown else "was not changed"
        raise error.replaced(subject=f"order {order_id} {became}", order_id=order_id) from None


@contextlib.contextmanager
def name_order(order_id: int) -> t.Iterator[None]:
    """Name the order in every error that the block raises while it reads the order."""
    try:
        yield
    except CertCentralError as error:
        raise error.replaced(subject=f"order {order_id} could not be read", order_id=order_id) from None
