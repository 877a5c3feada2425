"""The check of the language finds the phrases that it should find, and no others."""

from __future__ import annotations

import pytest

from ansible_collections.certops.certcentral.tests.tools.language import search


@pytest.mark.parametrize(
    "line",
    [
        *(
            "an ID that is no order",
            "It works also if the key is missing.",
            "all but for limit",
            "wait so many seconds",
        ),
        *("take the mark back", "the reply of the API", "a licence", "The order was cancelled."),
        *("The cancel is sent again.", "rows of the listing"),
    ],
)
def test_phrases_are_found_in_prose(line: str) -> None:
    assert [finding.line for finding in search("docs/page.md", f"A page.\n{line}\n")] == [2]


@pytest.mark.parametrize(
    "line",
    ["There is no order.", "It is no longer pending.", "the lost_reply fault", "Cancel it again.", "See listing.py."],
)
def test_other_phrases_are_not_found(line: str) -> None:
    assert search("docs/page.md", line) == []


def test_python_is_searched_only_where_people_read_it() -> None:
    source = '"""What it does."""\n\nreply = "reply"\nprint(f"the reply")  # the reply\nraise ValueError("the reply was lost")\n'
    found = [(finding.line, finding.better) for finding in search("plugins/page.py", source)]
    assert found == [
        (1, "a docstring that begins with a verb or a noun"),
        (4, '"response"'),
        (5, '"response"'),
    ]
