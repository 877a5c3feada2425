# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw the states of an order as an SVG: python tests/tools/draw_states.py > docs/docsite/rst/order_states.svg."""

from __future__ import annotations

import typing as t
from html import escape

HEIGHT = 44


class State(t.NamedTuple):
    """A box with a name in it. ``x`` and ``y`` are its middle."""

    x: int
    y: int
    width: int
    name: str


class Arrow(t.NamedTuple):
    """A line between two points, and a text next to it, which starts at a point, ends there, or has its middle there.

    Arrows with an operation are changes by this collection. All others are changes by the account and the CA.
    """

    source: str
    target: str
    line: tuple[int, int, int, int]
    label: tuple[int, int, str, str] | None = None
    operation: str = ""


STATES = [
    State(110, 130, 140, "canceled"),
    State(380, 80, 160, "pending"),
    State(380, 180, 160, "waiting_pickup"),
    State(620, 130, 140, "issued"),
    State(830, 80, 140, "expired"),
    State(830, 180, 140, "revoked"),
    State(620, 285, 180, "reissue_pending"),
    State(210, 430, 180, "not marked"),
    State(700, 430, 180, "marked renewed"),
]
ARROWS = [
    Arrow("pending", "canceled", (300, 80, 182, 122), (244, 82, "end", "canceled"), "cancel_order"),
    Arrow("waiting_pickup", "canceled", (300, 180, 182, 138), (244, 188, "end", "canceled"), "cancel_order"),
    Arrow(
        "reissue_pending",
        "issued",
        (580, 263, 580, 155),
        (568, 232, "end", "canceled, with cancel_scope: reissue"),
        "cancel_reissue",
    ),
    Arrow("pending", "issued", (460, 80, 548, 118)),
    Arrow("waiting_pickup", "issued", (460, 180, 548, 142)),
    Arrow("issued", "reissue_pending", (640, 152, 640, 260), (674, 222, "start", "a reissue is ordered,")),
    Arrow("reissue_pending", "issued", (664, 263, 664, 155), (674, 242, "start", "and issued")),
    Arrow("issued", "expired", (690, 118, 757, 84)),
    Arrow("issued", "revoked", (690, 142, 757, 176)),
    Arrow("not marked", "marked renewed", (300, 420, 607, 420), (455, 408, "middle", "renewed"), "mark_renewed"),
    Arrow(
        "marked renewed", "not marked", (610, 440, 303, 440), (455, 464, "middle", "not_renewed"), "mark_not_renewed"
    ),
]
# Texts, each with its position, anchor and class.
TEXTS = [
    (20, 34, "start", "title", "The status of an order"),
    (620, 330, "middle", "", "without that scope: refused, reissue_pending"),
    (830, 282, "middle", "", "canceled is refused once"),
    (830, 300, "middle", "", "issued: wrong_state"),
    (20, 376, "start", "title", "The mark next to it"),
    (210, 476, "middle", "", "needs a migrated order that ends"),
    (210, 494, "middle", "", "within 90 days, or has ended"),
    (700, 476, "middle", "", "can be removed unless another"),
    (700, 494, "middle", "", "order really renewed this one"),
    (20, 534, "start", "own", "this collection"),
    (160, 534, "start", "", "the account and the CA"),
]
# The picture has a background of its own, so that it is readable on both light and dark pages.
STYLE = """\
    svg { font: 15px system-ui, sans-serif; --paper: #ffffff; --ink: #1f2328; --box: #eef1f4; --other: #6b7480; --own: #0b5cad; }
    @media (prefers-color-scheme: dark) {
      svg { --paper: #16191d; --ink: #e6e9ec; --box: #2a2f36; --other: #9aa4af; --own: #6cb2ff; }
    }
    .paper { fill: var(--paper); }
    .box { fill: var(--box); stroke: var(--other); }
    text { fill: var(--other); font-size: 13px; }
    .name { fill: var(--ink); font-size: 15px; }
    .title { fill: var(--ink); font-size: 16px; font-weight: 600; }
    .own { fill: var(--own); font-weight: 600; }
    line { stroke: var(--other); stroke-width: 1.5; marker-end: url(#other); }
    line.own { stroke: var(--own); stroke-width: 3; marker-end: url(#own); }
    #other path { fill: var(--other); }
    #own path { fill: var(--own); }"""


def draw() -> str:
    """Return the picture as SVG."""
    lines = [
        "<!--",
        # REUSE-IgnoreStart
        "Copyright (c) 2026, certops.certcentral contributors",
        "GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
        "SPDX-License-Identifier: GPL-3.0-or-later",
        # REUSE-IgnoreEnd
        "",
        "Drawn by tests/tools/draw_states.py.",
        "-->",
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 940 556" role="img" aria-labelledby="title">',
        '  <title id="title">The states of an order, and what this collection changes</title>',
        f"  <style>\n{STYLE}\n  </style>",
        "  <defs>",
        *(
            f'    <marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" '
            f'markerWidth="{size}" markerHeight="{size}" orient="auto"><path d="M0 0 10 5 0 10z"/></marker>'
            for name, size in (("other", 10), ("own", 14))
        ),
        "  </defs>",
        '  <rect class="paper" width="940" height="556" rx="8"/>',
    ]
    for state in STATES:
        x, y = state.x - state.width // 2, state.y - HEIGHT // 2
        lines.append(f'  <rect class="box" x="{x}" y="{y}" width="{state.width}" height="{HEIGHT}" rx="8"/>')
        lines.append(_text(state.x, state.y + 5, "middle", "name", state.name))
    for arrow in ARROWS:
        kind = "own" if arrow.operation else ""
        x1, y1, x2, y2 = arrow.line
        lines.append(f'  <line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')
        if arrow.label:
            x, y, anchor, words = arrow.label
            lines.append(_text(x, y, anchor, kind, words))
    lines += [_text(*text) for text in TEXTS]
    return "\n".join([*lines, "</svg>", ""])


def _text(x: int, y: int, anchor: str, kind: str, words: str) -> str:
    return f'  <text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


if __name__ == "__main__":
    print(draw(), end="")
