"""Write facts that several files repeat. With --check, only print the files that differ.

A rule consists of files, a pattern, and the text for each group of the pattern. If a file has no match, the rule is out of date, which
is an error.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
import typing as t
from pathlib import Path

import yaml

from ansible_collections.certops.certcentral.plugins.module_utils._api.statuses import (
    CANCELABLE,
    GRACE_DAYS,
    RENEWAL_WINDOW_DAYS,
)
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import BASE_URLS
from ansible_collections.certops.certcentral.plugins.plugin_utils._advice import NOT_REVIEWED, REASONS

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "plugins" / "modules").glob("*.py"))
CLEAN_UPS = [f"plugins/modules/digicert_{name}_orders.py" for name in ("migrated", "stale")]
INFO_MODULES = [name for name in MODULES if name.endswith("_info.py")]
# The return values that several modules share. Ansible has no doc fragments for them, so each module needs the whole text.
FAILURE = ("http_status", "errors")
INFO = ("api_calls", "reason")
CLEAN_UP = ("summary", "report_json", "report_html", "api_calls", "reason", "order_id")
# The values of each entry of orders.
CLEAN_UP_ROW: tuple[str, ...] = (
    "order_id",
    "common_name",
    "names",
    "organization",
    "product",
    "container",
    "status",
    "valid_till",
)
CLEAN_UP_ROW += ("order_valid_till", "date_created", "is_renewed", "outcome", "verified", "msg")
GUIDES = "docs/docsite/rst"
LAST_DAY = RENEWAL_WINDOW_DAYS + GRACE_DAYS


# The end of each module.
MAIN = '''
from ..module_utils._module.python import check_python


def main():  # type: () -> None
    """Run the module, unless this Python is too old."""
    check_python()
    from ..module_utils._module.{name} import run_module

    run_module()


if __name__ == "__main__":
    main()
'''
# The action plugin of each module that has no other work on the controller.
ACTION = '''\
# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of the module with the same name. It stops the module when Ansible is stopped, and shows its progress."""

from __future__ import annotations

from ..plugin_utils._watch import WatchedAction


class ActionModule(WatchedAction):
    """The entry point of the action plugin."""
