"""Characters that a format cannot store: each is replaced by U+FFFD."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pandas as pd

Frame = TypeVar("Frame", bound="pd.DataFrame")

NOT_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no text file can hold, nor the strings of a database: NUL, half a surrogate pair."""

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, and so no sheet: control characters, half a surrogate pair."""


def clean(text: str) -> str:
    """Replace characters that XML cannot store by U+FFFD.

    >>> clean("a" + chr(1) + "b") == "a" + chr(0xFFFD) + "b"
    True
    """
    return NOT_XML.sub("\ufffd", text)


def writable(value: Any) -> Any:
    """Replace characters that no file can store by U+FFFD; values other than strings stay unchanged.

    >>> writable("a" + chr(0) + "b") == "a" + chr(0xFFFD) + "b"
    True
    """
    return NOT_TEXT.sub("\ufffd", value) if isinstance(value, str) else value


def writable_texts(frame: Frame) -> Frame:
    """Return a frame whose strings and column names can be stored in any file."""
    changed = {
        name: frame[name].astype(object).map(writable)
        for name in frame.columns
        if texts_with(frame[name], NOT_TEXT)
    }
    return frame.assign(**changed).rename(columns=writable)


def texts_with(cells: pd.Series[Any], characters: re.Pattern[str]) -> set[str]:
    """Return the strings of a column that contain one of these characters."""
    import pandas as pd

    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = pd.Series(cells.cat.categories)
    if not (cells.dtype == object or pd.api.types.is_string_dtype(cells)):
        return set()
    return {text for text in pd.unique(cells) if isinstance(text, str) and characters.search(text)}
