"""A plan: the five tables together, read from ``geoplan.toml`` or single files, checked across tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.errors import InputError, Problem, UsageError, raise_if, show_value
from geoplan.schema import CRS, SOURCE_ROW, TABLES
from geoplan.sources import read
from geoplan.sources.raw import FileSpec

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

PLAN_FILE = "geoplan.toml"

_PLAN_KEYS = ("title", "subtitle", "currency", "illustrative")
_FILE_KEYS = (
    "file",
    "columns",
    "constant",
    "values",
    "layer",
    "sheet",
    "encoding",
    "crs",
    "decimal",
    "thousands",
    "negative",
)
_EXTRA_KEYS = {"districts": ("attributes", "vintage"), "locations": ("review",)}
_VINTAGE_KEYS = ("districts", "profile", "points")
_SHARE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Plan:
    """Districts, their profile, projects, locations and spending, checked against each other.

    Parameters
    ----------
    title, subtitle : str
    districts : GeoDataFrame
        EPSG:4326, ordered by code; columns of `geoplan.schema.DISTRICTS`.
    profile, projects, spending : DataFrame
        ``spending`` has ``amount`` in minor units (int64) and ``rounding`` (Decimal).
    locations : GeoDataFrame
        EPSG:4326; points, lines, polygons or none.
    illustrative : str
        What is made up as an example, or empty when nothing is.
    files : mapping of str to Path
        Where each table came from.
    remarks : tuple of str
        What reading noticed: recognised columns, repaired shapes.
    reviewed : mapping of (name, province) to district code
        Decisions of a planner about names that fit no district, or several.
    vintage : str
        Name of the vintage the districts are of, or empty.
    vintages : mapping of str to mapping of str to FileSpec
        Files of other vintages: ``districts`` and, if given, ``profile`` and ``points``.
    origin, carried_by : GeoDataFrame, DataFrame, optional
        Of a plan that was carried to another vintage: the districts it was written for, and the
        crosswalk from them.
    """

    title: str
    districts: gpd.GeoDataFrame
    profile: pd.DataFrame
    projects: pd.DataFrame
    locations: gpd.GeoDataFrame
    spending: pd.DataFrame
    subtitle: str = ""
    illustrative: str = ""
    files: Mapping[str, Path] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    reviewed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    vintage: str = ""
    vintages: Mapping[str, Mapping[str, FileSpec]] = field(default_factory=dict)
    origin: gpd.GeoDataFrame | None = None
    carried_by: pd.DataFrame | None = None

    def only(self, kind: str) -> Plan:
        """Return the plan with the spending of one kind only (budget, commitment, …)."""
        chosen = self.spending[self.spending["kind"] == kind].reset_index(drop=True)
        if chosen.empty:
            kinds = ", ".join(sorted(self.spending["kind"].unique()))
            raise UsageError(f"the plan has no spending of kind {show_value(kind)}; it has {kinds}")
        return replace(self, spending=chosen)

    def __repr__(self) -> str:
        return (
            f"Plan({self.title!r}: {len(self.districts)} districts, {len(self.projects)} projects, "
            f"{len(self.locations)} locations, {len(self.spending)} amounts)"
        )


def bundled_plan() -> Path:
    """Return the ``geoplan.toml`` of the home case that comes with geoplan."""
    package = Path(__file__).resolve().parent
    for root in (package, package.parent):
        path = root / "data" / "bolikhamxay" / PLAN_FILE
        if path.is_file():
            return path
    raise UsageError("the bundled home case is not there; install geoplan again")


def find_plan(path: str | Path | None = None) -> Path:
    """Return the plan file meant by a folder or file; by nothing, the current folder's or the home case.

    Raises
    ------
    UsageError
        There is no plan at ``path``.
    """
    if path is None:
        here = Path(PLAN_FILE)
        return here if here.is_file() else bundled_plan()
    path = Path(path)
    found = path / PLAN_FILE if path.is_dir() else path
    if not found.is_file():
        raise UsageError(
            f"there is no plan at {show_value(path)}: give a folder with {PLAN_FILE}, or make one with geoplan init"
        )
    if found.suffix != ".toml":
        raise UsageError(
            f"{show_value(path)} is no plan: give a folder or its {PLAN_FILE}; single tables go after --districts, …"
        )
    return found


def read_plan(path: str | Path | None = None) -> Plan:
    """Read and check a plan.

    Parameters
    ----------
    path : str or Path, optional
        A folder with ``geoplan.toml``, or that file. By default the one in the current folder,
        else the bundled home case.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        With every problem of every table.
    UsageError
        There is no plan at ``path``.

    Examples
    --------
    >>> plan = read_plan(bundled_plan())
    >>> len(plan.districts)
    7
    """
    toml = find_plan(path)
    settings = _read_toml(toml)
    specs, problems = _specs(settings, toml)
    raise_if(problems)
    about = settings.get("plan", {})
    plan = _assemble(
        specs,
        title=str(about.get("title", toml.resolve().parent.name)),
        subtitle=str(about.get("subtitle", "")),
        illustrative=str(about.get("illustrative", "")),
        attributes=_beside(toml, settings["districts"].get("attributes")),
    )
    review = _beside(toml, settings["locations"].get("review"))
    return replace(
        plan,
        reviewed={} if review is None else _read_review(review, plan.districts),
        vintage=str(settings["districts"].get("vintage", "")),
        vintages=_vintage_specs(settings, toml),
        files={"plan": toml, **plan.files, **({} if review is None else {"review": review})},
    )


def read_tables(
    *,
    districts: str | Path,
    locations: str | Path,
    spending: str | Path,
    projects: str | Path | None = None,
    profile: str | Path | None = None,
    title: str = "Plan",
) -> Plan:
    """Read and check a plan from single files, without a ``geoplan.toml``.

    Columns are found by their names in the schema or by common synonyms (P-codes, AidData).

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        With every problem of every table.
    """
    given = {
        "districts": districts,
        "profile": profile,
        "projects": projects,
        "locations": locations,
        "spending": spending,
    }
    specs = {name: FileSpec(Path(path)) for name, path in given.items() if path is not None}
    return _assemble(specs, title=title)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            Problem(
                path.name,
                f"is not valid TOML: {error}",
                way_out="look at that line; text goes in quotation marks",
            )
        ) from None
    except UnicodeDecodeError:
        raise InputError(Problem(path.name, "the text is not UTF-8", way_out="save it as UTF-8")) from None
    except OSError as error:
        raise InputError(
            Problem(path.name, f"can not be read ({error.strerror})", way_out="check your rights")
        ) from None


def _specs(settings: dict[str, Any], toml: Path) -> tuple[dict[str, FileSpec], list[Problem]]:
    """Turn the sections of a plan file into file specifications, listing every unknown key."""
    problems = _unknown_keys(settings, ("plan", *TABLES, "vintages"), toml.name, "section")
    problems += _vintage_problems(settings, toml)
    problems += _unknown_keys(settings.get("plan", {}), _PLAN_KEYS, toml.name, "key in [plan]")
    specs = {}
    for name in TABLES:
        section = settings.get(name)
        if section is None:
            if name in ("districts", "locations", "spending"):
                problems.append(
                    Problem(
                        toml.name,
                        f"section [{name}] is missing",
                        way_out=f'add [{name}] with file = "{name}.csv"',
                    )
                )
            continue
        known = _FILE_KEYS + _EXTRA_KEYS.get(name, ())
        problems += _unknown_keys(section, known, toml.name, f"key in [{name}]")
        problems += _wrong_types(section, name, toml.name)
        if isinstance(section.get("file"), str):
            specs[name] = _spec(section, toml)
        else:
            problems.append(Problem(toml.name, f"[{name}] names no file", way_out=f'add file = "{name}.csv"'))
    currency = settings.get("plan", {}).get("currency")
    if currency is not None and "spending" in specs:
        specs["spending"] = replace(specs["spending"], currency=str(currency))
    return specs, problems


def _unknown_keys(
    section: Mapping[str, Any], known: tuple[str, ...], source: str, what: str
) -> list[Problem]:
    from rapidfuzz import process

    problems = []
    for key in section:
        if key not in known:
            close = process.extractOne(key, known, score_cutoff=60)
            guess = f"did you mean {show_value(close[0])}? " if close else ""
            problems.append(
                Problem(
                    source, f"unknown {what}", values=(key,), way_out=f"{guess}known are {', '.join(known)}"
                )
            )
    return problems


def _wrong_types(section: Mapping[str, Any], name: str, source: str) -> list[Problem]:
    tables = ("columns", "constant", "values")
    problems = [
        Problem(
            source,
            f"{key} in [{name}] must be a table",
            values=(section[key],),
            way_out=f"write it as [{name}.{key}]",
        )
        for key in tables
        if key in section and not isinstance(section[key], dict)
    ]
    known = ("corrections", "refuse", "accept")
    if section.get("negative", "refuse") not in known:
        problems.append(
            Problem(
                source,
                f"negative in [{name}]",
                values=(section["negative"],),
                way_out=f"write one of {', '.join(known)}",
            )
        )
    return problems


def _beside(toml: Path, name: str | None) -> Path | None:
    return None if name is None else toml.parent / name


def _vintage_problems(settings: Mapping[str, Any], toml: Path) -> list[Problem]:
    """Check the sections ``[vintages.NAME.districts]``, ``…profile`` and ``…points``."""
    problems = []
    for name, vintage in settings.get("vintages", {}).items():
        where = f"[vintages.{name}]"
        sections = vintage if isinstance(vintage, dict) else {}
        problems += _unknown_keys(sections, _VINTAGE_KEYS, toml.name, f"section of {where}")
        if "districts" not in sections:
            advice = f'add [vintages.{name}.districts] with file = "…"'
            problems.append(Problem(toml.name, f"{where} names no districts", way_out=advice))
        for key, section in sections.items():
            if not isinstance(section, dict) or not isinstance(section.get("file"), str):
                problems.append(
                    Problem(toml.name, f"[vintages.{name}.{key}] names no file", way_out='add file = "…"')
                )
            else:
                problems += _unknown_keys(section, _FILE_KEYS, toml.name, f"key in [vintages.{name}.{key}]")
    return problems


def _vintage_specs(settings: Mapping[str, Any], toml: Path) -> dict[str, dict[str, FileSpec]]:
    return {
        name: {key: _spec(section, toml) for key, section in vintage.items()}
        for name, vintage in settings.get("vintages", {}).items()
    }


def _spec(section: Mapping[str, Any], toml: Path) -> FileSpec:
    options = {key: section[key] for key in _FILE_KEYS[1:] if key in section}
    return FileSpec(toml.parent / section["file"], **options)


def _read_review(path: Path, districts: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Read a planner's decisions about names: those rows whose column district is filled in."""
    from geoplan.sources.table import read_table

    if not path.is_file():
        raise InputError(
            Problem(path.name, "there is no such file", way_out="make it with geoplan check --review")
        )
    raw = read_table(FileSpec(path))
    missing = [name for name in ("name", "province", "district") if name not in raw.table]
    if missing:
        raise InputError(
            Problem(
                path.name,
                "columns are missing",
                values=tuple(missing),
                way_out="make it with geoplan check --review",
            )
        )
    table = raw.table.assign(**{SOURCE_ROW: raw.rows.to_numpy()})
    decided = table[table["district"].notna()]
    raise_if(unlisted(decided, "district", path.name, districts, "the boundary layer"))
    names = [_unguarded(name) for name in decided["name"]]
    provinces = [
        _unguarded(province) if isinstance(province, str) else "" for province in decided["province"]
    ]
    return dict(zip(zip(names, provinces, strict=True), decided["district"], strict=True))