'''


class Rule(t.NamedTuple):
    """A fact that some files contain.

    :param pattern: a regular expression, whose groups are replaced
    :param texts: the new text of each group
    """

    files: t.Sequence[str]
    pattern: str
    texts: t.Sequence[str]


def lines(values: t.Iterable[str], form: str) -> str:
    """Return a line for each value."""
    return "".join(form.format(value) + "\n" for value in values)


def join(values: t.Sequence[str], form: str, word: str) -> str:
    """Return values as a sentence lists them: ``a, b or c``."""
    shown = [form.format(value) for value in values]
    return f" {word} ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def share(modules: t.Sequence[str], names: t.Iterable[str], source: str = "", indent: str = "") -> list[Rule]:
    """Return a rule for each return value that some modules share. A new module has to contain only the name of the value.

    :param source: the module whose text the others get; by default the first
    :param indent: the spaces before the names
    """
    source = source or modules[0]
    values = (ROOT / source).read_text(encoding="utf-8").partition("RETURN = ")[2]
    patterns = [rf"(?m)^{indent}{name}:\n((?:{indent}  .*\n)*)" for name in names]
    return [Rule(modules, pattern, re.findall(pattern, values)[:1]) for pattern in patterns]


def fill_role(role: str) -> list[Rule]:
    """Return the rules for the defaults and the task of a role, which follow from its argument spec."""
    spec = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    [entry] = spec["argument_specs"].values()
    own = {name: option for name, option in entry["options"].items() if name.startswith(f"{role}_")}
    defaults = ""
    for name, option in own.items():
        value = option.get("default")
        if isinstance(value, list) and value:
            defaults += f"{name}:\n{lines(value, '  - {}')}"
        elif value is not None:
            defaults += f"{name}: {json.dumps(value)}\n"
    passed = [name for name, option in own.items() if option.get("required") or "default" in option]
    task = "".join(f'    {name[len(role) + 1 :]}: "{{{{ {name} }}}}"\n' for name in passed)
    return [
        Rule([f"roles/{role}/defaults/main.yml"], rf"(?m)^({role}_(?:.*\n)+)\Z", [defaults]),
        Rule([f"roles/{role}/tasks/main.yml"], r"(?m)^  certops\.certcentral\.\w+:\n((?:    .*\n)+)", [task]),
    ]


def list_reasons() -> str:
    """Return the rows of the guide to the clean-ups, with the reasons of orders that somebody has to review."""
    code = re.compile(r"\b(?:mark_renewed_|digicert_)\w+|(?<=add )(?:recorded|same_names|covers_names)\b")
    rows = []
    for name, (found, advice) in REASONS.items():
        if name not in NOT_REVIEWED:
            texts = [f"{found[0].upper()}{found[1:]}.", advice.format(prefix="mark_renewed_")]
            cells = [f"``{name}``", *(code.sub(r"``\g<0>``", text) for text in texts)]
            starts = ["    * - ", "      - ", "      - "]
            rows += [textwrap.fill(text, 132, initial_indent=start) for start, text in zip(starts, cells)]
    return "\n".join(row.replace("\n", "\n        ") for row in rows) + "\n"


def end_module(module: str) -> Rule:
    """Return the rule for the code of a module, after its documentation."""
    name = Path(module).stem.removeprefix("digicert_")
    return Rule([module], r'(?ms)^RETURN = r""".*?^"""\n(.*)\Z', [MAIN.format(name=name)])


DAYS, LAST = str(RENEWAL_WINDOW_DAYS), str(LAST_DAY)
RULES = [
    *map(end_module, MODULES),
    *share(MODULES, FAILURE, "plugins/modules/digicert_order_status.py"),
    *share(INFO_MODULES, INFO, "plugins/modules/digicert_order_info.py"),
    *share(CLEAN_UPS, CLEAN_UP),
    *share(CLEAN_UPS, CLEAN_UP_ROW, indent=" " * 4),
    *fill_role("mark_renewed"),
    *fill_role("cancel_stale"),
    # The window in which an order can be marked renewed.
    Rule(["README.md"], r"expires in more than (\d+) days or has no expiry date", [LAST]),
    Rule(["README.md"], r"expires within (\d+) days or has expired", [LAST]),
    Rule(["README.md"], r"own limit is (\d+) days", [DAYS]),
    Rule(["plugins/modules/digicert_order_status.py"], r"must expire within (\d+) days", [DAYS]),
    Rule(["plugins/modules/digicert_migrated_orders.py"], r"from V\(0\) to V\((\d+)\)", [DAYS]),
    Rule(["plugins/modules/digicert_migrated_orders.py"], r"  window:\n(?:    .*\n)*?    default: (\d+)", [DAYS]),
    Rule(["roles/mark_renewed/defaults/main.yml"], r"mark_renewed_window: (\d+)", [DAYS]),
    Rule(["roles/mark_renewed/meta/argument_specs.yml"], r"V\(0\) to V\((\d+)\)", [DAYS]),
    Rule(["roles/mark_renewed/meta/argument_specs.yml"], r"_window:\n(?:        .*\n)*?        default: (\d+)", [DAYS]),
    Rule([f"{GUIDES}/guide_failures.rst"], r"more than (\d+) days from now", [DAYS]),
    # The regions.
    Rule(
        ["plugins/doc_fragments/certcentral.py"],
        r"  region:\n(?:    .*\n)*?    choices:\n((?:      - .*\n)+)",
        [lines(BASE_URLS, "      - {}")],
    ),
    Rule(
        ["extensions/eda/plugins/event_source/order_changes.py"], r"choices: (\[us.*\])", [f"[{', '.join(BASE_URLS)}]"]
    ),
    Rule(["docs/awx/credential_type_inputs.yml"], r"choices:\n((?:      - .*\n)+)", [lines(BASE_URLS, "      - {}")]),
    Rule([f"{GUIDES}/guide_clean_ups.rst"], r"      - advice\n((?:    [* ] .*\n)+)", [list_reasons()]),
    # The statuses of orders that can be canceled.
    Rule(
        ["README.md"],
        r"\| (`pending`.*?) \| the order is canceled",
        [", ".join(f"`{status}`" for status in CANCELABLE)],
    ),
    Rule(
        [f"{GUIDES}/guide_failures.rst"],
        r"Only (``pending``.*?) orders can be canceled",
        [join(CANCELABLE, "``{}``", "and")],
    ),
]


def apply(text: str, rule: Rule) -> str:
    """Return a text with the values of a rule.

    :raises ValueError: if the pattern does not match
    """
    found = list(re.finditer(rule.pattern, text))
    if not found:
        raise ValueError(rule.pattern)
    for match in reversed(found):
        for number, new in reversed(list(enumerate(rule.texts, 1))):
            text = text[: match.start(number)] + new + text[match.end(number) :]
    return text


def main() -> int:
    """Write or check all files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if a file differs")
    check = parser.parse_args().check
    texts = {name.replace("modules", "action"): ACTION for name in MODULES if name not in CLEAN_UPS}
    wrong = []
    for rule in RULES:
        for name in rule.files:
            texts.setdefault(name, (ROOT / name).read_text(encoding="utf-8"))
            try:
                texts[name] = apply(texts[name], rule)
            except ValueError:
                wrong.append(f"{name}: nothing matches {rule.pattern!r}: correct the rule in tests/tools/generate.py")
    for name, text in texts.items():
        if not (ROOT / name).exists() or text != (ROOT / name).read_text(encoding="utf-8"):
            if check:
                wrong.append(f"{name}: its facts differ from the code: run make generate")
            else:
                (ROOT / name).write_text(text, encoding="utf-8")
                print(f"wrote {name}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
