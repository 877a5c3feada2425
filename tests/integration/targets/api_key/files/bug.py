# The tests put this at the end of a copy of module_utils/_http/client.py.

import typing as t


def get_with_bug(client: t.Any, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
    """Raise an exception whose text contains the key, as a bug would."""
    raise RuntimeError(f"planted {client._transport._headers}")


globals()["Client"].get = get_with_bug
