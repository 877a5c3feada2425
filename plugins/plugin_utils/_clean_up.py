# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""The controller's side of a clean-up: reports and the approved plan.

The module may run on another host, so a run with reports executes it twice: once to plan, and once to carry out this plan. In
between, this code writes a report that says that the run has not finished.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._clean_up.result import finish
from ..module_utils._clock import Clock
from ..module_utils._errors import CertCentralError
from ..module_utils._http.redaction import make_secret, redact
from ..module_utils._text import sanitize
from ._plan_file import ApprovedPlan, read_plan
from ._report_file import FORMAT, ReportFiles, resolve
from ._role import check_variables, fill_omitted, find_role, read_optional
from ._watch import CONTROLLER, WatchedAction

Result = dict[str, t.Any]
PATHS = ("report_json", "report_html", "approved_plan")
# The key of a module's result with what it tells this plugin.
REPORTED = "controller"
# Characters of a line that is shown.
MAX_SHOWN = 2000
UNFINISHED = "the run has not finished, so it is not known which of these orders were changed"


class CleanUpAction(WatchedAction):
    """An action plugin that runs the module of a clean-up, passes an approved plan to it, and writes its reports.

    :cvar MODULE: full name of the module
    :cvar ACT: the decision that changes an order
    """

    MODULE = ""
    ACT = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """Return the result of the clean-up, and show its summary."""
        result: Result = ActionBase.run(self, tmp, task_vars)
        try:
            result.update(self._clean_up(task_vars))
        except CertCentralError as error:
            result.update(error.result(), failed=True)
        if "reason" in result:
            # ansible-core 2.19 and later would show the message in it instead of the message of the result.
            result.pop("exception", None)
        self._show(result)
        return result

    def _show(self, result: Result) -> None:
        """Show the summary, which Ansible itself shows only with ``-v``. Ansible always shows the message of a failure."""
        screen = self.make_screen()
        if screen:
            for line in result.get("summary", ()):
                screen.show(line, MAX_SHOWN)
            if not result.get("failed"):
                screen.show(result.get("msg", ""), MAX_SHOWN)

    def _clean_up(self, task_vars: dict[str, t.Any] | None) -> Result:
        check_variables(self._task, task_vars or ())
        self._task.args.update(fill_omitted(self._task))
        self._task.args.update(read_optional(self._task, task_vars or {}, self._templar))
        paths = self._take_paths()
        plan = resolve(paths.pop("approved_plan")) if "approved_plan" in paths else None
        if paths and self._task.async_val:
            raise CertCentralError(
                "invalid_option",
                f"{' and '.join(paths)} cannot be used with async, because nothing would write the report",
                "run the task without async, or without reports",
            )
        files = ReportFiles(paths, plan)
        approved = read_plan(plan, self.MODULE) if plan else None
        # This must not be empty: only then does the module return the values that reports need.
        handed = {"approved": approved._asdict()} if approved else {"approved": None}
        if not paths:
            return self._drop(self.run_module(task_vars, **handed))
        report = Reporter(files, self._describe(approved), self._task.args.get("api_key"))
        if self._task.check_mode:
            return report.conclude(lambda: self.run_module(task_vars, **handed))
        return report.conclude(lambda: self._run_in_stages(report, task_vars, handed))

    def _run_in_stages(self, report: Reporter, task_vars: dict[str, t.Any] | None, handed: Result) -> Result:
        """Plan, write the plan to the report, and carry it out."""
        planned = self.run_module(task_vars, stage="plan", **handed)
        if "orders" not in planned:
            return planned
        reported = planned.get(REPORTED, {})
        changed: Result | None = None
        if reported.get("changes"):
            try:
                report.begin(planned)
            except CertCentralError as error:
                return finish(self.ACT, {**planned, **error.result()}, None, check_mode=False)
            changed = self.run_module(task_vars, stage="change", changes=reported["changes"])
            changed["msg"] = sanitize(changed.get("msg", "the module ended without a result"))
        result = finish(self.ACT, planned, changed, check_mode=False)
        for name in ("warnings", "deprecations"):
            lines = [*planned.get(name, ()), *(changed or {}).get(name, ())]
            result.update({name: lines} if lines else {})
        return result

    def _take_paths(self) -> dict[str, str]:
        """Remove the paths from the task's options, and return them. The module does not get them.

        :raises CertCentralError: ``invalid_option`` if a path is empty
        """
        given = {name: self._task.args[name] for name in PATHS if name in self._task.args}
        # The role passes an empty path if there is none, as AWX does for a survey question without an answer.
        given = {name: path for name, path in given.items() if path != "" or find_role(self._task) is None}
        # If a variable for the plan came out as null, this must not mean that every order may change.
        given = {name: path for name, path in given.items() if path is not None or name == "approved_plan"}
        for name, path in given.items():
            if not isinstance(path, str) or not path.strip() or "\0" in path:
                what = "is not a path" if path else "is null" if path is None else "is empty"
                raise CertCentralError("invalid_option", f"{name} {what}", "set it, or leave it out (default(omit))")
        self._task.args = {name: value for name, value in self._task.args.items() if name not in (*PATHS, CONTROLLER)}
        return {name: str(path) for name, path in given.items()}

    def _describe(self, approved: ApprovedPlan | None) -> Result:
        """Return the values in a report that are known before the task runs."""
        return {
            "format": FORMAT,
            "module": self.MODULE,
            "role": find_role(self._task),
            "account": None,
            "approved_plan": approved.named if approved else None,
            "options": {},
            "check_mode": bool(self._task.check_mode),
        }

    @staticmethod
    def _drop(result: Result) -> Result:
        """Return a result without the values that the module returns only for this plugin."""
        return {name: value for name, value in result.items() if name != REPORTED}


