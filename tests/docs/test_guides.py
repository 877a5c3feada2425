"""The playbooks and commands of README and the guides, run against the simulator."""

from __future__ import annotations

import os
import re
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.certops.certcentral.tests.demo.play import STEPS
from ansible_collections.certops.certcentral.tests.simulator import Simulator
from ansible_collections.certops.certcentral.tests.tools.guides import (
    GUIDES,
    PAGES,
    commands,
    documents,
    playbooks,
    rulebooks,
    saved,
)

ROOT = Path(__file__).parents[2]


class End(t.NamedTuple):
    """The expected end of a playbook: the number of changed tasks, of changes in the account and of failed tasks, and texts."""

    changed: int
    sent: int
    failed: int
    says: tuple[str, ...] = ()


ENDS = {
    "README_1": End(1, 1, 0),
    "README_2": End(1, 1, 0),
    "README_3": End(0, 0, 0, ("www.example.com, order 1234570", "api.example.com, order 1234574")),
    "guide_attention_1": End(0, 0, 0, ("but order 1234573 is valid until ", "and order 1234574 expires on ")),
    "guide_attention_2": End(0, 0, 0, ("1234567, www.example.com, placed on ",)),
    "guide_attention_3": End(0, 0, 0, ("1234569, shop.example.com, certificate expires on ",)),
    "guide_awx_1": End(1, 1, 0),
    "guide_cancel_1": End(0, 0, 0, ("order 1234568 is issued: only ",)),
    "guide_cancel_2": End(1, 1, 0),
    "guide_changes_1": End(0, 0, 0, ("Order 1234568 was issued: certificate ",)),
    "guide_clean_ups_1": End(1, 1, 0),
    # There is no run to undo.
    "guide_clean_ups_2": End(0, 0, 1, ("result.json",)),
    "guide_clean_ups_3": End(1, 1, 0),
    "guide_clean_ups_4": End(1, 1, 0),
    # Without its settings.
    "guide_clean_ups_5": End(0, 0, 1, ("cancel_stale_",)),
    "guide_first_run_1": End(0, 0, 0, ("1234567 is pending, for www.example.com",)),
    "guide_first_run_2": End(0, 0, 0, ("www.example.com, order 1234570", "api.example.com, order 1234574")),
    "guide_first_run_3": End(1, 1, 0, ("order 1234567",)),
    "guide_many_orders_1": End(1, 1, 0, ("1 order",)),
    "guide_many_orders_2": End(1, 3, 0),
    "guide_many_orders_3": End(0, 1, 1, ("order 1234568 is issued: only ",)),
    "guide_simulator_1": End(1, 1, 0),
}
# The guides that tell the reader to save playbooks and to run them, each with the number of changes that each command sends.
RUNS = {"guide_clean_ups": [0, 1, 0, 1, 0, 1], "guide_first_run": [0, 0, 0, 1], "guide_simulator": [0, 1, 0]}
CLEAN_UPS = [page for page in PAGES if commands(page, "ansible-playbook certops.")]


@pytest.fixture(scope="module")
def account() -> t.Iterator[Simulator]:
    """Run a simulator with the account that the guides use."""
    text, *unused = documents(GUIDES / "guide_simulator.rst")
    with Simulator(**yaml.safe_load(text)) as simulator:
        yield simulator


def run(command: list[str], account: Simulator, folder: Path) -> tuple[dict[str, int], str]:
    """Return the counts of changed and failed tasks, and the output."""
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "DIGICERT_API_URL": account.url, "DIGICERT_API_KEY": account.key},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert not account.errors
    return {word: int(count) for word, count in re.findall(r"(changed|failed)=(\d+)", result.stdout)}, result.stdout


def test_every_playbook_has_an_expected_end() -> None:
    assert set(playbooks()) == set(ENDS)


@pytest.mark.parametrize(("name", "text"), playbooks().items(), ids=list(playbooks()))
def test_playbooks_do_what_the_guide_says(account: Simulator, tmp_path: Path, name: str, text: str) -> None:
    account.reset()
    (tmp_path / "vault.yml").write_text(f"vault_digicert_api_key: {account.key}\n")
    (tmp_path / "playbook.yml").write_text(text)
    counts, output = run(["ansible-playbook", "playbook.yml"], account, tmp_path)
    end = ENDS[name]
    assert counts == {"changed": end.changed, "failed": end.failed}, output
    assert [words for words in end.says if words not in output] == [], output
    assert len(account.changes) == end.sent


@pytest.mark.parametrize("guide", RUNS)
def test_saved_playbooks_and_their_commands_work_in_an_empty_folder(
    account: Simulator, tmp_path: Path, guide: str
) -> None:
    account.reset()
    page = GUIDES / f"{guide}.rst"
    (tmp_path / "vault.yml").write_text(f"vault_digicert_api_key: {account.key}\n")
    for name, text in saved(page).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    sent = []
    for command in commands(page, "ansible-playbook "):
        before = len(account.changes)
        counts, output = run(["bash", "-c", command.replace(" --ask-vault-pass", "")], account, tmp_path)
        assert counts.get("failed") == 0, output
        sent.append(len(account.changes) - before)
    assert sent == RUNS[guide]


@pytest.mark.parametrize("page", CLEAN_UPS, ids=lambda page: page.stem)
def test_commands_of_the_clean_ups_work_in_an_empty_folder(account: Simulator, tmp_path: Path, page: Path) -> None:
    """A later command may use the plan that an earlier one wrote, so all of them run in one folder."""
    for command in commands(page, "ansible-playbook certops."):
        account.reset()
        counts, output = run(["bash", "-c", command], account, tmp_path)
        # In the account of the guides, one order is stale, and one was renewed by another order.
        assert counts == {"changed": 1, "failed": 0}, output
        assert len(account.changes) == (0 if "--check" in command else 1)
        assert all((tmp_path / name).is_file() for name in re.findall(r'_report_\w+="\$PWD/(\S+)"', command))


def test_rulebooks_in_the_guides_are_those_of_the_collection() -> None:
    shipped = [yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "extensions/eda/rulebooks").glob("*.yml")]
    shown = [yaml.safe_load(text) for text in rulebooks()]
    assert shown
    assert all(rulebook in shipped for rulebook in shown)


def test_guide_names_the_url_of_the_simulator(account: Simulator) -> None:
    text = (GUIDES / "guide_simulator.rst").read_text(encoding="utf-8")
    [(port, url)] = re.findall(r"--port (\d+)[\s\S]*export DIGICERT_API_URL=(\S+)", text)
    assert url == re.sub(r":\d+/", f":{port}/", account.url)


def test_readme_agrees_with_the_demo() -> None:
    [shown] = re.findall(r"```text\n(.+?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    parts = re.findall(r"^\d+\. (.+)\n=+\n\$ ansible-playbook (.+)\n([\s\S]+?)and (\d+) PUT", shown, re.MULTILINE)
    assert len(parts) > 3
    for (title, command, output, sends), step in zip(parts, STEPS):
        assert (title, command, int(sends)) == (step["title"], step["run"], step["sends"])
        assert [words for words in step["says"] if not words.endswith(("=0", "=1")) and words not in output] == []
