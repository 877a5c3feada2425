"""Real runs of ansible-playbook. The processes of their modules can be distinguished from all others."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import typing as t
import uuid
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.tests.simulator import Simulator

# The number of seconds after which a missing event counts as a hang.
MAX_SECONDS = 60.0
MODULES = "certops.certcentral."
# Starts Ansible with the signal handling of a shell in the foreground, and gives it the terminal if this is requested.
LAUNCH = """
import fcntl, os, signal, sys, termios
for number in (signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
if sys.argv[1] == "1":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "ansible", *sys.argv[2:]])
"""
LOCAL = "localhost ansible_connection=local"


def wait_until(condition: t.Callable[[], t.Any], what: str) -> None:
    """Wait until a condition holds, and fail if it never does."""
    end = time.monotonic() + MAX_SECONDS
    while not condition():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.02)


def make_task(sim: Simulator, module: str, options: t.Mapping[str, t.Any], **keywords: t.Any) -> dict[str, t.Any]:
    """Return a task that runs a module against an account."""
    return {MODULES + module: {"api_url": sim.url, "api_key": sim.key, **options}, **keywords}


class PlaybookRun:
    """A run of ansible-playbook in a process group of its own.

    :param inventory: a line of an inventory, for the only host
    """

    def __init__(self, folder: Path, tasks: t.Sequence[t.Mapping[str, t.Any]], inventory: str) -> None:
        self._mark = f"THE_RUN={uuid.uuid4()}"
        play = {"hosts": "all", "gather_facts": False, "environment": dict([self._mark.split("=")]), "tasks": tasks}
        self._folder = folder
        (folder / "play.yml").write_text(json.dumps([play]))
        (folder / "hosts").write_text(f"{inventory} ansible_python_interpreter={sys.executable}\n")
        self.environment = {**os.environ, "HOME": str(folder), "ANSIBLE_NOCOLOR": "1"}
        for name, place in (("LOCAL_TEMP", "local"), ("REMOTE_TEMP", "remote"), ("ASYNC_DIR", "jobs")):
            self.environment[f"ANSIBLE_{name}"] = str(folder / place)
        self.process: subprocess.Popen[str]

    def start(self, *, has_terminal: bool = False, **streams: t.Any) -> None:
        """Start the run, with the streams that Popen takes.

        :param has_terminal: whether stdin is a terminal, which the run controls
        """
        with (self._folder / "output").open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", LAUNCH, str(int(has_terminal)), "playbook", "-i", "hosts", "play.yml"],
                cwd=self._folder,
                env=self.environment,
                text=True,
                start_new_session=True,
                **{"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, **streams},
            )

    def kill_group(self, number: int) -> None:
        """Send a signal to the process group of ansible-playbook, as a terminal or ansible-runner does."""
        os.killpg(self.process.pid, number)

    def modules(self) -> list[int]:
        """Return the processes of the module, wherever they were started from."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if self._mark.encode() in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return found

    def wait(self) -> int:
        """Wait until Ansible and the module have ended, and return the exit status of Ansible."""
        try:
            status = self.process.wait(MAX_SECONDS)
            wait_until(lambda: not self.modules(), "the module goes on")
        finally:
            self.end()
        return status

    def play(self) -> int:
        """Start the run, and return its exit status."""
        self.start()
        return self.wait()

    @property
    def output(self) -> str:
        """Return the output so far, as one line."""
        return " ".join((self._folder / "output").read_text().split())

    def end(self) -> None:
        """Kill the processes that are left."""
        with contextlib.suppress(ProcessLookupError):
            self.kill_group(signal.SIGKILL)
        for process in self.modules():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def ssh_server(folder: Path) -> t.Iterator[str]:
    """Yield the line of an inventory that reaches this host over ssh. The test is skipped if there is no sshd."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    programs = {name: shutil.which(name, path=path) or "" for name in ("sshd", "ssh", "ssh-keygen")}
    if missing := [name for name, program in programs.items() if not program]:
        pytest.skip(f"no {missing[0]} on this machine")
    for name in ("host", "user"):
        subprocess.run([programs["ssh-keygen"], "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    settings = [f"ListenAddress 127.0.0.1:{port}", f"HostKey {folder}/host", f"AuthorizedKeysFile {folder}/user.pub"]
    settings += ["PidFile none", "Subsystem sftp internal-sftp", "StrictModes no", "UsePAM no"]
    (folder / "sshd_config").write_text("\n".join([*settings, "PermitRootLogin prohibit-password"]))
    command = [programs["sshd"], "-D", "-e", "-f", f"{folder}/sshd_config"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        while not _listens(port):
            if server.poll() is not None:
                pytest.skip(f"sshd does not start here: {server.communicate()[1].strip()}")
            time.sleep(0.02)
        yield (
            f"far ansible_connection=ssh ansible_host=127.0.0.1 ansible_port={port} "
            f"ansible_ssh_private_key_file={folder}/user "
            "ansible_ssh_common_args='-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null' "
            # A test would wait for an ssh master that outlives it.
            f"ansible_ssh_args='-o ControlMaster=auto -o ControlPersist=1s' ansible_control_path={folder}/master"
        )
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