class Reporter:
    """The report of one run, which is written several times.

    :param about: the values that are known before the run
    :param api_key: the API key, which is removed from the report
    """

    def __init__(self, files: ReportFiles, about: Result, api_key: t.Any) -> None:
        self._files = files
        # In ansible-core 2.22 and later, the result of a module contains its secrets until this plugin has returned it.
        keys = [key.strip() for key in (api_key, os.environ.get("DIGICERT_API_KEY")) if isinstance(key, str)]
        self._secrets = [make_secret(key) for key in keys]
        self._about = about
        self._planned: Result = {"changed": False}

    def begin(self, planned: Result) -> None:
        """Write the plan, and that its run has not finished.

        :raises CertCentralError: ``invalid_option`` if a file cannot be written
        """
        self._planned = {**planned, "changed": None}
        self._write({**self._planned, "msg": UNFINISHED}, finished=False)

    def conclude(self, work: t.Callable[[], Result]) -> Result:
        """Do the work, write the report about its result, and return the result with the paths of the report."""
        try:
            result = work()
        except CertCentralError:
            raise
        except BaseException as error:
            # The cause is the task's timeout, an interruption, or a host that cannot be reached.
            text = f"the run was interrupted ({type(error).__name__}): {UNFINISHED}"
            with contextlib.suppress(CertCentralError):
                self._write({**self._planned, "msg": text}, finished=False)
            raise
        result.setdefault("msg", "the module ended without a message")
        try:
            self._write(result, finished=True)
        except CertCentralError as error:
            failure = {name: value for name, value in error.result().items() if name not in result}
            told = result["msg"] if error.message in result["msg"] else f"{result['msg']}; {error.message}"
            result.update(failure, failed=True, msg=told)
        paths = self._files.paths
        ending = f"the report is in {' and '.join(paths.values())}"
        kept = {name: value for name, value in result.items() if name != REPORTED}
        return {**kept, **paths, "msg": f"{result['msg']}; {ending}"}

    def _write(self, result: Result, *, finished: bool) -> None:
        reported = result.get(REPORTED) or {}
        self._about.update({name: reported[name] for name in ("account", "options") if name in reported})
        blank: Result = {"reason": None, "counts": {}, "summary": [], "unused_exclusions": [], "api_calls": None}
        blank.update(changed=False, orders=[])
        report: t.Any = {
            **self._about,
            "generated": f"{Clock().utc_now():%Y-%m-%dT%H:%M:%SZ}",
            "finished": finished,
            "failed": bool(result.get("failed") or result.get("unreachable")),
            "msg": sanitize(result["msg"], 2000),
            **{name: result.get(name, value) for name, value in blank.items()},
        }
        for secret in self._secrets:
            report = redact(report, secret)
        self._files.write(report)
