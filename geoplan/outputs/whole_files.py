"""Targets of output: files appear whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from geoplan.model.errors import GeoplanError, UsageError, show_value

RECORD = "written.json"
"""File in a folder that geoplan wrote: which files it wrote, and their SHA-256."""


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
    # A rename would put the file in the place of a link to it.
    targets = [target.resolve() if target.is_symlink() else target for target in map(_named, targets)]
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


def check_name(target: Path) -> None:
    """Raise `UsageError` when no file can have this name, so that nothing is begun that can not be finished."""
    try:
        # Where a folder on the way is not there yet, nobody looks at the name of the file.
        folder = next((path for path in target.parents if path.exists()), target.parent)
        (folder / target.name).lstat()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"{show_value(target)} can not be written ({reason}): choose another name or place"
        ) from error


def _named(target: Path) -> Path:
    check_name(target)
    return target


def _check_target(target: Path) -> None:
    if target.is_dir():
        raise UsageError(f"{show_value(target)} is a folder: give the name of a file in it")
    if target.exists() and not target.is_file():
        raise UsageError(
            f"{show_value(target)} is a device or a pipe: leave --output out, and pass on what is printed"
        )
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


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Give an empty temporary folder beside the target; rename it to the target when all went well.

    Parameters
    ----------
    target : Path
        Not there, empty, or a folder made this way whose files are as they were written: such a one
        is replaced. Whatever was there stays when writing fails.

    Yields
    ------
    Path
        The folder to fill. `RECORD`, a list of its files with their SHA-256, is added to it.

    Raises
    ------
    UsageError
        The target holds files that were not written this way, or were changed since; or it can not
        be written.
    """
    target = target.absolute()
    _check_folder(target)
    made = _missing_folders(target.parent)
    hidden = target.with_name(f".{target.name[:80]}.{os.getpid()}")
    done = False
    try:
        new, old = hidden / "new", hidden / "old"
        new.mkdir(parents=True)
        yield new
        _record(new)
        for path in _files(new):
            _flush(path)
        if target.exists():
            target.replace(old)
        try:
            new.replace(target)
        except OSError:
            if old.exists():
                old.replace(target)
            raise
        done = True
    except GeoplanError:
        raise
    except OSError as error:
        reason = error.strerror or str(error).strip() or type(error).__name__
        raise UsageError(
            f"{show_value(target)} can not be written ({reason}): close it elsewhere, or choose another place"
        ) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        if not done:
            _remove_empty(made)


def _check_folder(target: Path) -> None:
    """Refuse a target that holds what someone else wrote, or changed."""
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{show_value(target)} is a file: choose a new folder")
    recorded = _recorded(target)
    foreign = [
        path.relative_to(target).as_posix()
        for path in _files(target)
        if path.name != RECORD and recorded.get(path.relative_to(target).as_posix()) != _digest(path)
    ]
    if foreign:
        listed = ", ".join(show_value(name) for name in foreign[:3]) + (", …" if len(foreign) > 3 else "")
        raise UsageError(
            f"{show_value(target)} is there already, with files that geoplan did not write or that were changed "
            f"since ({listed}): choose a new folder"
        )


def _record(folder: Path) -> None:
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in _files(folder)}
    text = json.dumps({"written by": "geoplan", "sha256": digests}, ensure_ascii=False, indent=1)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8", newline="\n")


def _recorded(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file as it was written, by name; nothing when there is no readable record."""
    try:
        return dict(json.loads((folder / RECORD).read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
