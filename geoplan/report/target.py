"""Targets of output: a file appears whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.errors import GeoplanError, UsageError, show_value


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary path beside the target; rename it to the target when all went well.

    Parameters
    ----------
    target : Path
        Its folder is made when it is not there. What was at the target stays until the new file
        is complete, and stays for good when writing fails.

    Raises
    ------
    UsageError
        The target can not be written (a folder, no rights, no room).
    """
    if target.is_dir():
        raise UsageError(f"{show_value(target)} is a folder: give the name of a file in it")
    temporary = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _check_writable(target)
        yield temporary
        temporary.replace(target)
    except GeoplanError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(
            f"{show_value(target)} can not be written ({reason}): close it elsewhere, or choose another place"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _check_writable(target: Path) -> None:
    # A rename succeeds over a read-only file on POSIX; the user who protected it would not expect that.
    if target.exists() and not os.access(target, os.W_OK):
        raise UsageError(f"{show_value(target)} is write-protected: choose another file")


def write_text(target: Path, text: str) -> None:
    """Write a text file as UTF-8 with Unix line ends, atomically."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