def _unguarded(cell: str) -> str:
    """Take off the apostrophe that keeps a spreadsheet from reading a name as a formula."""
    return cell[1:] if cell.startswith(("'=", "'+", "'-", "'@")) else cell


def read_layer(spec: FileSpec) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Read a boundary layer as the table districts, ordered by code, with remarks about it.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    conformed = read(spec, TABLES["districts"])
    raise_if(conformed.problems)
    districts, repaired = _as_layer(conformed.frame)
    return districts, [*conformed.remarks, *repaired]


def _as_layer(frame: pd.DataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    import geopandas as gpd

    layer, repaired = _repair_shapes(gpd.GeoDataFrame(frame, geometry="geometry", crs=CRS))
    return layer.sort_values("district", ignore_index=True), repaired


def _assemble(
    specs: Mapping[str, FileSpec],
    *,
    title: str,
    subtitle: str = "",
    illustrative: str = "",
    attributes: Path | None = None,
) -> Plan:
    """Read all tables, gather the problems of all, then check the tables against each other."""
    import geopandas as gpd
    import pandas as pd

    read_ones = {name: read(spec, TABLES[name]) for name, spec in specs.items()}
    problems = [problem for conformed in read_ones.values() for problem in conformed.problems]
    remarks = [remark for conformed in read_ones.values() for remark in conformed.remarks]
    frames = {name: conformed.frame for name, conformed in read_ones.items()}
    for name in TABLES:
        frames.setdefault(name, pd.DataFrame({column: [] for column in TABLES[name].names}))
    if attributes is not None and not problems:
        frames["districts"], found = _with_attributes(frames["districts"], attributes)
        problems += found
    sound = {name for name, conformed in read_ones.items() if not conformed.problems}
    problems += _cross_check(frames, specs, sound)
    raise_if(problems)
    districts, repaired = _as_layer(frames["districts"])
    projects = (
        frames["projects"] if "projects" in specs else _projects_of(frames["spending"], frames["locations"])
    )
    return Plan(
        title=title,
        subtitle=subtitle,
        districts=districts,
        profile=frames["profile"],
        projects=projects,
        locations=gpd.GeoDataFrame(frames["locations"], geometry="geometry", crs=CRS),
        spending=_filled(frames["spending"], projects),
        illustrative=illustrative or _illustrative_rows(frames),
        files={name: spec.path for name, spec in specs.items()},
        remarks=(*remarks, *repaired),
    )


def _with_attributes(districts: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Let a table of district attributes (same codes, no geometry) overrule those of the boundary file."""
    from geoplan.schema import DISTRICTS

    table = replace(
        DISTRICTS,
        name="district attributes",
        columns=tuple(column for column in DISTRICTS.columns if column.kind != "geometry"),
    )
    given = read(FileSpec(path), table)
    codes = set(districts["district"])
    problems = list(given.problems)
    if not problems:
        for missing, where in (
            (codes - set(given.frame["district"]), path.name),
            (set(given.frame["district"]) - codes, "the boundary file"),
        ):
            if missing:
                problems.append(
                    Problem(
                        where,
                        "districts are missing",
                        column="district",
                        values=tuple(sorted(missing)),
                        way_out="both need the same codes",
                    )
                )
    if problems:
        return districts, problems
    merged = given.frame.drop(columns=SOURCE_ROW).merge(
        districts[["district", "geometry", SOURCE_ROW]], on="district"
    )
    return merged, []


def _cross_check(
    frames: Mapping[str, pd.DataFrame], specs: Mapping[str, FileSpec], sound: set[str]
) -> list[Problem]:
    """Check tables against each other, as far as each is sound in itself."""
    problems = []
    for table, column, listed_in in (
        ("spending", "project", "projects"),
        ("locations", "project", "projects"),
        ("profile", "district", "districts"),
    ):
        if {table, listed_in} <= sound:
            name, home = specs[table].path.name, specs[listed_in].path.name
            problems += unlisted(frames[table], column, name, frames[listed_in], home)
    if {"spending", "locations"} <= sound:
        problems += _unknown_locations(frames, specs)
    if "locations" in sound:
        problems += _share_problems(frames["locations"], specs["locations"].path.name)
    return problems


def unlisted(
    frame: pd.DataFrame, column: str, source: str, listed: pd.DataFrame, listed_in: str
) -> list[Problem]:
    """Return the problem of values in a column that the table they refer to does not have, if there are any."""
    unknown = ~frame[column].isin(listed[column])
    if not unknown.any():
        return []
    return [
        Problem(
            source,
            f"{column}s that are not in {listed_in}",
            column=column,
            rows=tuple(int(row) for row in frame.loc[unknown, SOURCE_ROW]),
            values=tuple(frame.loc[unknown, column]),
            way_out=f"add them to {listed_in}, or correct the code",
        )
    ]


def _unknown_locations(frames: Mapping[str, pd.DataFrame], specs: Mapping[str, FileSpec]) -> list[Problem]:
    spending, locations = frames["spending"], frames["locations"]
    named = spending[spending["location"].notna()]
    known = set(zip(locations["project"], locations["location"], strict=True))
    unknown = [pair not in known for pair in zip(named["project"], named["location"], strict=True)]
    if not any(unknown):
        return []
    faulty = named[unknown]
    return [
        Problem(
            specs["spending"].path.name,
            f"locations that the project does not have in {specs['locations'].path.name}",
            column="location",
            rows=tuple(int(row) for row in faulty[SOURCE_ROW]),
            values=tuple(faulty["location"]),
            way_out="correct the identifier, or leave it empty to split the amount over all of the project's locations",
        )
    ]


def _share_problems(locations: pd.DataFrame, source: str) -> list[Problem]:
    """Check that a project gives shares for all of its locations or none, and that they add up to 1."""
    if not locations["share"].notna().any():
        return []
    by_project = locations.groupby("project", sort=True)["share"].agg(["count", "size", "sum"])
    partly = by_project[(by_project["count"] > 0) & (by_project["count"] < by_project["size"])]
    wrong = by_project[
        (by_project["count"] == by_project["size"]) & ((by_project["sum"] - 1).abs() > _SHARE_TOLERANCE)
    ]
    problems = []
    for project in partly.index:
        rows = locations[(locations["project"] == project) & locations["share"].isna()][SOURCE_ROW]
        message = f"some locations of project {show_value(project)} have a share and some have none"
        problems.append(
            Problem(
                source,
                message,
                "share",
                tuple(int(row) for row in rows),
                way_out="give all of them a share, or none",
            )
        )
    for project, row in wrong.iterrows():
        rows = locations[locations["project"] == project][SOURCE_ROW]
        message = f"shares of project {show_value(project)} add up to {row['sum']:.6g}, not 1"
        problems.append(
            Problem(source, message, "share", tuple(int(row) for row in rows), way_out="correct the shares")
        )
    return problems


def _repair_shapes(districts: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Make invalid boundaries valid, and say which."""
    import shapely

    invalid = ~shapely.is_valid(districts.geometry.to_numpy())
    if not invalid.any():
        return districts, []
    listed = ", ".join(show_value(code) for code in districts.loc[invalid, "district"][:5])
    mended = districts.geometry.to_numpy().copy()
    mended[invalid] = shapely.make_valid(mended[invalid], method="structure", keep_collapsed=False)
    districts = districts.set_geometry(mended, crs=CRS)
    return districts, [f"{int(invalid.sum())} invalid district boundaries were made valid: {listed}"]


def _projects_of(spending: pd.DataFrame, locations: pd.DataFrame) -> pd.DataFrame:
    """List the projects that spending and locations speak of, when no table of projects is given."""
    import pandas as pd

    found = sorted(set(spending["project"]) | set(locations["project"]))
    return pd.DataFrame(
        {name: found if name == "project" else [None] * len(found) for name in TABLES["projects"].names}
    )


def _filled(spending: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """Take component and funder from the project where the amount names none."""
    from geoplan.schema import NOT_STATED

    spending = spending.copy()
    for column in ("component", "funder"):
        of_project = spending["project"].map(projects.set_index("project")[column].to_dict())
        spending[column] = spending[column].where(spending[column].notna(), of_project)
        spending[column] = spending[column].where(spending[column].notna(), NOT_STATED)
    return spending


def _illustrative_rows(frames: Mapping[str, pd.DataFrame]) -> str:
    """Say which tables have rows marked illustrative."""
    marked = [name for name in ("spending", "locations", "profile") if frames[name]["illustrative"].any()]
    return f"some figures in {', '.join(marked)} are illustrative" if marked else ""
