"""Text that an XML file can hold."""

from __future__ import annotations

import re

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Put U+FFFD in place of characters that XML 1.0 can not hold: control characters, lone surrogates.

    >>> clean("a" + chr(1) + "b") == "a" + chr(0xFFFD) + "b"
    True
    """
    return _NOT_XML.sub("\ufffd", text)
