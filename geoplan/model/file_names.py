"""File names: those that Windows reserves or changes, and portable ones."""

from __future__ import annotations

import re
from pathlib import Path, PureWindowsPath

_DEVICES = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[1-9\u00b9\u00b2\u00b3])", re.IGNORECASE
)
_REFUSED = re.compile(r'[\x00-\x1f<>:"|?*\\/]')


def is_reserved(name: str) -> bool:
    """Return whether Windows takes a file name for a device, or leaves a part of it out or refuses it.

    >>> [is_reserved(name) for name in ("nul.html", "a.", "Con", "a:b", "contact.csv", "\u0ec0\u0ea1\u0eb7\u0ead\u0e87.csv")]
    [True, True, True, True, False, False]
    """
    stem = name.split(".", 1)[0].rstrip(" ")
    ends_badly = name.endswith((".", " ")) and name not in (".", "..")
    return bool(_DEVICES.fullmatch(stem)) or ends_badly or bool(_REFUSED.search(name))


def reserved_part(path: Path | PureWindowsPath) -> str | None:
    r"""Return the first folder or file name of a path that Windows reserves, or None.

    >>> reserved_part(PureWindowsPath(r"\\server\plans\aux\map.html")), reserved_part(PureWindowsPath(r"C:\Users\map.html"))
    ('aux', None)
    """
    pure = PureWindowsPath(path)
    return next((part for part in pure.parts[bool(pure.anchor) :] if is_reserved(part)), None)


def portable_name(name: str) -> str:
    """Return a file name that every system accepts.

    >>> portable_name("NUL.csv"), portable_name("a:b. "), portable_name("plan.csv")
    ('_NUL.csv', 'a_b', 'plan.csv')
    """
    plain = _REFUSED.sub("_", name).rstrip(". ") or "_"
    return f"_{plain}" if is_reserved(plain) else plain
