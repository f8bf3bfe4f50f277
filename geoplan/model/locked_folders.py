"""Locked folders: where one run keeps what is not finished, removed at its end, or by the next run if it was killed.

A folder has a random name and a locked file in it. So no two processes meet in one, not even in containers that number
their processes alike, and what a killed process left is known by its free lock.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from geoplan.model.errors import show_value

PREFIX = ".geoplan~"
"""Start of the name of such a folder. Windows refuses long paths, so the rest is short."""
SECONDS_OF_RETRIES, SECONDS_BETWEEN = 2.0, 0.1
WINDOWS_IN_USE = (5, 32, 33)
"""Errors of Windows about a file that another program has open."""

_LOCK = "lock"
_MAKING = 600.0
"""Seconds after which a folder without a lock in it is left over, not being made."""


@contextmanager
def locked_folder(parent: Path, *, mode: int = 0o700) -> Iterator[Path]:
    """Make a folder with a random name and a lock; remove it at the end.

    Folders beside it whose process has ended are removed first.

    Parameters
    ----------
    parent : Path
        A folder that exists.
    mode : int
        Permissions, less those that the system takes away.

    Raises
    ------
    OSError
        It cannot be made.
    """
    _sweep(parent)
    folder = _new_folder(parent, mode)
    try:
        _hide(folder)
        with (folder / _LOCK).open("ab") as lock:
            _lock(lock)
            yield folder
    finally:
        _remove(folder)


def _lock(stream: BinaryIO) -> bool:
    """Lock an open file until it is closed, however its process ends.

    False when another process has it, and on a file system without locks, where nobody can know.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _new_folder(parent: Path, mode: int) -> Path:
    while True:
        folder = parent / f"{PREFIX}{secrets.token_hex(2)}"
        with suppress(FileExistsError):
            folder.mkdir(mode=mode)
            return folder


def _sweep(parent: Path) -> None:
    """Remove folders whose process has ended."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if not (folder / _LOCK).exists():
                # Without a lock it is being made, or empty, or not of geoplan.
                if time.time() - folder.stat().st_mtime > _MAKING:
                    folder.rmdir()
                continue
            with (folder / _LOCK).open("ab") as lock:
                free = _lock(lock)
            if free:
                _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder; what another program holds open is named, and left for the next run to sweep."""
    end = time.monotonic() + SECONDS_OF_RETRIES
    while True:
        try:
            shutil.rmtree(folder)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            if getattr(error, "winerror", None) in WINDOWS_IN_USE and time.monotonic() < end:
                time.sleep(SECONDS_BETWEEN)
                continue
            warnings.warn(
                f"{show_value(folder)} cannot be removed yet ({error.strerror or error}); the next run removes it",
                stacklevel=2,
            )
            return


def _hide(folder: Path) -> None:
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetFileAttributesW(str(folder), 2)
