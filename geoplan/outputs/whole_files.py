"""Whole files: outputs appear whole or not at all, and those of one run all together.

How this works: each output is written into a hidden staging folder beside its target, or above it where the path is
long (`geoplan.model.locked_folders`). When it is complete it is flushed to the disk and, outside of a set, renamed to the
target at once. Inside `published_together`, it waits: at the end all outputs of the run are renamed one after the
other, and what was there before is kept until the last one is in place. If one rename fails, all are undone.
"""

from __future__ import annotations

import contextvars
import errno
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from geoplan.model.errors import GeoplanError, UsageError, show_value
from geoplan.model.file_names import reserved_part
from geoplan.model.locked_folders import (
    PREFIX,
    SECONDS_BETWEEN,
    SECONDS_OF_RETRIES,
    WINDOWS_IN_USE,
    locked_folder,
)

RECORD = "written.json"
"""File in a folder that geoplan wrote: which files it wrote, and their SHA-256."""

_LONG_PATH = 100 if sys.platform == "win32" else sys.maxsize
"""Length of a target's path from which its staging folder must not lengthen it: Windows takes 259 characters."""
_STAGED = len(f"/{PREFIX}0000/0.gpkg-journal")
"""How much longer a staged path is than that of the folder in which the staging folder lies."""

_IN_USE = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY)


@dataclass(frozen=True)
class _Staged:
    """A complete output that waits to be renamed."""

    new: Path
    target: Path


@dataclass
class OutputSet:
    """Outputs of one run that are published together."""

    staged: list[_Staged] = field(default_factory=list)
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    open_until_published: ExitStack = field(default_factory=ExitStack)


_current: contextvars.ContextVar[OutputSet | None] = contextvars.ContextVar("output_set", default=None)


@contextmanager
def published_together() -> Iterator[OutputSet]:
    """Hold back all outputs written in this block, and publish them when it ends: all of them, or none.

    Raises
    ------
    UsageError
        A target cannot be replaced. All targets are then as they were before. Where one is open in another
        program, the new files lie beside the old ones, and the message names them.
    """
    outputs = OutputSet()
    token = _current.set(outputs)
    try:
        with outputs.open_until_published:
            yield outputs
            _publish(outputs.staged)
    finally:
        _current.reset(token)
    for action in outputs.afterwards:
        action()


def when_published(action: Callable[[], None]) -> None:
    """Do something once the outputs are in place: at once, where none are held back."""
    outputs = _current.get()
    if outputs is None:
        action()
    else:
        outputs.afterwards.append(action)


