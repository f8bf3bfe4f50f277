"""File locks: which of several processes has a folder to itself."""

from __future__ import annotations

import sys
from typing import BinaryIO


def lock_file(stream: BinaryIO) -> bool:
    """Lock an open file until it is closed, however its process ends; False when another process has it.

    A file system without locks gives every process its lock: what is guarded must then be harmless anyway.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
