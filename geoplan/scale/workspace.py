"""The workspace of a streamed run: a folder with the files of finished steps, complete or absent."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoplan.model.errors import UsageError, show_value
from geoplan.model.file_locks import lock_file

_FILES = "files"
_LOCK = "lock"


@dataclass(frozen=True)
class Workspace:
    """A folder that all workers see.

    Parameters
    ----------
    folder : Path
        Absolute.
    """

    folder: Path

    @contextmanager
    def locked(self, *, emptied: bool) -> Iterator[None]:
        """Lock the folder for one run at a time, and empty it first if requested.

        Raises
        ------
        UsageError
            Another run uses it, or it cannot be created.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            stream = self.path(_LOCK).open("ab")
        except OSError as error:
            raise UsageError(
                f"{show_value(self.folder.parent)} cannot be written ({error.strerror}): "
                "choose another work folder"
            ) from None
        with stream:
            if not lock_file(stream):
                raise UsageError(
                    f"another run of the same plan is at work in {show_value(self.folder)}: "
                    "wait for it, or choose another work folder"
                )
            if emptied:
                self._empty()
            yield

    def _empty(self) -> None:
        for path in self.folder.iterdir():
            if path.name != _LOCK:
                path.unlink()

    def path(self, name: str) -> Path:
        """Return where a file of the run lies."""
        return self.folder / name

    def write(self, name: str, write: Callable[[Path], None]) -> Path:
        """Write a file under a temporary name, flush it to the disk and rename it, so that it is never incomplete.

        Two workers may write the same step at once: their files are equal, and the last one stays.
        """
        target = self.path(name)
        # The process number alone is not unique: two machines can have the same one.
        temporary = target.with_name(f".{target.name}.{os.getpid()}.{uuid.uuid4().hex}")
        try:
            write(temporary)
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return target

    def write_marker(self, name: str, about: dict[str, Any], files: Iterable[str] = ()) -> None:
        """Write the marker of a finished step with the size of each file; call it after writing the files."""
        sizes = {file: self.path(file).stat().st_size for file in files}
        text = json.dumps({**about, _FILES: sizes}, ensure_ascii=False, sort_keys=True)
        self.write(name, lambda path: _write_text(path, text))

    def read_marker(self, name: str) -> dict[str, Any] | None:
        """Return the marker of a step, or None if it is not finished or a file is missing or incomplete."""
        try:
            about: dict[str, Any] = json.loads(self.path(name).read_text(encoding="utf-8"))
            sizes = about.pop(_FILES)
            whole = all(self.path(file).stat().st_size == size for file, size in sizes.items())
        except (FileNotFoundError, ValueError, KeyError):
            return None
        return about if whole else None


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
