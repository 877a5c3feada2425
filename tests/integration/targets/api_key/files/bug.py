# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The tests put this at the end of a copy of module_utils/_http/client.py.

import typing as t


def get_with_bug(client: t.Any, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
    """Raise an exception whose text contains the key, as a bug would."""
    raise RuntimeError(f"planted {client._transport._headers}")


globals()["Client"].get = get_with_bug
