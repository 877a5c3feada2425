"""A generator of the ways in which people write the value of an option, each with what the author means by it."""

from __future__ import annotations

import json
import math
import typing as t

# The meanings of a text or a value besides a value of the option.
NOTHING, LEFT_OUT = "means nothing", "means that the option is left out"
BLANKS = (" ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u200b", "\ufeff", "\x00", "\x1b")
HUGE = (10**30, str(10**30), 1e30, "9" * 5000)
NOT_FINITE = (math.inf, -math.inf, math.nan, "inf", "-inf", "nan", "Infinity", ".inf", "1e400")
NO_TEXT = (*NOT_FINITE[:3], True)
ODD_ENTRIES: tuple[t.Any, ...] = (None, {}, [], "", " ", 7, "x")
FULL_WIDTH = str.maketrans("0123456789", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19")


class Written(t.NamedTuple):
    """A value as somebody writes it.

    :ivar means: the canonical spelling, ``NOTHING`` or ``LEFT_OUT``
    :ivar must_work: whether a refusal would be a fault as well
    """

    typed: t.Any
    means: t.Any
    must_work: bool = False


Ways = t.Iterator[Written]
Write = t.Callable[[t.Any], Ways]
Values = t.Iterable[t.Any]


def mean(means: t.Any, *typed: t.Any, must_work: bool = False) -> Ways:
    """Yield values that all mean the same."""
    return (Written(value, means, must_work) for value in typed)


def write_padded(text: str, means: t.Any) -> Ways:
    """Yield a text with something invisible before it, after it or on both sides."""
    for blank in BLANKS:
        yield from mean(means, blank + text, text + blank, blank * 2 + text + blank)


def write(means: t.Any, must: Values, may: Values, never: Values, text: str | None = None) -> Ways:
    """Yield the ways to write a value, for example in a list, in quotes, and in the text that a template makes of those.

    :param must: spellings that have to be accepted
    :param may: spellings that may be refused
    :param never: what has another meaning or none
    :param text: a text with the same meaning; defaults to the value as text
    """
    shown = means if isinstance(means, str) else json.dumps(means)
    yield from mean(means, *must, must_work=True)
    yield from write_padded(text or str(means), means)
    yield from mean(means, [means], [[means]], [str([means])], json.dumps(shown), json.dumps([means]), str([means]))
    yield from mean(means, *(f"{quote}{shown}{quote}" for quote in ("'", "`", "\u201c")), *may)
    yield from mean(NOTHING, {shown: means}, {}, [None], {"value": None}, "[]", "{}", *never)


def write_number(number: int) -> Ways:
    text = str(number)
    may = [float(number), f"{text}.0", f"+{text}", f"0{text}", f"{number:_}", f"{number:,}", hex(number), f"{number:e}"]
    may += [text.translate(FULL_WIDTH), f"{text};", f"{text},", f"#{text}"]
    never = [*NOT_FINITE, *HUGE, True, False, "true", "x", f"{text} {text}", f"{text}x", "null", "None"]
    never += [number + 0.5, f"{text}.5", -1, "-1", -1.0, "-0.5", f"-{number + 1}"]
    return write(number, (number, text, f" {text}\n"), may, never)


def write_decimal(number: float) -> Ways:
    text = str(number)
    may = (f"+{text}", f"0{text}", text.translate(FULL_WIDTH))
    never = (*NOT_FINITE, True, False, "x", f"{text} s", f"-{text}", -number, text.replace(".", ","))
    return write(number, (number, text, f" {text}\n", f"{number:e}"), may, never)


def write_flag(flag: bool) -> Ways:
    words = ("true", "yes", "on", "1", "y", "t") if flag else ("false", "no", "off", "0", "n", "f")
    must = (flag, int(flag), *words, *map(str.upper, words))
    never = (*NOT_FINITE, *HUGE, 2, -1, "2", "maybe", "ja", "none", "null")
    return write(flag, must, (float(flag), f"{float(flag)}"), never, words[0])


def write_word(word: str) -> Ways:
    """Yield the ways to write one of some fixed words."""
    may = (word.upper(), word.title(), f"{word}.", f"{word},", f"{word};", word.replace("_", " "))
    never = (*NOT_FINITE, *HUGE, True, 1, word[:-1], f"{word} {word}", "none", "null")
    return write(word, (word,), may, never)


def write_status(word: str) -> Ways:
    """Yield the ways to write a status to search for. Others than the known ones may be searched for as well."""
    must = (word, word.upper(), word.title(), f" {word}\n")
    return write(word, must, (f"{word},", f"{word};"), (*NO_TEXT, f"{word} {word}"))


def write_id(word: str) -> Ways:
    """Yield the ways to write the API's name of something, in which case matters."""
    return write(word, (word,), (f"{word},",), (*NO_TEXT, f"{word} {word}"))


def write_name(name: str) -> Ways:
    """Yield the ways to write a DNS name."""
    may = [f"https://{name}/", f"{name}:443", f".{name}", f"{name}..", f"{name},", f"{name};", f"DNS:{name}"]
    may += [f"admin@{name}", f"[{name}", f"{name} # a comment", f"{name}/", f"\\{name}"]
    never = (*NO_TEXT, ".", "..", "@", name.replace(".", " "), "a" * 300)
    return write(name, (name, f" {name}\n", f"\t{name}", name.upper(), f"{name}."), may, never)


def write_text(text: str) -> Ways:
    """Yield the ways to write a text that is used as it is: each text means itself."""
    padded = (f" {text} ", f"{text}\n", text.upper(), f"{text}.", json.dumps(text), f"[{text}]", f"{text}, {text}")
    yield from (Written(typed, typed, must_work=True) for typed in (text, *padded))
    yield Written(7, "7")
    yield from mean(NOTHING, *NO_TEXT, 1.5, [text], {text: text}, [], {})


def write_key(key: str) -> Ways:
    yield from mean(key, key, f" {key}", f"{key}\n", f"\t{key}\r\n", must_work=True)
    yield from write_padded(key, key)
    yield from mean(NOTHING, *NO_TEXT, False, 1.5, [key], {key: key}, [], {}, "short", 7)
    yield from mean(NOTHING, f"{key}\n{key}", f"{key[:9]}\x00{key[9:]}", f"{key[:9]}\u2013{key[9:]}", "", " ", "\n")


def write_url(url: str) -> Ways:
    may = (f"<{url}>", url.partition("://")[2], f"{url}//", f"{url}?", f"{url}#")
    never = (*NO_TEXT, 7, url.replace("://", "://a:b@"), "http://", "x", "ftp://127.0.0.1/")
    return write(url, (url, f"{url}/"), may, never)


def write_path(path: str) -> Ways:
    return write(path, (path,), (), (*NO_TEXT, 7, f"{path}.not", "/dev/null", []))


def write_date(day: str) -> Ways:
    year, month, number = day.split("-")
    digits = year + month + number
    may = [digits, int(digits), f"{year}/{month}/{number}", f"{number}.{month}.{year}", f"{day}T00:00:00Z"]
    may += [f"{day} 00:00:00", f"{day}T00:00:00+00:00"]
    never = (*NOT_FINITE, *HUGE, True, 7, "7", f"{day} {day}", "2026-02-30", "today", "0000-01-01")
    return write(day, (day,), may, never)


def write_range(days: dict[str, str]) -> Ways:
    yield Written(days, days, must_work=True)
    words = " ".join(f"{bound}={day}" for bound, day in days.items())
    yield from mean(days, json.dumps(days), str(days), [json.dumps(days)], words)
    yield from mean(NOTHING, {**days, "until": "2026-01-01"}, {**days, "After": "2026-01-01"}, dict.fromkeys(days), {})
    for bound, day in days.items():
        for written in write_date(day):
            means = NOTHING if written.means is NOTHING else {**days, bound: written.means}
            yield Written({**days, bound: written.typed}, means, written.must_work)
        yield from mean(NOTHING, *({**days, bound: odd} for odd in ODD_ENTRIES))


def write_list(values: list[t.Any], write: Write) -> Ways:
    """Yield the ways to write a list. Its first entry is written in all ways."""
    texts = [str(value) for value in values]
    yield from mean(values, values, ",".join(texts), " , ".join(texts), tuple(values), must_work=True)
    between = ("\n", "\r\n", ";", " ", "\t", " | ", ",\n", "\u3001")
    yield from mean(values, *(mark.join(texts) for mark in between), "".join(f"- {text}\n" for text in texts))
    yield from mean(values, json.dumps(values), str(values), str(tuple(texts)), f"[{','.join(texts)}]")
    yield from mean(values, *(",".join(texts) + end for end in (",", ", ", "\n")))
    yield from mean(values, [values], [[values]], [",".join(texts)], ["\n".join(texts)], [json.dumps(values)])
    yield from mean(values, {"list": values}, dict.fromkeys(texts), dict.fromkeys(texts, True))
    empties: list[t.Any] = [None, "", " ", "\n", [], {}, [None], [""]]
    for empty in empties:
        yield from mean(NOTHING, [*values, empty], [empty, *values], [empty])
    for written in write(values[0]):
        means = NOTHING if written.means is NOTHING else [written.means, *values[1:]]
        yield Written([written.typed, *values[1:]], means, written.must_work)
    yield from mean(NOTHING, {}, "{}", "[ ]", ",", ", ,", *NO_TEXT, False, [[]], [{}], [[], []])


def write_mapping(values: dict[str, t.Any]) -> Ways:
    yield from mean(values, values, json.dumps(values), must_work=True)
    yield from mean(values, str(values), " ".join(f"{name}={value}" for name, value in values.items()), [values])
    yield from mean(values, {name.upper(): value for name, value in values.items()}, [json.dumps(values)])
    yield from mean(values, {f" {name} ": value for name, value in values.items()}, list(values.items()))
    yield from mean(NOTHING, {}, "{}", [], "[]", *NOT_FINITE, True, 7, "x", {**values, "x": 1}, {**values, "": 1})
    yield from mean(NOTHING, {**values, "x": None}, list(values), ",".join(values), [values, values])


def write_entries(entries: list[dict[str, t.Any]]) -> Ways:
    yield from mean(entries, entries, [*entries, entries[0]], must_work=True)
    yield from mean(entries, json.dumps(entries), str(entries), [json.dumps(entry) for entry in entries], [entries])
    yield from mean(entries, {"orders": entries}, {str(entry["order_id"]): entry for entry in entries})
    yield from mean(entries, [{**entry, "order_id": str(entry["order_id"])} for entry in entries], must_work=True)
    yield from mean(entries, [" ".join(f"{name}={value}" for name, value in entry.items()) for entry in entries])
    yield from mean(NOTHING, {}, [{}], [[]], [None], *([*entries, odd] for odd in ODD_ENTRIES))
    yield from mean(NOTHING, "x", 1, True, [1], ["x"], *NOT_FINITE[:3], [*entries, {"order_id": None}])
    yield from mean(NOTHING, *([*entries, {"order_id": 2, "statsu": word}] for word in ("canceled", None)))


def write_empty(*, null: str, empty: str) -> Ways:
    """Yield what a variable that came out empty writes."""
    yield from mean(null, None, must_work=null is LEFT_OUT)
    yield from mean(empty, "", must_work=empty is LEFT_OUT)
    yield from mean(empty, " ", "\n", "\t ")


def tag(value: t.Any) -> t.Any:
    """Return a value as ansible-core 2.19 and later have it from a playbook; ImportError before."""
    from ansible._internal._datatag._tags import Origin, TrustedAsTemplate  # noqa: PLC0415

    if isinstance(value, dict):
        return {tag(name): tag(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [tag(inner) for inner in value]
    return TrustedAsTemplate().tag(Origin(path="/play.yml").tag(value)) if isinstance(value, str) else value


def mark_unsafe(value: t.Any) -> t.Any:
    """Return a value with its texts as lookups and results of tasks have them."""
    from ansible.utils.unsafe_proxy import wrap_var  # noqa: PLC0415

    return wrap_var(value)
