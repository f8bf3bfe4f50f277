"""Bundles: sources that hold several of the tables at once, such as an IATI file or a release of AidData."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from geoplan.errors import InputError, Problem, UsageError, show_value
from geoplan.money import format_minor, minor_digits
from geoplan.schema import SOURCE_FILE, TABLES
from geoplan.sources import read
from geoplan.sources.conform import Conformed, conform
from geoplan.sources.raw import FileSpec, Raw

KINDS = ("aiddata", "iati", "oc4ids")
BUNDLED = ("projects", "locations", "spending")

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Bundle:
    """Where a bundle is, and what to take from it.

    Parameters
    ----------
    kind : str
        Among `KINDS`.
    path : Path
    language, country : str
        For IATI: see `geoplan.sources.iati.Choice`.
    """

    kind: str
    path: Path
    language: str = ""
    country: str = ""


def parse_bundle(text: str) -> Bundle:
    """Read a bundle as it is named on the command line: ``KIND:PATH``.

    Raises
    ------
    UsageError
        No such kind, or nothing at that path.

    Examples
    --------
    >>> parse_bundle("iati:nowhere.xml")
    Traceback (most recent call last):
    geoplan.errors.UsageError: there is nothing at 'nowhere.xml', named as iati
    """
    kind, colon, name = text.partition(":")
    if not colon or kind not in KINDS:
        raise UsageError(
            f"--source {show_value(text)}: write KIND:PATH, where KIND is one of {', '.join(KINDS)}"
        )
    if not Path(name).exists():
        raise UsageError(f"there is nothing at {show_value(name)}, named as {kind}")
    return Bundle(kind, Path(name))


def read_bundle(bundle: Bundle, bounds: Bounds | None = None) -> dict[str, Conformed]:
    """Read a bundle as tables that keep their contracts.

    Parameters
    ----------
    bundle : Bundle
    bounds : (west, south, east, north), optional
        Of the plan's districts, degrees.

    Returns
    -------
    dict of str to Conformed
        ``projects``, ``locations``, ``spending``. Faults are in their ``problems``.
    """
    if bundle.kind == "aiddata":
        return _read_release(bundle.path)
    try:
        tables = _read_file(bundle, bounds)
    except InputError as error:
        problems = [problem for problem in error.problems if isinstance(problem, Problem)]
        none = {name: Conformed(pd.DataFrame(columns=[*TABLES[name].names]), [], []) for name in BUNDLED}
        return none | {"spending": Conformed(pd.DataFrame(columns=[*TABLES["spending"].names]), problems, [])}
    spec = FileSpec(bundle.path)
    return {name: conform(raw, TABLES[name], spec) for name, raw in tables.items()}


def _read_file(bundle: Bundle, bounds: Bounds | None) -> dict[str, Raw]:
    if bundle.kind == "iati":
        from geoplan.sources.iati import Choice, read_activities

        return read_activities(bundle.path, Choice(bundle.language, bundle.country))
    from geoplan.sources.oc4ids import read_packages

    return read_packages(bundle.path, bounds)


def _read_release(folder: Path) -> dict[str, Conformed]:
    """Read a research release of AidData: its projects, locations and transactions."""
    files = {"projects": "projects.csv", "locations": "locations.csv", "spending": "transactions.csv"}
    if not (folder / files["locations"]).exists() and (folder / "level_1a.csv").exists():
        files["locations"] = "level_1a.csv"  # it has a row for each location as well
    return {name: read(FileSpec(folder / file), TABLES[name]) for name, file in files.items()}


def merge_bundles(
    own: dict[str, Conformed], bundles: Sequence[tuple[str, dict[str, Conformed]]]
) -> tuple[dict[str, Conformed], list[str]]:
    """Put the tables of a plan and of its bundles together; a project counts where it comes first.

    Parameters
    ----------
    own : dict of str to Conformed
        The plan's own tables, which come before all others.
    bundles : sequence of (str, dict of str to Conformed)
        Name and tables, in the order of precedence.

    Returns
    -------
    tables : dict of str to Conformed
    notes : list of str
        What was left out because it was there already: projects and money by source.
    """
    taken = _projects_of(own)
    parts: dict[str, list[Conformed]] = {name: [own[name]] if name in own else [] for name in BUNDLED}
    notes = []
    for name, tables in bundles:
        here = _projects_of(tables)
        twice = here & taken
        if twice:
            notes.append(_said(name, twice, tables["spending"].frame))
        for table in BUNDLED:
            found = tables[table]
            kept = found.frame[~found.frame["project"].isin(twice)] if twice else found.frame
            parts[table].append(Conformed(kept, found.problems, found.remarks))
        taken |= here
    return {**own, **{table: _joined(found, table) for table, found in parts.items()}}, notes


def _projects_of(tables: dict[str, Conformed]) -> set[str]:
    return {
        str(code)
        for name in BUNDLED
        if name in tables
        for code in tables[name].frame["project"].dropna().unique()
    }


def _said(name: str, twice: set[str], spending: pd.DataFrame) -> str:
    """Say which projects of a source are left out, and the money of theirs."""
    lost = spending[spending["project"].isin(twice)]
    sums = lost.groupby("currency", observed=True)["amount"].sum().items() if len(lost) else ()
    money = " + ".join(
        f"{code} {format_minor(int(amount), minor_digits(str(code)))}" for code, amount in sums
    )
    listed = ", ".join(show_value(code) for code in sorted(twice)[:3]) + (", …" if len(twice) > 3 else "")
    count = "1 project" if len(twice) == 1 else f"{len(twice)} projects"
    return f"left out of {name}, because an earlier source has the same: {count} ({listed}), {money or 'no money'}"


def _joined(parts: list[Conformed], table: str) -> Conformed:
    problems = [problem for part in parts for problem in part.problems]
    remarks = [remark for part in parts for remark in part.remarks]
    filled = [part.frame for part in parts if len(part.frame)]
    if len(filled) == 0:
        return Conformed(
            parts[0].frame if parts else pd.DataFrame(columns=[*TABLES[table].names]), problems, remarks
        )
    if len(filled) == 1:
        return Conformed(filled[0].reset_index(drop=True), problems, remarks)
    plain = [frame.astype({SOURCE_FILE: object}) for frame in filled]
    joined = pd.concat(plain, ignore_index=True)
    return Conformed(joined.astype({SOURCE_FILE: "category"}), problems, remarks)


def keep_known_districts(tables: dict[str, Conformed], known: set[str]) -> dict[str, Conformed]:
    """Take away administrative codes that are no district's: they are of another list, and names and points remain.

    Parameters
    ----------
    tables : dict of str to Conformed
        Of a bundle.
    known : set of str
        Codes of the districts.
    """
    from geoplan.sources.iati import OWN_DISTRICT

    locations = tables["locations"]
    strange = locations.frame["district"].notna() & ~locations.frame["district"].isin(known)
    if OWN_DISTRICT in locations.frame:
        strange &= locations.frame[OWN_DISTRICT].isna()
    plain = locations.frame.drop(columns=OWN_DISTRICT, errors="ignore")
    if not strange.any():
        return tables | {"locations": replace(locations, frame=plain)}
    frame = plain.assign(district=plain["district"].where(~strange, None))
    said = (
        f"{int(strange.sum())} administrative codes are of another list than the districts' and do not count"
    )
    return tables | {"locations": Conformed(frame, locations.problems, [*locations.remarks, said])}


def bundle_files(bundle: Bundle) -> list[Path]:
    """Return the files of a bundle, for the manifest."""
    return [bundle.path] if bundle.path.is_file() else sorted(bundle.path.glob("*.csv"))
