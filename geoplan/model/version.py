"""The version of the installed geoplan."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """Return the version, or ``0+unknown`` if geoplan is not installed."""
    try:
        return version("geoplan")
    except PackageNotFoundError:
        return "0+unknown"
