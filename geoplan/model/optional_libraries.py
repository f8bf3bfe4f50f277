"""Extras: optional libraries, and the line that installs one that is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from geoplan.model.errors import UsageError


def missing_extra(needs: str, extra: str) -> UsageError:
    """Return the error of something whose extra is not installed.

    >>> str(missing_extra("charts need", "charts"))
    'charts need an extra: pip install "geoplan[charts]"'
    """
    return UsageError(f'{needs} an extra: pip install "geoplan[{extra}]"')


def find_library(name: str) -> Any:
    """Return an optional library, or None if it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


def find_sparse() -> Any:
    """Return SciPy's sparse matrices and graphs; `UsageError` if SciPy is not installed."""
    found = find_library("scipy.sparse")
    if found is None:
        raise missing_extra("travel times need", "travel")
    return found


def check_arrow() -> None:
    """Raise `UsageError` if the library that reads and writes Parquet and Arrow is not installed."""
    if find_library("pyarrow") is None:
        raise missing_extra("Parquet files and Arrow tables need", "parquet")
