"""Values as TOML, for the plan files that geoplan drafts and for the lines that its messages propose."""

from __future__ import annotations

import re


def toml_value(value: object) -> str:
    """Return a value as TOML in one line; characters that nobody sees are escapes, so that a message can show it.

    >>> toml_value({"kind": "budget", "a b": ["x", 1]})
    '{ kind = "budget", "a b" = ["x", 1] }'
    """
    import tomli_w

    if isinstance(value, dict):
        entries = [f"{_toml_key(str(key))} = {toml_value(entry)}" for key, entry in value.items()]
        return f"{{ {', '.join(entries)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    text = tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in text)


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_]\w*", key, re.ASCII) else toml_value(key)
