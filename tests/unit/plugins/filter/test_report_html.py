# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.certops.certcentral.plugins.filter import report_html
from ansible_collections.certops.certcentral.plugins.plugin_utils._report import (
    CANDIDATE_SPEC,
    ORDER_SPEC,
    REPORT_SPEC,
)

render = report_html.FilterModule().filters()["report_html"]


def documented(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The options as an argument spec."""
    return {
        name: {key: value for key, value in option.items() if key not in ("description", "suboptions")}
        for name, option in options.items()
    }


def test_documentation_is_what_is_checked() -> None:
    options = yaml.safe_load(report_html.DOCUMENTATION)["options"]["_input"]["suboptions"]
    orders = options["orders"]["suboptions"]
    # Orders and candidates are checked one by one, so that a message can name the one that is meant.
    assert documented(options) == {**REPORT_SPEC, "orders": {**REPORT_SPEC["orders"], "elements": "dict"}}
    assert documented(orders) == {**ORDER_SPEC, "candidates": {**ORDER_SPEC["candidates"], "elements": "dict"}}
    assert documented(orders["candidates"]["suboptions"]) == CANDIDATE_SPEC


def test_example_works() -> None:
    [task] = yaml.safe_load(report_html.EXAMPLES)
    report = {**task["vars"]["report"], "check_mode": False, "generated": "2026-12-31T23:59:59Z"}
    assert "Result: 1 order canceled" in render(report)


def test_failure_names_the_filter() -> None:
    with pytest.raises(
        AnsibleFilterError, match=r"^certops.certcentral.report_html: report: missing required arguments"
    ):
        render({})
