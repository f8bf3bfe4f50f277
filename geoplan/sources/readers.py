"""Readers: choose the reader for each kind of source with several tables."""

from __future__ import annotations

from dataclasses import replace

from geoplan.model.errors import InputError, Problem
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW
from geoplan.sources.faulty_rows import REFUSE, ReleaseWords, settle
from geoplan.sources.file_presence import missing_file
from geoplan.sources.origins import Bundle, Origin, Surroundings
from geoplan.sources.reading_faults import faults_as_problems
from geoplan.sources.standards.other_standards import recognise_file
from geoplan.sources.where_clauses import rows_where


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
        return Bundle(origin.path.name, {}, _named(found, origin))
    settled = bundle if origin.on_error == REFUSE else settle(bundle, ReleaseWords(_PROJECT[origin.kind]))
    return _chosen(settled, origin)


def _chosen(bundle: Bundle, origin: Origin) -> Bundle:
    """Keep the projects that meet the condition of a source, with their places and amounts."""
    where = origin.options.get("where")
    projects = bundle.frames.get("projects")
    if where is None or projects is None or bundle.problems:
        return bundle
    try:
        meets = rows_where(projects.drop(columns=[SOURCE_FILE, SOURCE_ROW]), where, bundle.name)
    except InputError as error:
        return Bundle(bundle.name, {}, tuple(found for found in error.problems if isinstance(found, Problem)))
    others = set(projects.loc[~meets, "project"])
    remark = f"{bundle.name}: {int(meets.sum()):,} of {len(meets):,} projects are read (where)"
    return replace(
        bundle,
        frames={
            name: frame[~frame["project"].isin(others)].reset_index(drop=True)
            for name, frame in bundle.frames.items()
        },
        left_out=bundle.left_out[~bundle.left_out["project"].isin(others)],
        remarks=(*bundle.remarks, remark),
    )


def _named(problems: tuple[Problem, ...], origin: Origin) -> tuple[Problem, ...]:
    """Name the standard of a file that was given as a source of another kind."""
    standard = recognise_file(origin.path)
    return (
        problems if standard is None or standard.kind == origin.kind else (standard.problem_of(origin.path),)
    )


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
