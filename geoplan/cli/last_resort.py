"""Last resort: an error that nobody expected, as one line and a file with the details."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from geoplan.cli.printing import hide_passwords, say, tell

EXIT_CODE = 3
"""Exit code of a run that a fault of geoplan ended."""


def report_fault(error: BaseException, arguments: Sequence[str]) -> None:
    """Print one line about an unexpected error, and write its details to a file of the system's temporary folder.

    Parameters
    ----------
    error : BaseException
    arguments : sequence of str
        As given on the command line; passwords in addresses are left out of the file.
    """
    lines = str(error).strip().splitlines()
    what = f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
    if isinstance(error, MemoryError):
        what = "there is not enough memory"
    tell(f"geoplan: unexpected error ({what})")
    kept = _write_details(error, arguments)
    if kept is not None:
        tell(f"  → please report it, with the details in {kept}")


def _write_details(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write what a maintainer needs to find the cause; None where no file can be written."""
    import platform
    import tempfile
    import traceback

    from geoplan.model.version import installed_version

    about = [
        f"geoplan {installed_version()}, Python {platform.python_version()}, {platform.platform()}",
        f"arguments: {' '.join(map(repr, arguments))}",
        "".join(traceback.format_exception(error)),
    ]
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="geoplan-error-",
            suffix=".txt",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as file:
            file.write(hide_passwords("\n".join(about)))
    except OSError:
        return None
    return Path(file.name)


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning of a library as one line, with ``--verbose`` only."""
    say(f"warning: {category.__name__}: {hide_passwords(str(message))}", detail=True)
