"""Measure what the modules cost, print the tables of docs/benchmark.md, and fail if a bound does not hold."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import typing as t
from pathlib import Path

from ansible_collections.certops.certcentral.plugins.module_utils._clock import Clock
from ansible_collections.certops.certcentral.tests.benchmarks import figures
from ansible_collections.certops.certcentral.tests.benchmarks.figures import Figure, Measured, Runs

# A table of the page is between two of these comments.
MARKER = "<!-- {name}: written by make bench -->"


def measure(only: str | None) -> Measured:
    """Measure everything that has a bound, or one group of it."""
    with tempfile.TemporaryDirectory() as folder:
        groups: dict[str, t.Callable[[], Measured]] = {
            "tasks": figures.measure_tasks,
            "many": figures.measure_many,
            "clean_up": lambda: figures.measure_clean_up(Path(folder)),
            "list": figures.measure_list,
            "large": figures.measure_large,
        }
        for group in [only] if only else groups:
            yield from groups[group]()


def to_table(titles: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def to_bounds(found: t.Iterable[Figure]) -> str:
    """Return the table of the figures and their bounds."""
    rows = []
    for figure in found:
        unit = f" {figure.unit}" if figure.unit else ""
        shown = (
            f"{figure.value:.2f}" if figure.value < 10 and not isinstance(figure.value, int) else f"{figure.value:.0f}"
        )
        bound = f"{'at least' if figure.at_least else 'at most'} {figure.bound}{unit}"
        rows.append([figure.what, shown + unit, bound, "yes" if figure.holds else "not yet"])
    return to_table(["what", "measured", "bound", "met"], rows)


def to_runs(found: t.Iterable[Runs]) -> str:
    """Return the table of what was run."""
    rows = [
        [runs.what, way, f"{cost.seconds:.2f}", f"{cost.cpu:.2f}", f"{cost.requests:.0f}", f"{cost.memory:.0f} MB"]
        for runs in found
        for way, cost in runs.costs.items()
    ]
    return to_table(["what", "way", "seconds", "CPU seconds", "requests", "largest process"], rows)


def replace_table(page: str, name: str, table: str) -> str:
    """Return a page in which a table replaces the text between its two markers."""
    marker = MARKER.format(name=name)
    before, unused, after = page.split(marker)
    return f"{before}{marker}\n\n{table}\n\n{marker}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the tables to this page")
    parser.add_argument("--only", metavar="NAME", help="measure only tasks, many, clean_up, list or large")
    options = parser.parse_args()
    bounds: list[Figure] = []
    runs: list[Runs] = []
    for one in measure(options.only):
        if isinstance(one, Figure):
            bounds.append(one)
            print(
                f"{'ok' if one.holds else 'BROKEN':7}{one.what}: {one.value:.2f} {one.unit} ({one.bound})", flush=True
            )
        else:
            runs.append(one)
            print(to_runs([one]), flush=True)
    tables = {"bounds": to_bounds(bounds), "runs": to_runs(runs)}
    if not options.only:
        tables["growth"] = to_runs(figures.measure_growth())
    for name, table in tables.items():
        print(f"\n{name}\n\n{table}")
    if options.write:
        page = options.write.read_text()
        today = f"{Clock().today()}"
        for name, table in {**tables, "date": f"The figures are from {today}, on {os.cpu_count()} cores."}.items():
            page = replace_table(page, name, table)
        options.write.write_text(page)
    return 0 if all(figure.holds for figure in bounds) else 1


if __name__ == "__main__":
    sys.exit(main())
