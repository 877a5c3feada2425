"""Search the repository for phrases that have a better one, and print both.

python tests/tools/language.py [PATH ...]

In Python files, only comments, docstrings and strings of several words are searched. In other files, all lines are searched.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import sys
import tokenize
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = {".css", ".j2", ".md", ".py", ".rst", ".svg", ".toml", ".yaml", ".yml", ""}
# Texts of others, and the files that contain the phrases themselves.
NOT_SEARCHED = re.compile(r"LICENSES?(/|$)|tests/tools/language\.py$|tests/docs/test_language\.py$")


class Pattern(t.NamedTuple):
    """A phrase to search for (a regular expression), a better one, and the paths that may contain it."""

    phrase: str
    better: str
    allowed: str = ""


# Tests play what users type.
TYPED = r"tests/(unit|integration)/"
PAGES_WITH_GRADES = r"docs/(api|renewals)\.md$|tests/simulator/|tests/facts\.py$"
PATTERNS = [
    Pattern(r"(?<!there )\b(is|are) no (?!longer\b|one\b|more\b)[a-z]+", '"is not a ..."'),
    Pattern(r"\balso (if|where|when|after)\b", '"even if" or "as well"'),
    Pattern(r"\bbut for\b", '"except" or "without"'),
    Pattern(r"\bso (many|long)\b", '"the given number of" or "as long"'),
    Pattern(r"\b(take|takes|took|taken|taking)( \w+){0,3} back\b", '"remove"'),
    Pattern(r"\b(reply|replies|replied)\b(?!\.py)", '"response"'),
    Pattern(r"\blicen[c]es?\b|\bcancell(ed|ing)\b|\b(behavi|hon|fav|col|neighb)our\w*", "American spelling", TYPED),
    Pattern(
        r"\b(organ|recogn|normal|summar|initial|author|serial|minim|optim|custom)is(e|es|ed|ing|ation)\b",
        "American spelling",
    ),
    Pattern(r"\bfor ever\b", '"forever" or "without end"'),
    Pattern(r"\bany more\b", '"no longer"'),
    Pattern(r"\bas for real\b", '"as a real run does"'),
    Pattern(r"\bbeside\b", '"besides" or "next to"'),
    Pattern(r"\balone\b", '"only" or "unchanged"'),
    Pattern(r"\bwants (?!to\b)", '"needs" or "asks for"'),
    Pattern(r"\blately\b", '"recently"'),
    Pattern(r"\b(comes?|came|become|became) of (it|that|them)\b", '"what happened"'),
    Pattern(r"\bknows? no\b", '"does not know"'),
    Pattern(r"\brests? on\b", '"is based on"'),
    Pattern(r"\bspeaks? against\b", '"contradicts"'),
    Pattern(r"\bstands? (in(?! for)|at|there|beside|where|as|so)\b", '"is"'),
    Pattern(r"\b(a|an|the|each|every|no|later|last|first|this|that|its) readings?\b", '"read" as a verb'),
    Pattern(r"\b(a|the|each|every) cancels?\b(?! request)", '"a cancellation" or "the cancel request"'),
    Pattern(r"(?<![/_.])\blistings?\b(?!\.py|\()", '"order list"'),
    Pattern(r"\border info\b", '"order details"', r"docs/api\.md$"),
    Pattern(r"\b(create|creates|created|make|makes|made) (an|the|new|another|a new) orders?\b", '"place an order"'),
    Pattern(r"\btyping errors?\b", '"typo"'),
    Pattern(r"\bsane\b|\bharmless\b", "what is done, for example truncated"),
    Pattern(r"\b(None|False|True): (not|it|the|no)\b", '"None if ..."', TYPED),
    Pattern(r"\bthe (facts(?! about)|interface page)\b|\.\./shared", "a page in docs/", PAGES_WITH_GRADES),
    Pattern(r"\((DOC|REC|OBS|ASSUMED)\)", "a sentence", PAGES_WITH_GRADES),
]
COMPILED = [(re.compile(pattern.phrase, re.IGNORECASE), pattern) for pattern in PATTERNS]
QUESTION = re.compile(r"(What|Why|Whose|Which|How|Where|Those|Whether)\b")


class Finding(t.NamedTuple):
    """A phrase that was found."""

    path: str
    line: int
    phrase: str
    better: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.phrase}: write {self.better}"


def find_questions(source: str) -> t.Iterator[tuple[int, str]]:
    """Yield docstrings that begin with a question word, each with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node)
            if docstring and QUESTION.match(docstring):
                yield node.body[0].lineno, docstring.splitlines()[0]


def find_prose(source: str) -> t.Iterator[tuple[int, str]]:
    """Yield the comments and the strings of several words in a Python file, line by line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_text = token.type == tokenize.STRING and len(token.string.split()) > 2
        if is_text or token.type in (tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", -1)):
            yield from enumerate(token.string.splitlines(), token.start[0])


def search(path: str, source: str) -> list[Finding]:
    """Return the findings in one file."""
    is_python = path.endswith(".py")
    lines = find_prose(source) if is_python else enumerate(source.splitlines(), 1)
    found = [
        Finding(path, line, match.group(), pattern.better)
        for line, text in lines
        for regex, pattern in COMPILED
        if not (pattern.allowed and re.match(pattern.allowed, path))
        for match in regex.finditer(text)
    ]
    if is_python:
        better = "a docstring that begins with a verb or a noun"
        found += [Finding(path, line, text, better) for line, text in find_questions(source)]
    return sorted(found)


def find_files(paths: list[str]) -> list[str]:
    """Return the files to search, relative to the checkout."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths]
    names = subprocess.run(listed, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    searched = [name for name in names if Path(name).suffix in KINDS and not NOT_SEARCHED.match(name)]
    return [name for name in searched if (ROOT / name).is_file()]


def main() -> int:
    """Print the findings. Return 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="search only these files and folders")
    arguments = parser.parse_args()
    found = [
        finding
        for name in find_files(arguments.paths)
        for finding in search(name, (ROOT / name).read_text(encoding="utf-8"))
    ]
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
