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


def mean(means: t.Any, *typed: t.Any, must_work: bool = False) -> Ways:
    """Yield values that all mean the same."""
    return (Written(value, means, must_work) for value in typed)


def write_padded(text: str, means: t.Any) -> Ways:
    """Yield a text with something invisible before it, after it or on both sides."""
    for blank in BLANKS:
        yield from mean(means, blank + text, text + blank, blank * 2 + text + blank)


def write_wrapped(value: t.Any) -> Ways:
    """Yield a value in a list, in quotes, and in the text that a template makes of those."""
    text = value if isinstance(value, str) else json.dumps(value)
    yield from mean(value, [value], [[value]], [str([value])], json.dumps(text), json.dumps([value]), str([value]))
    yield from mean(value, *(f"{quote}{text}{quote}" for quote in ("'", "`", "\u201c")))
    yield from mean(NOTHING, {text: value}, {}, [None], {"value": None}, "[]", "{}")


def write_number(number: int) -> Ways:
    """Yield the ways to write a whole number."""
    text = str(number)
    yield from mean(number, number, text, f" {text}\n", must_work=True)
    yield from write_padded(text, number)
    yield from write_wrapped(number)
    yield from mean(
        number, float(number), f"{text}.0", f"+{text}", f"0{text}", f"{number:_}", f"{number:,}", hex(number)
    )
    yield from mean(number, f"{number:e}", text.translate(FULL_WIDTH), f"{text};", f"{text},", f"#{text}")
    yield from mean(NOTHING, *NOT_FINITE, *HUGE, True, False, "true", "x", f"{text} {text}", f"{text}x", "null", "None")
    yield from mean(NOTHING, number + 0.5, f"{text}.5", -1, "-1", -1.0, "-0.5", f"-{number + 1}")


def write_decimal(number: float) -> Ways:
    """Yield the ways to write a number."""
    text = str(number)
    yield from mean(number, number, text, f" {text}\n", f"{number:e}", must_work=True)
    yield from write_padded(text, number)
    yield from write_wrapped(number)
    yield from mean(number, f"+{text}", f"0{text}", text.translate(FULL_WIDTH))
    yield from mean(NOTHING, *NOT_FINITE, True, False, "x", f"{text} s", f"-{text}", -number, text.replace(".", ","))


def write_flag(flag: bool) -> Ways:
    """Yield the ways to write true or false."""
    words = ("true", "yes", "on", "1", "y", "t") if flag else ("false", "no", "off", "0", "n", "f")
    yield from mean(flag, flag, int(flag), *words, *map(str.upper, words), must_work=True)
    yield from mean(flag, float(flag), f"{float(flag)}")
    yield from write_padded(words[0], flag)
    yield from write_wrapped(flag)
    yield from mean(NOTHING, *NOT_FINITE, *HUGE, 2, -1, "2", "maybe", "ja", "none", "null")


def write_word(word: str) -> Ways:
    """Yield the ways to write one of some fixed words."""
    yield from mean(word, word, must_work=True)
    yield from write_padded(word, word)
    yield from mean(word, word.upper(), word.title(), f"{word}.", f"{word},", f"{word};", word.replace("_", " "))
    yield from write_wrapped(word)
    yield from mean(NOTHING, *NOT_FINITE, *HUGE, True, 1, word[:-1], f"{word} {word}", "none", "null")


def write_status(word: str) -> Ways:
    """Yield the ways to write a status to search for. Others than the known ones may be searched for as well."""
    yield from mean(word, word, word.upper(), word.title(), f" {word}\n", must_work=True)
    yield from write_padded(word, word)
    yield from mean(word, f"{word},", f"{word};")
    yield from write_wrapped(word)
    yield from mean(NOTHING, *NOT_FINITE[:3], True, f"{word} {word}")


def write_id(word: str) -> Ways:
    """Yield the ways to write the API's name of something, in which case matters."""
    yield from mean(word, word, must_work=True)
    yield from write_padded(word, word)
    yield from mean(word, f"{word},")
    yield from write_wrapped(word)
    yield from mean(NOTHING, *NOT_FINITE[:3], True, f"{word} {word}")


def write_name(name: str) -> Ways:
    """Yield the ways to write a DNS name."""
    yield from mean(name, name, f" {name}\n", f"\t{name}", name.upper(), f"{name}.", must_work=True)
    yield from write_padded(name, name)
    yield from write_wrapped(name)
    yield from mean(name, f"https://{name}/", f"{name}:443", f".{name}", f"{name}..", f"{name},", f"{name};")
    yield from mean(name, f"DNS:{name}", f"admin@{name}", f"[{name}", f"{name} # a comment", f"{name}/", f"\\{name}")
    yield from mean(NOTHING, *NOT_FINITE[:3], True, ".", "..", "@", name.replace(".", " "), "a" * 300)


