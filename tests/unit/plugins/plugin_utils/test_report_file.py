"""The files of a report: refused paths, and the replacement of files."""

from __future__ import annotations

import json
import os
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.plugin_utils._report_file import ReportFiles, resolve
from ansible_collections.certops.certcentral.tests.reports import a_report

REPORT = a_report(msg="no order is due: nothing to do \ud800")


def test_both_files_are_written_for_their_owner_and_group(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        files = ReportFiles({"report_json": str(tmp_path / "a.json"), "report_html": str(tmp_path / "a.html")}, None)
        assert list(tmp_path.iterdir()) == []
        files.write(REPORT)
    finally:
        os.umask(before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o640}
    assert json.loads((tmp_path / "a.json").read_text())["module"] == REPORT["module"]
    assert (tmp_path / "a.html").read_text().startswith("<!DOCTYPE html>")


def test_file_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    files = ReportFiles({"report_json": str(path)}, None)
    assert path.read_text() == "old"

    def fail(*unused: t.Any) -> t.NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CertCentralError, match="No space left on device"):
        files.write(REPORT)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_other_file_is_written_if_one_fails(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    files = ReportFiles({"report_json": str(folder / "a.json"), "report_html": str(tmp_path / "a.html")}, None)
    folder.rmdir()
    with pytest.raises(CertCentralError):
        files.write(REPORT)
    assert (tmp_path / "a.html").exists()


def test_target_of_a_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "target.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "target.json")
    files = ReportFiles({"report_json": str(tmp_path / "link.json")}, None)
    assert files.paths == {"report_json": str(tmp_path / "target.json")}
    files.write(REPORT)
    assert (tmp_path / "link.json").is_symlink() and "module" in (tmp_path / "target.json").read_text()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"report_json": "nowhere/a.json"}, "nowhere/a.json cannot be written (No such file or directory)"),
        ({"report_json": "file/a.json"}, "(Not a directory)"),
        ({"report_json": "a" * 256}, "cannot be written (File name too long)"),
        ({"report_html": "."}, "is not a file"),
        ({"report_json": "/dev/null"}, "/dev/null is not a file"),
        ({"report_json": "a", "report_html": "b/../a"}, "is also the file of the other report"),
        ({"report_json": "plan.json"}, "is the approved plan, which the report must not replace"),
    ],
)
def test_paths_that_cannot_be_written_are_refused(tmp_path: Path, options: dict[str, str], says: str) -> None:
    (tmp_path / "file").write_text("")
    paths = {name: str(tmp_path / path) for name, path in options.items()}
    with pytest.raises(CertCentralError) as caught:
        ReportFiles(paths, str(tmp_path / "plan.json"))
    assert caught.value.reason == "invalid_option" and says in caught.value.message


def test_path_may_name_the_home_folder_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REPORTS", str(tmp_path / "reports"))
    monkeypatch.chdir(tmp_path)
    given = ("~/a.json", "$REPORTS/a.json", "a.json")
    assert [resolve(path) for path in given] == [
        str(tmp_path / name) for name in ("a.json", "reports/a.json", "a.json")
    ]
