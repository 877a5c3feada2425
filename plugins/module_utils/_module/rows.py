# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results with many rows, which are printed without looking at each of their values."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import typing as t

from .run import Module


class RowModule(Module):
    """A module whose result may have thousands of rows in ``orders``.

    AnsibleModule looks for secrets in each value of a result, and copies it. For 30,000 rows, this takes four times as long as
    everything else. Instead, one search in their JSON tells whether it contains a secret.
    """

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        """End the module with a result. The output is the same as that of AnsibleModule."""
        rows = json.dumps(result.get("orders"))
        if "orders" not in result or any(json.dumps(secret)[1:-1] in rows for secret in self.no_log_values):
            super().exit_json(**result)
        place = os.urandom(16).hex()
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                super().exit_json(**{**result, "orders": place})
        except SystemExit:
            before, unused, after = printed.getvalue().partition(json.dumps(place))
            for text in (before, rows, after):
                sys.stdout.write(text)
            raise
        raise AssertionError("exit_json has ended the process")
