"""Run mutmut on the code that makes decisions, and print the mutants that no test noticed.

Mutants that differ from the original only in the words of a message are counted separately, because tests do not assert each word.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
from pathlib import Path

COLLECTION = Path("ansible_collections", "certops", "certcentral")
ROOM = COLLECTION / "plugins" / "module_utils"
MUTATED = [f"_change/{name}" for name in ("rules", "mark_rules", "reissue_rules", "cancel_refusals", "name_rule")]
MUTATED += [f"_change/{name}" for name in ("outcome", "unseen", "diff", "one", "reading", "settling")]
MUTATED += ["_clean_up/candidates", "_clean_up/renewals", "_api/page", "_api/pages", "_api/listing"]
MUTATED += ["_http/limiter", "_http/retry", "_http/backoff", "_http/waits"]
TESTS = ["module_utils", "modules/test_digicert_order_status.py", "modules/test_digicert_order_statuses.py"]
TESTS += ["modules/test_lost_replies.py", "modules/test_digicert_order_info.py"]
# The share of the mutants that the tests have to notice, in percent.
BOUND = 90
# The exit codes by which mutmut says that no test failed.
SURVIVED = {0: "survived", 5: "no test", 33: "no test"}


def configure(work: Path) -> None:
    """Write the configuration of mutmut. mutmut has to run in the folder in which Python finds the collection."""
    lines = {
        # The tests cannot run twice in the same process.
        "process_isolation": "forkserver",
        "source_paths": [str(ROOM)],
        "only_mutate": [f"*/{name}.py" for name in MUTATED],
        "also_copy": [COLLECTION.parts[0]],
        "pytest_add_cli_args": ["--hypothesis-profile=few", "-m", "not exhaustive"],
        "pytest_add_cli_args_test_selection": [str(COLLECTION / "tests" / "unit" / "plugins" / name) for name in TESTS],
    }
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items())
    (work / "pyproject.toml").write_text("[tool.mutmut]\n" + text)


def blank_texts(node: ast.AST) -> str:
    """Return the code of a function without its name, and with all strings empty."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            part.value = ""
        if isinstance(part, ast.FunctionDef):
            part.name = ""
    return ast.dump(node)


def find_text_mutants(path: Path) -> set[str]:
    """Return the names of the mutants in a file that differ from the original only in strings."""
    functions = {
        node.name: blank_texts(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name
    }
    return {name for name, code in functions.items() if functions[name.rpartition("_")[0] + "_orig"] == code}


def main() -> int:
    """Run mutmut, and print the mutants that survived. With --report, only print them again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="only print the results of the last run")
    parser.add_argument("work", type=Path, help="the folder that contains ansible_collections")
    arguments = parser.parse_args()
    if not arguments.report:
        configure(arguments.work)
        subprocess.run(["mutmut", "run", "--max-children", "2"], cwd=arguments.work, check=True)
    killed = survived = texts = 0
    for name in MUTATED:
        path = arguments.work / "mutants" / ROOM / f"{name}.py"
        verdicts = json.loads(path.with_name(path.name + ".meta").read_text(encoding="utf-8"))["exit_code_by_key"]
        only_texts = find_text_mutants(path)
        for mutant, code in sorted(verdicts.items()):
            if mutant.rpartition(".")[2] in only_texts:
                texts += 1
            elif code in SURVIVED:
                survived += 1
                print(f"{SURVIVED[code]}: {name}: {mutant.rpartition('.')[2]}")
            else:
                killed += code is not None
    share = 100 * killed / max(1, killed + survived)
    print(
        f"{killed} of {killed + survived} mutants killed ({share:.1f} %, bound {BOUND} %), {texts} that only change words are not counted"
    )
    return 0 if share >= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
