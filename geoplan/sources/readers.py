"""Readers: choose the reader for each kind of source with several tables."""

from __future__ import annotations

from geoplan.model.errors import InputError, Problem
from geoplan.sources.faulty_rows import REFUSE, ReleaseWords, settle
from geoplan.sources.file_presence import missing_file
from geoplan.sources.origins import Bundle, Origin, Surroundings
from geoplan.sources.reading_faults import faults_as_problems


def read_origin(origin: Origin, around: Surroundings) -> Bundle:
    """Read a source of several tables.

    Parameters
    ----------
    origin : Origin
    around : Surroundings
        Facts about the districts of the plan.

    Returns
    -------
    Bundle
        Errors in the data are listed in ``problems`` and never raised.
    """
    try:
        with faults_as_problems(origin.path):
            bundle = _read(origin, around)
    except InputError as error:
        found = tuple(problem for problem in error.problems if isinstance(problem, Problem))
        return Bundle(origin.path.name, {}, found)
    return bundle if origin.on_error == REFUSE else settle(bundle, ReleaseWords(_PROJECT[origin.kind]))


_PROJECT = {"aiddata": "project", "iati": "activity", "oc4ids": "project"}


def _read(origin: Origin, around: Surroundings) -> Bundle:
    """Read a source with the reader of its kind."""
    if origin.kind == "aiddata":
        from geoplan.sources.standards.aiddata import read_release

        return read_release(origin)
    if not origin.path.is_file():
        raise InputError(missing_file(origin.path))
    if origin.kind == "iati":
        from geoplan.sources.standards.iati import read_activities

        return read_activities(origin, around)
    from geoplan.sources.standards.oc4ids import read_package

    return read_package(origin, around)
