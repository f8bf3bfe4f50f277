"""Files read once: what is read of a file that several tables name stays until all of them are read.

How this works: a file in a block of `read_once` is opened, and its rows are made, for the first table that asks; the
others get the same. A file that changes meanwhile is read again, and outputs of such a run are refused
(`model.watched_inputs`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from geoplan.model.watched_inputs import state_of

_T = TypeVar("_T")


@dataclass(frozen=True)
class _Kept:
    """What is open of one file, by the state of the file and by what was read of it."""

    stack: ExitStack
    found: dict[Hashable, Any] = field(default_factory=dict)


_kept: ContextVar[Mapping[Path, _Kept] | None] = ContextVar("files_read_once", default=None)


@contextmanager
def read_once(paths: Iterable[Path]) -> Iterator[None]:
    """Keep what is read of some files until the block ends."""
    outer = _kept.get() or {}
    with ExitStack() as stack:
        own = {path: _Kept(stack) for path in paths}
        token = _kept.set({**own, **outer})
        try:
            yield
        finally:
            _kept.reset(token)


def made_once(path: Path, what: Hashable, make: Callable[[], _T]) -> _T:
    """Return what is made of a file, made already or now.

    Parameters
    ----------
    path : Path
    what : hashable
        What of the file is read, and how.
    make : callable
        Reads it. It is called each time for a file that is not in a block of `read_once`.
    """
    kept = (_kept.get() or {}).get(path)
    if kept is None:
        return make()
    key = (what, state_of(path))
    if key not in kept.found:
        kept.found[key] = make()
    found: _T = kept.found[key]
    return found


def several_times(paths: Iterable[Path]) -> list[Path]:
    """Return the paths that occur more than once."""
    return [path for path, times in Counter(paths).items() if times > 1]


@contextmanager
def opened_once(path: Path, what: Hashable, opened: Callable[[], AbstractContextManager[_T]]) -> Iterator[_T]:
    """Open a file, or return what is open already: it stays open until the block of `read_once` ends."""
    kept = (_kept.get() or {}).get(path)
    if kept is None:
        with opened() as content:
            yield content
    else:
        yield made_once(path, what, lambda: kept.stack.enter_context(opened()))
