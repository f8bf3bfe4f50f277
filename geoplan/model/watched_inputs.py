"""Watched inputs: a file that changes while a run reads or uses it is refused.

How this works: every reader passes `watch` before it opens a file, which notes the file's size, time and
number on the disk. Before outputs are published, all inputs are compared with what was noted. A manifest,
whose hashes are taken before that, so describes the bytes that were read.
"""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from geoplan.model.errors import InputError, Problem

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj")
"""Files that together make a Shapefile."""


@dataclass(frozen=True)
class FileState:
    """What changes with a file: size in bytes, time of its last change in nanoseconds, number on the disk."""

    size: int
    modified: int
    number: int


@dataclass
class WatchedInputs:
    """The files that a run has read."""

    states: dict[Path, FileState | None] = field(default_factory=dict)

    def check_unchanged(self) -> None:
        """Raise `InputError` that names every file that is not as it was when it was read."""
        changed = [path for path, state in self.states.items() if state_of(path) != state]
        if changed:
            raise InputError([_changed(path) for path in changed])


_current: contextvars.ContextVar[WatchedInputs | None] = contextvars.ContextVar(
    "watched_inputs", default=None
)


@contextmanager
def watched_inputs() -> Iterator[WatchedInputs]:
    """Note all files that are read in this block."""
    inputs = WatchedInputs()
    token = _current.set(inputs)
    try:
        yield inputs
    finally:
        _current.reset(token)


def watch(path: Path) -> dict[Path, FileState | None]:
    """Note the state of the files of a path, before they are read; a file that was noted already keeps its first state.

    Returns
    -------
    dict of Path to FileState
        Of now; None for what does not exist.
    """
    states = {part: state_of(part) for part in parts_of(path)}
    inputs = _current.get()
    if inputs is not None:
        inputs.states = {**states, **inputs.states}
    return states


def refuse_changed(states: dict[Path, FileState | None]) -> None:
    """Raise `InputError` where a file is not in the state that it had before."""
    WatchedInputs(states).check_unchanged()


def parts_of(path: Path) -> list[Path]:
    """List the files that are read for one path, itself first: a Shapefile has several."""
    if path.suffix.lower() != ".shp":
        return [path]
    others = [path.with_suffix(form) for part in SHAPEFILE_PARTS[1:] for form in (part, part.upper())]
    found: list[Path] = [path]
    for other in others:
        # On some systems both spellings are the same file.
        if other.is_file() and not any(other.samefile(known) for known in found if known.exists()):
            found.append(other)
    return found


def state_of(path: Path) -> FileState | None:
    """Return the state of a file; None where there is none, or a folder."""
    try:
        about = path.stat()
    except (OSError, ValueError):
        return None
    return None if path.is_dir() else FileState(about.st_size, about.st_mtime_ns, about.st_ino)


def _changed(path: Path) -> Problem:
    return Problem(
        path.name,
        "the file changed while it was used",
        way_out="finish saving it in the other program, then run again",
    )
