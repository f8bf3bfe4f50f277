"""Targets of output: files appear whole, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
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
        is complete and on the disk, and stays for good when writing fails.

    Yields
    ------
    Path
        A path of the same name in a hidden folder of its own, so that what a library puts beside
        its file (a journal, say) goes away with it.

    Raises
    ------
    UsageError
        The target can not be written (a folder, no rights, no room).
    """
    with replacing_all([target]) as (temporary,):
        yield temporary


@contextmanager
def replacing_all(targets: Sequence[Path]) -> Iterator[list[Path]]:
    """Do as `replacing` for files that belong together: none is renamed before all are complete.

    Parameters
    ----------
    targets : sequence of Path
        In one folder, each with a name of its own.
    """
    first = targets[0]
    folder = first.parent
    made = _missing_folders(folder)
    hidden = folder / f".{first.name[:80]}.{os.getpid()}"
    done = False
    try:
        for target in targets:
            _check_target(target)
        hidden.mkdir(parents=True, exist_ok=True)
        temporaries = [hidden / target.name for target in targets]
        yield temporaries
        for temporary in temporaries:
            _flush(temporary)
        for temporary, target in zip(temporaries, targets, strict=True):
            temporary.replace(target)
        done = True
    except GeoplanError:
        raise
    except OSError as error:
        reason = error.strerror or str(error).strip() or type(error).__name__
        raise UsageError(
            f"{show_value(first)} can not be written ({reason}): close it elsewhere, or choose another place"
        ) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        if not done:
            _remove_empty(made)


def _check_target(target: Path) -> None:
    if target.is_dir():
        raise UsageError(f"{show_value(target)} is a folder: give the name of a file in it")
    # A rename succeeds over a read-only file on POSIX; the user who protected it would not expect that.
    if target.exists() and not os.access(target, os.W_OK):
        raise UsageError(f"{show_value(target)} is write-protected: choose another file")


def _missing_folders(folder: Path) -> list[Path]:
    """Return the folders on the way to ``folder`` that are not there, the deepest first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def _remove_empty(folders: Sequence[Path]) -> None:
    """Take away folders that were made for nothing."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _flush(path: Path) -> None:
    """Bring a file to the disk: some systems tell only then that there was no room for it."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def write_text(target: Path, text: str) -> None:
    """Write a text file as UTF-8 with Unix line ends, atomically."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
