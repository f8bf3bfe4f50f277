"""What libraries write to standard error themselves, past Python: the panics of those that are written in Rust."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STANDARD_ERROR = 2
_ONE_AT_A_TIME = threading.RLock()  # the file descriptor belongs to the whole process


@contextmanager
def native_messages_hidden() -> Iterator[None]:
    """Hide what a library writes to standard error; the exception that it raises as well says what is wrong."""
    with _ONE_AT_A_TIME:
        try:
            kept = os.dup(_STANDARD_ERROR)
        except OSError:  # the process has no standard error
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, _STANDARD_ERROR)
            yield
        finally:
            os.dup2(kept, _STANDARD_ERROR)
            os.close(kept)
            os.close(nowhere)
