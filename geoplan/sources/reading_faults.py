"""Reading faults: whatever a library raises while a file is read, as one problem of that file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.model.errors import GeoplanError, InputError, Problem
from geoplan.model.watched_inputs import refuse_changed, watch


@contextmanager
def faults_as_problems(path: Path) -> Iterator[None]:
    """Turn exceptions of libraries into an `InputError` that names the file.

    The file is watched: one that changes meanwhile is refused. Readers catch the faults they know, with better advice. This catches the rest: a damaged file can make a library
    raise anything. Warnings of libraries are dropped: what a planner should know, readers say in their remarks.

    Raises
    ------
    InputError
        Chained to the exception it stands for.
    """
    try:
        states = watch(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        refuse_changed(states)
    except GeoplanError:
        raise
    except OSError as error:
        raise InputError(unopened(path, error)) from error
    except MemoryError as error:
        raise InputError(
            Problem(
                path.name,
                "the file needs more memory than is available",
                way_out="close other programs, or give the part of it that the plan needs",
            )
        ) from error
    except RecursionError as error:
        raise InputError(
            Problem(
                path.name,
                "its content is nested more deeply than that of any real file",
                way_out="ask who made it for another file",
            )
        ) from error
    except UnicodeError as error:
        raise InputError(
            Problem(
                path.name,
                "some text in the file is not UTF-8, which its format requires",
                way_out="it may be damaged: copy or download it again, or save it again in the program that made it",
            )
        ) from error
    except Exception as error:
        reason = str(error).strip().splitlines()
        what = f"{type(error).__name__}: {reason[0][:160]}" if reason else type(error).__name__
        raise InputError(
            Problem(
                path.name,
                f"the file cannot be read ({what})",
                way_out="open it in the program that made it, and save it again",
            )
        ) from error


def unopened(path: Path, error: OSError) -> Problem:
    """Make the problem of a file that the system does not open."""
    return Problem(
        path.name,
        f"cannot be opened ({error.strerror or error})",
        way_out="close it in other programs, or check the file's permissions",
    )


def not_a_file(path: Path) -> Problem:
    """Make the problem of a device or a pipe, for which a reader could wait forever."""
    way_out = "save its content as a file first"
    return Problem(path.name, "is a device or a pipe, not a file", way_out=way_out)
