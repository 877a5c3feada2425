# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of Python that modules need. This file and the modules themselves have to run on Python 2.7."""

import json
import sys

NEEDED = (3, 9)


def check_python():  # type: () -> None
    """End the module with one sentence if this Python is too old to import the rest of the collection."""
    found = tuple(sys.version_info[:2])
    if found >= NEEDED:
        return
    message = (
        "this module needs Python {}.{} or later and runs on Python {}.{}: set ansible_python_interpreter to a newer "
        "one, or run the task on the controller (delegate_to: localhost)"
    ).format(*(NEEDED + found))
    sys.stdout.write(json.dumps({"failed": True, "changed": False, "msg": message}) + "\n")
    raise SystemExit(1)
