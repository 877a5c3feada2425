"""The check of the language finds the phrases that it should find, and no others."""

from __future__ import annotations

from ansible_collections.certops.certcentral.tests.tools.language import search


def test_phrases_are_found_in_prose() -> None:
    lines = ["an ID that is no order", "It works also if the key is missing.", "all but for limit"]
    lines += ["wait so many seconds", "take the mark back", "the reply of the API", "a licence"]
    lines += ["The order was cancelled.", "The cancel is sent again.", "rows of the listing"]
    found = [finding.line for finding in search("docs/page.md", "\n".join(lines))]
    assert found == list(range(1, len(lines) + 1))


def test_other_phrases_are_not_found() -> None:
    lines = ["There is no order.", "It is no longer pending.", "the lost_reply fault"]
    lines += ["Cancel it again.", "See listing.py."]
    assert search("docs/page.md", "\n".join(lines)) == []


def test_python_is_searched_only_where_people_read_it() -> None:
    source = '"""What it does."""\n\nreply = "reply"\nprint(f"the reply")  # the reply\nraise ValueError("the reply was lost")\n'
    found = [(finding.line, finding.better) for finding in search("plugins/page.py", source)]
    assert found == [(1, "a docstring that begins with a verb or a noun"), (4, '"response"'), (5, '"response"')]