def staged_path(target: Path) -> Path:
    """Return where the content of an output is now: the target, or the staged file that will replace it."""
    outputs = _current.get()
    wanted = _resolved(target)
    for staged in reversed(outputs.staged if outputs is not None else []):
        if staged.target == wanted:
            return staged.new
    return target


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside the target; rename it to the target when the block succeeds.

    Parameters
    ----------
    target : Path
        Its folder is created if it does not exist. What was at the target stays until the new file is
        complete and on the disk, and stays for good when writing fails.

    Yields
    ------
    Path
        A path with the same suffix in a hidden folder of its own. Whatever a library puts beside its file,
        such as a journal, is removed with the folder.

    Raises
    ------
    UsageError
        The target cannot be written (a folder, no permission, no space).
    """
    with replacing_all([target]) as (temporary,):
        yield temporary


@contextmanager
def replacing_all(targets: Sequence[Path]) -> Iterator[list[Path]]:
    """Do as `replacing` for files that belong together.

    Parameters
    ----------
    targets : sequence of Path
        In one folder, each with a name of its own.
    """
    for target in targets:
        check_target(target)
    # A rename would replace a link, not the file it points to.
    targets = [_resolved(target) for target in targets]
    with _staging(targets[0]) as folder:
        # Numbers for names: a short path is valid where the target's own is near the system's limit.
        temporaries = [folder / f"{at}{target.suffix}" for at, target in enumerate(targets)]
        yield temporaries
        for temporary in temporaries:
            _flush(temporary)
        _finish([_Staged(*pair) for pair in zip(temporaries, targets, strict=True)])


@contextmanager
def replacing_folder(target: Path, *, record: bool = True) -> Iterator[Path]:
    """Yield an empty temporary folder beside the target; rename it to the target when the block succeeds.

    Parameters
    ----------
    target : Path
        Absent, empty, or a folder written this way whose files are unchanged; such a folder is replaced.
        Whatever was there stays when writing fails.
    record : bool
        Add `RECORD`, a list of the files with their SHA-256, so that the folder may be replaced later.

    Yields
    ------
    Path
        The folder to fill.

    Raises
    ------
    UsageError
        The target has files that were not written this way or were changed since, or it cannot be written.
    """
    target = target.absolute()
    _check_folder(target)
    with _staging(target) as folder:
        new = folder / "new"
        new.mkdir()
        yield new
        if record:
            _record(new)
        for path in _files(new):
            _flush(path)
        _finish([_Staged(new, target)])


def write_text(target: Path, text: str) -> None:
    """Write a text file as `fill_text` does, whole or not at all."""
    with replacing(target) as temporary:
        fill_text(temporary, [text])


def fill_text(path: Path, parts: Iterable[str]) -> None:
    """Write the parts of a text as UTF-8 with Unix line ends; a CSV file starts with a byte order mark.

    Without the mark, Excel reads UTF-8 in the code page of Windows. A name of a file that is no text, as Linux allows,
    gets visible escapes.
    """
    encoding = "utf-8-sig" if path.suffix.lower() == ".csv" else "utf-8"
    with path.open("w", encoding=encoding, errors="backslashreplace", newline="\n") as stream:
        stream.writelines(parts)


def check_target(target: Path) -> None:
    """Raise `UsageError` when a file cannot be written, before work is done for it."""
    check_name(target)
    _resolved(target)
    if target.is_dir():
        raise UsageError(f"{show_value(target)} is a folder: give the name of a file in it")
    if target.exists() and not target.is_file():
        raise UsageError(
            f"{show_value(target)} is a device or a pipe: omit the output file and pipe the output"
        )
    # A rename succeeds over a read-only file on POSIX; the user who protected it would not expect that.
    if target.exists() and not os.access(target, os.W_OK):
        raise UsageError(f"{show_value(target)} is write-protected: choose another file")
    folder = next((path for path in target.absolute().parents if path.exists()), target.parent)
    if not folder.is_dir():
        raise UsageError(
            f"{show_value(target)} cannot be written: {show_value(folder)} is a file, not a folder"
        )
    if not os.access(folder, os.W_OK):
        raise _unwritten(target, os.strerror(errno.EACCES))


def check_name(target: Path) -> None:
    """Raise `UsageError` when the name is not a valid file name on this system."""
    if sys.platform == "win32" and (part := reserved_part(target)):
        raise UsageError(
            f"{show_value(target)} cannot be written: Windows reserves the name {show_value(part)}: choose another name"
        )
    try:
        # Without an existing folder the system does not check the name of the file.
        folder = next((path for path in target.parents if path.exists()), target.parent)
        (folder / target.name).lstat()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise _unwritten(target, getattr(error, "strerror", None) or str(error)) from error


def _unwritten(target: Path, reason: str) -> UsageError:
    return UsageError(
        f"{show_value(target)} cannot be written ({reason}): "
        "close it in other programs, check the permissions, or choose another place"
    )


def _resolved(target: Path) -> Path:
    """Return the file that a target names; raise `UsageError` if it is a link that leads out of its folder.

    A folder from a stranger can have a link by the name of an output, which would write over a file elsewhere.
    """
    if not target.is_symlink():
        return target.absolute()
    try:
        named, folder = target.resolve(), target.parent.resolve()
    except (OSError, RuntimeError) as error:  # links in a circle, RuntimeError before Python 3.13
        raise _unwritten(target, getattr(error, "strerror", None) or "links in a circle") from None
    if not named.is_relative_to(folder):
        raise UsageError(
            f"{show_value(target)} is a link to {show_value(named)}, which is in another folder: "
            "name that file itself if it is meant, or choose another file"
        )
    return named


# --- staging ---------------------------------------------------------------------------------


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """Make a staging folder beside a target, and remove it when what is in it was published or failed."""
    outputs = _current.get()
    made = _missing_folders(target.parent)
    with ExitStack() as stack:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            stack.callback(_remove_empty, made)
            folder = stack.enter_context(locked_folder(_staging_place(target)))
            yield folder
        except GeoplanError:
            raise
        except OSError as error:
            reason = error.strerror or str(error).strip() or type(error).__name__
            raise _unwritten(target, reason) from error
        if outputs is not None:
            outputs.open_until_published.push(stack.pop_all())


def _staging_place(target: Path) -> Path:
    """Return the folder in which to stage: that of the target; for a long path the nearest one above that has room.

    A staged path is then no longer than the final one, so what Windows accepts as a target can also be written.
    """
    parent = target.parent
    if len(str(target)) < _LONG_PATH:
        return parent
    disk = parent.stat().st_dev
    with_room = (folder for folder in target.parents if len(str(folder)) + _STAGED <= len(str(target)))
    usable = (folder for folder in with_room if os.access(folder, os.W_OK) and folder.stat().st_dev == disk)
    return next(usable, parent)


def _missing_folders(folder: Path) -> list[Path]:
    """Return the folders on the way to ``folder`` that do not exist, the deepest first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def _remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that were created and stayed empty."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _flush(path: Path) -> None:
    """Bring a file to the disk: some systems report only then that there was no space for it."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


# --- publishing ------------------------------------------------------------------------------


def _finish(staged: list[_Staged]) -> None:
    """Publish complete outputs at once, or with the others of their set."""
    outputs = _current.get()
    if outputs is None:
        _publish(staged)
    else:
        outputs.staged += staged


def _publish(staged: Sequence[_Staged]) -> None:
    """Rename all outputs to their targets, or none."""
    # A command may write the same file twice: the last one counts.
    last = [*{output.target: output for output in staged}.values()]
    done: list[tuple[_Staged, Path | None]] = []
    for at, output in enumerate(last):
        old = None
        try:
            old = _keep_old(output.target, output.new.with_name(f"old-{at}"))
            _rename(output.new, output.target)
        except OSError as error:
            lost = [] if old is None else _restore(old, output.target)
            for earlier, kept in reversed(done):
                with suppress(OSError):
                    _rename(earlier.target, earlier.new)
                lost += [] if kept is None else _restore(kept, earlier.target)
            fault = _not_published(output, last, error)
            raise UsageError([*fault.problems, *lost]) if lost else fault from error
        done.append((output, old))


def _restore(old: Path, target: Path) -> list[str]:
    """Put back what was at a target; where that fails, put it beside the target and say so."""
    try:
        _rename(old, target)
    except OSError as error:
        if target.exists():
            return []  # a second name of the file that is still there
        place = _free_place(target, "old")
        with suppress(OSError):
            old.replace(place)
        return [
            f"{show_value(target)} could not be put back ({error.strerror or error}): it is beside as {show_value(place.name)}"
        ]
    return []


def _keep_old(target: Path, backup: Path) -> Path | None:
    """Keep what is at a target under another name, and return that; None when nothing is there."""
    if not target.exists():
        return None
    if not target.is_dir():
        # With a second name for the old file, the target exists at every moment.
        try:
            os.link(target, backup)
        except OSError:
            pass  # not every file system has second names (FAT, on most USB sticks)
        else:
            return backup
    _rename(target, backup)
    return backup


def _rename(path: Path, target: Path) -> None:
    """Rename a file or folder over another; on Windows, wait a little where a virus scanner or an indexer has it."""
    end = time.monotonic() + SECONDS_OF_RETRIES
    while True:
        try:
            path.replace(target)
            return
        except OSError as error:
            if getattr(error, "winerror", None) not in WINDOWS_IN_USE or time.monotonic() > end:
                raise
            time.sleep(SECONDS_BETWEEN)


def _not_published(failed: _Staged, all_of_them: Sequence[_Staged], error: OSError) -> UsageError:
    """Return the error of a set that could not be published; keep the new files where only a target is in use."""
    in_use = error.errno in _IN_USE or getattr(error, "winerror", None) in WINDOWS_IN_USE
    if not in_use or not failed.target.exists():
        return _unwritten(failed.target, error.strerror or str(error))
    beside = []
    for output in all_of_them:
        place = _free_place(output.target)
        with suppress(OSError):
            output.new.replace(place)
            beside.append(place)
    if not beside:
        return _unwritten(failed.target, error.strerror or str(error))
    listed = ", ".join(show_value(place.name) for place in beside)
    return UsageError(
        f"{show_value(failed.target)} is open in another program ({error.strerror or error}) and was not replaced; "
        f"the new version is beside it as {listed}: close the program, and rename the new file or run again"
    )


def _free_place(target: Path, version: str = "new") -> Path:
    """Return a name for a version beside a file, which no other file has."""
    number = 1
    while True:
        mark = version if number == 1 else f"{version} {number}"
        place = target.with_name(f"{target.stem} ({mark}){target.suffix}")
        if not place.exists():
            return place
        number += 1


# --- folders ---------------------------------------------------------------------------------


def _check_folder(target: Path) -> None:
    """Refuse a folder with files that someone else wrote or changed."""
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
            f"{show_value(target)} already has files that geoplan did not write or that were changed since "
            f"({listed}): choose a new folder"
        )


def _record(folder: Path) -> None:
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in _files(folder)}
    text = json.dumps({"written by": "geoplan", "sha256": digests}, ensure_ascii=False, indent=1)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8", newline="\n")


def _recorded(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file as it was written, by name; empty when there is no readable record."""
    try:
        return dict(json.loads((folder / RECORD).read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if not path.is_dir())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
