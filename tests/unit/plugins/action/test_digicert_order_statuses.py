# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pathlib
import signal
import threading

from ansible import constants

from ansible_collections.certops.certcentral.plugins.action import digicert_order_statuses as action
from ansible_collections.certops.certcentral.tests.unit.support import KEY


def test_progress_takes_no_signal_from_ansible() -> None:
    """A worker of Ansible waits for the module in a system call: a signal that another thread took would not end it."""
    before = set(threading.enumerate())
    with action._followed(KEY):
        masks = [_blocked(thread) for thread in set(threading.enumerate()) - before]
        assert len(masks) == 1
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            assert masks[0] & 1 << number - 1
            assert not _blocked(threading.main_thread()) & 1 << number - 1


def _blocked(thread: threading.Thread) -> int:
    """The signals that a thread blocks, as bits."""
    status = pathlib.Path(f"/proc/self/task/{thread.native_id}/status").read_text(encoding="ascii")
    return int(status.partition("SigBlk:")[2].split()[0], 16)


def test_progress_file_is_where_ansible_cleans_up() -> None:
    with action._followed(KEY) as path:
        assert os.path.dirname(path) == constants.DEFAULT_LOCAL_TMP
    assert not os.path.exists(path)
