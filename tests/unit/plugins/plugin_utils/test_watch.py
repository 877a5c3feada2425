from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import pathlib
import select
import signal
import subprocess
import threading
import types
import typing as t

import pytest
from ansible import constants

from ansible_collections.certops.certcentral.plugins import action
from ansible_collections.certops.certcentral.plugins import modules as modules_room
from ansible_collections.certops.certcentral.plugins.plugin_utils import _watch
from ansible_collections.certops.certcentral.tests.unit.support import KEY

NAME = "certops.certcentral.digicert_order_statuses"


def run_module(arguments: dict[str, t.Any], **settings: t.Any) -> dict[str, t.Any]:
    """Run the action plugin of a task with these settings, and return the arguments that the module gets."""
    got: dict[str, t.Any] = {}

    class Action(_watch.WatchedAction):
        def __init__(self) -> None:
            task = {"args": arguments, "action": NAME, "async_val": 0, "no_log": False, **settings}
            self._task = types.SimpleNamespace(**task)
            self._connection = types.SimpleNamespace(transport=settings.get("transport", "local"))

        def _execute_module(self, module_args: dict[str, t.Any], **unused: t.Any) -> dict[str, t.Any]:
            got.update(module_args)
            path = got.get("_controller", {}).get("progress_file")
            got["exists"] = bool(path and os.path.exists(path))
            got["collects"] = gc.isenabled()
            return {}

    Action().run_module({})
    return got


@pytest.fixture
def pipe() -> t.Iterator[tuple[int, int]]:
    """Return the ends of a pipe. Lines that are shown on the second end can be read from the first one."""
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


def test_every_module_is_watched() -> None:
    names = {path.stem for path in pathlib.Path(modules_room.__path__[0]).glob("digicert_*.py")}
    assert names == {path.stem for path in pathlib.Path(action.__path__[0]).glob("digicert_*.py")}
    for name in names:
        plugin = importlib.import_module(f"{action.__name__}.{name}").ActionModule
        assert issubclass(plugin, _watch.WatchedAction)


def test_progress_file_is_in_a_folder_that_ansible_cleans_up() -> None:
    got = run_module({"status": "canceled"})
    path = got["_controller"]["progress_file"]
    assert os.path.dirname(path) == constants.DEFAULT_LOCAL_TMP
    assert got["exists"] and not os.path.exists(path)


@pytest.mark.parametrize("settings", [{"no_log": True}, {"async_val": 60}, {"transport": "ssh"}])
def test_module_has_no_progress_file_if_its_progress_cannot_be_shown(settings: dict[str, t.Any]) -> None:
    assert "_controller" not in run_module({"status": "canceled"}, **settings)


def test_only_a_worker_does_not_collect_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_module({})["collects"] is True
    monkeypatch.setattr(multiprocessing, "parent_process", multiprocessing.current_process)
    try:
        assert run_module({})["collects"] is False
    finally:
        gc.enable()


def test_private_option_that_a_user_typed_is_dropped() -> None:
    got = run_module({"_controller": {"progress_file": "/etc/passwd"}}, transport="ssh")
    assert "_controller" not in got


def test_run_continues_if_the_file_cannot_be_created(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", "/nowhere")
    assert "_controller" not in run_module({"status": "canceled"})


def test_progress_hides_the_key_and_control_characters(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = pipe
    monkeypatch.setenv("DIGICERT_API_KEY", "another-key-of-some-length")
    with _watch.Progress(_watch.Screen(writer, NAME, f" {KEY}\n")) as progress:
        pathlib.Path(progress.path).write_text(f"1 of 2: {KEY} another-key-of-some-length \x1b[31m\n")
        progress.show()
    assert os.read(reader, 4096) == b"digicert_order_statuses: 1 of 2: ******** ******** ?[31m\n"


def test_line_that_cannot_be_shown_is_left_out(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    # The reader hangs, and then it has gone away.
    while select.select([], [writer], [], 0)[1]:
        os.write(writer, b"x" * select.PIPE_BUF)
    _watch.Screen(writer, NAME, KEY).show("1 of 2 changes done")
    os.close(reader)
    _watch.Screen(writer, NAME, KEY).show("1 of 2 changes done")
    with open("/dev/full", "wb") as full:
        screen = _watch.Screen(full.fileno(), NAME, KEY)
        screen.show("1 of 2 changes done")
    # The file descriptor is closed by now.
    screen.show("1 of 2 changes done")


def test_long_line_is_cut(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    screen = _watch.Screen(writer, NAME, KEY)
    screen.show("x" * 10_000)
    screen.show("\U0001f511" * 10_000, 2000)
    first, second, rest = os.read(reader, 100_000).split(b"\n")
    assert (len(first), len(second), rest) == (len("digicert_order_statuses: ") + 300, select.PIPE_BUF - 1, b"")


def test_watching_thread_receives_no_signals() -> None:
    """Ansible's worker waits for the module in a system call, which would not end if another thread received the signal."""
    before = set(threading.enumerate())
    with _watch.watched(lambda: None):
        masks = [_blocked(thread) for thread in set(threading.enumerate()) - before]
        assert len(masks) == 1
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            assert masks[0] & 1 << number - 1
            assert not _blocked(threading.main_thread()) & 1 << number - 1


def _blocked(thread: threading.Thread) -> int:
    """Return the signals that a thread blocks, as bits."""
    status = pathlib.Path(f"/proc/self/task/{thread.native_id}/status").read_text(encoding="ascii")
    return int(status.partition("SigBlk:")[2].split()[0], 16)


def test_started_processes_end_with_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a task runs into its timeout, no process reads the output of its module any longer."""
    process = subprocess.Popen(["sleep", "600"], stdout=subprocess.PIPE)
    # Other processes belong to other tests.
    monkeypatch.setattr(gc, "get_objects", lambda: [object(), process])
    with pytest.raises(TimeoutError), _watch.watched(lambda: None):
        raise TimeoutError
    assert process.wait(60) == -signal.SIGTERM
    assert process.stdout is not None and process.stdout.closed


def test_signal_handlers_are_restored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with _watch.watched(lambda: None):
        pass
    assert signal.getsignal(signal.SIGTERM) is before
