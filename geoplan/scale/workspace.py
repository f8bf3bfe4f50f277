"""The workspace of a streamed run: a folder with the files of its steps, each complete or absent."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from geoplan.model.errors import UsageError, show_value
from geoplan.model.locked_folders import locked_folder

_ALL_MAY_WRITE = 0o777  # less the umask: workers on other machines write there too


@dataclass(frozen=True)
class Workspace:
    """A folder that all workers see.

    Parameters
    ----------
    folder : Path
        Absolute.
    """

    folder: Path

    def path(self, name: str) -> Path:
        """Return where a file of the run lies."""
        return self.folder / name

    def write(self, name: str, write: Callable[[Path], None]) -> Path:
        """Write a file under a temporary name and rename it, so that it is never incomplete.

        Two workers may write the same step at once: their files are equal, and the last one stays.
        """
        target = self.path(name)
        # The process number alone is not unique: two machines can have the same one.
        temporary = target.with_name(f".{target.name}.{os.getpid()}.{uuid.uuid4().hex}")
        try:
            write(temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return target


@contextmanager
def open_workspace(folder: Path) -> Iterator[Workspace]:
    """Make a workspace in a folder, and remove it at the end, however the run ends.

    Raises
    ------
    UsageError
        It cannot be made.
    """
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            own = stack.enter_context(locked_folder(folder.absolute(), mode=_ALL_MAY_WRITE))
        except OSError as error:
            raise UsageError(
                f"{show_value(folder)} cannot be written ({error.strerror}): choose another work folder"
            ) from None
        yield Workspace(own)
