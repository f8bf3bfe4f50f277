"""Letters inside what geoplan writes, so that it looks the same everywhere: fonts as style rules."""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files

_LATIN = "U+0000-00FF, U+0131, U+0152-0153, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2212"
_LAO = "U+0E80-0EFF, U+200C-200D, U+25CC"

FONTS = (
    ("Page Sans", 400, _LATIN, "noto-sans-400.woff2"),
    ("Page Sans", 600, _LATIN, "noto-sans-600.woff2"),
    ("Page Serif", 600, _LATIN, "noto-serif-600.woff2"),
    ("Page Lao", 400, _LAO, "noto-sans-lao-400.woff2"),
    ("Page Lao", 700, _LAO, "noto-sans-lao-700.woff2"),
)
"""Family, weight, letters, file; README.md in this folder says where they are from."""


@cache
def font_faces(*families: str) -> str:
    """Return the style rules that bring the letters of font families, with the fonts inside.

    >>> font_faces("Page Serif").count("@font-face")
    1
    """
    return "\n".join(
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; unicode-range: {letters}; '
        f'src: url(data:font/woff2;base64,{_base64(file)}) format("woff2"); }}'
        for family, weight, letters, file in FONTS
        if family in families
    )


def _base64(file: str) -> str:
    return base64.b64encode((files("geoplan.text.fonts") / file).read_bytes()).decode("ascii")
