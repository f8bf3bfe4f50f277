"""Complaints: what GDAL says while it reads, gathered instead of printed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def gathered() -> Iterator[list[str]]:
    """Gather the warnings of the libraries that speak to GDAL, each once; they are in the list when the block ends.

    What they can not say because GDAL complains in bytes that are no UTF-8 (of a damaged file, say) would be printed
    as an ignored traceback: it is passed over, and the error that follows says what is wrong.
    """
    said: list[str] = []
    before = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        if unraisable.exc_type is not UnicodeDecodeError:
            before(unraisable)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sys.unraisablehook = hook
        try:
            yield said
        finally:
            sys.unraisablehook = before
            said += dict.fromkeys(str(warning.message) for warning in caught)