def write_text(text: str) -> Ways:
    """Yield the ways to write a text that is used as it is: each text means itself."""
    padded = (f" {text} ", f"{text}\n", text.upper(), f"{text}.", json.dumps(text), f"[{text}]", f"{text}, {text}")
    yield from (Written(typed, typed, must_work=True) for typed in (text, *padded))
    yield Written(7, "7")
    yield from mean(NOTHING, *NOT_FINITE[:3], True, 1.5, [text], {text: text}, [], {})


def write_key(key: str) -> Ways:
    """Yield the ways to write an API key."""
    yield from mean(key, key, f" {key}", f"{key}\n", f"\t{key}\r\n", must_work=True)
    yield from write_padded(key, key)
    yield from mean(NOTHING, *NOT_FINITE[:3], True, False, 1.5, [key], {key: key}, [], {}, "short", 7)
    yield from mean(NOTHING, f"{key}\n{key}", f"{key[:9]}\x00{key[9:]}", f"{key[:9]}\u2013{key[9:]}", "", " ", "\n")


def write_url(url: str) -> Ways:
    """Yield the ways to write a base URL."""
    yield from mean(url, url, f"{url}/", must_work=True)
    yield from write_padded(url, url)
    yield from write_wrapped(url)
    yield from mean(url, f"<{url}>", url.partition("://")[2], f"{url}//", f"{url}?", f"{url}#")
    yield from mean(
        NOTHING, *NOT_FINITE[:3], True, 7, url.replace("://", "://a:b@"), "http://", "x", "ftp://127.0.0.1/"
    )


def write_path(path: str) -> Ways:
    """Yield the ways to write the path of a file that exists."""
    yield from mean(path, path, must_work=True)
    yield from write_padded(path, path)
    yield from write_wrapped(path)
    yield from mean(NOTHING, *NOT_FINITE[:3], True, 7, f"{path}.not", "/dev/null", [], {})


def write_date(day: str) -> Ways:
    """Yield the ways to write a date."""
    year, month, number = day.split("-")
    yield from mean(day, day, must_work=True)
    yield from write_padded(day, day)
    yield from write_wrapped(day)
    yield from mean(
        day, year + month + number, int(year + month + number), f"{year}/{month}/{number}", f"{day}T00:00:00Z"
    )
    yield from mean(day, f"{day} 00:00:00", f"{day}T00:00:00+00:00", f"{number}.{month}.{year}")
    yield from mean(NOTHING, *NOT_FINITE, *HUGE, True, 7, "7", f"{day} {day}", "2026-02-30", "today", "0000-01-01")


def write_range(days: dict[str, str]) -> Ways:
    """Yield the ways to write a range of dates."""
    yield Written(days, days, must_work=True)
    yield from mean(
        days, json.dumps(days), str(days), [json.dumps(days)], " ".join(f"{a}={b}" for a, b in days.items())
    )
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
    yield from mean(
        values, *(between.join(texts) for between in ("\n", "\r\n", ";", " ", "\t", " | ", ",\n", "\u3001"))
    )
    yield from mean(values, json.dumps(values), str(values), str(tuple(texts)), f"[{','.join(texts)}]")
    yield from mean(
        values, "".join(f"- {text}\n" for text in texts), *(",".join(texts) + end for end in (",", ", ", "\n"))
    )
    yield from mean(values, [values], [[values]], [",".join(texts)], ["\n".join(texts)], [json.dumps(values)])
    yield from mean(values, {"list": values}, dict.fromkeys(texts), dict.fromkeys(texts, True))
    empties: list[t.Any] = [None, "", " ", "\n", [], {}, [None], [""]]
    for empty in empties:
        yield from mean(NOTHING, [*values, empty], [empty, *values], [empty])
    for written in write(values[0]):
        means = NOTHING if written.means is NOTHING else [written.means, *values[1:]]
        yield Written([written.typed, *values[1:]], means, written.must_work)
    yield from mean(NOTHING, {}, "{}", "[ ]", ",", ", ,", True, False, *NOT_FINITE[:3], [[]], [{}], [[], []])


def write_mapping(values: dict[str, t.Any]) -> Ways:
    """Yield the ways to write a mapping of names and texts."""
    yield from mean(values, values, json.dumps(values), must_work=True)
    yield from mean(values, str(values), " ".join(f"{name}={value}" for name, value in values.items()), [values])
    yield from mean(values, {name.upper(): value for name, value in values.items()}, [json.dumps(values)])
    yield from mean(values, {f" {name} ": value for name, value in values.items()}, list(values.items()))
    yield from mean(NOTHING, {}, "{}", [], "[]", *NOT_FINITE, True, 7, "x", {**values, "x": 1}, {**values, "": 1})
    yield from mean(NOTHING, {**values, "x": None}, list(values), ",".join(values), [values, values])


def write_entries(entries: list[dict[str, t.Any]]) -> Ways:
    """Yield the ways to write a list of mappings."""
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
