"""A plan: reads the five tables from ``geoplan.toml`` or single files, and checks them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.model.errors import InputError, PlanError, Problem, UsageError, raise_if, show_value
from geoplan.model.money import format_minor, minor_digits
from geoplan.model.periods import Periods, read_periods
from geoplan.model.schema import CRS, SOURCE_ROW, TABLES
from geoplan.plan.classification_rules import ClassificationRule, read_classification, with_indicators
from geoplan.plan.cross_checks import cross_check, cross_check_files
from geoplan.plan.district_names import code_districts
from geoplan.plan.districts import as_layer, move_beside, with_attributes
from geoplan.plan.flat_lists import come_from_one_file, join_rows, join_twins, split_lists
from geoplan.plan.map_context import Surrounding, read_surroundings
from geoplan.plan.merge_sources import left_out_lines, merge_sources
from geoplan.plan.name_decisions import read_decisions
from geoplan.plan.named_places import join_named, suggest_places
from geoplan.plan.need_scores import with_classes
from geoplan.plan.plan_file import (
    beside,
    find_plan,
    read_more_specs,
    read_origins,
    read_rate_rules,
    read_settings,
    read_specs,
    read_vintages,
    table_key,
)
from geoplan.plan.plan_inputs import files_of, files_read, left_on_disk, read_tables
from geoplan.plan.project_codes import spell_projects_alike
from geoplan.plan.project_rows import describe_illustrative, fill_from_projects, list_projects
from geoplan.plan.rate_rules import RateRules
from geoplan.plan.travel_speeds import TravelSpeeds, read_travel
from geoplan.sources.conform import Conformed, empty_table
from geoplan.sources.memory_tables import TableInput, name_tables
from geoplan.sources.origins import TABLES_OF_SOURCE, Origin
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_account import ReadingAccount

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class Plan:
    """Districts, their profile, projects, locations and spending, checked against each other.

    Parameters
    ----------
    title, subtitle : str
    districts : GeoDataFrame
        EPSG:4326, ordered by code; columns of `geoplan.model.schema.DISTRICTS`.
    profile, projects, spending : DataFrame
        ``spending`` has ``amount_minor`` in minor units (int64) and ``rounding`` (Decimal).
    locations : GeoDataFrame
        EPSG:4326; points, lines, polygons or no geometry.
    illustrative : str
        Which figures are illustrative; empty if none are.
    files : mapping of str to Path
        The file of each table.
    remarks : tuple of str
        Remarks on the files: recognised columns, repaired shapes, and everything that was detected.
    detected : tuple of str
        Settings that the files do not state and that were detected from their cells: encoding, decimal mark, header
        row, rows left out.
    accounts : tuple of ReadingAccount
        What was read from each file, column by column.
    reviewed : mapping of (name, province) to str
        A planner's decisions about names that match no district, or several.
    named_districts : tuple of (name, province)
        The names of districts in the profile and in the attributes of districts, where these are no codes.
    vintage : str
        Name of the vintage of the districts, or empty.
    vintages : mapping of str to mapping of str to FileSpec
        Files of other vintages: ``districts`` and, if given, ``profile`` and ``points``.
    origin, carried_by : GeoDataFrame, DataFrame, optional
        For a plan that was carried to another vintage: its original districts, and the crosswalk from them.
    currency : str
        Target currency of `geoplan.plan.exchange.convert_plan`, or empty.
    rates : FileSpec, optional
        Table of exchange rates.
    rate_rules : RateRules
        Maximum age of a rate, and the rate of a yearly amount.
    notes : tuple of str
        Notes that every output of the plan must state, such as the exchange rates used.
    periods : tuple of (int, int)
        First and last year of each plan period, such as 2011 to 2015.
    surroundings : tuple of Surrounding
        Layers for orientation on the map: neighbours, rivers, towns.
    basemap : str
        Name of the provider of the basemap, or empty.
    datasets : mapping of str to FileSpec
        Files of ``locations`` and ``spending`` if they stay on disk for `geoplan.scale.stream_plan`. The frames are
        empty then.
    left_out : DataFrame, optional
        Amounts that a source has but the plan does not count, each with its reason: columns of
        `geoplan.sources.origins.LEFT_OUT`.
    deflators : FileSpec, optional
        Table of deflators, for `geoplan.plan.prices.deflate_plan`.
    water : Path, optional
        Layer of lakes and rivers; gaps between districts that are water are right.
    accepted_gaps : sequence of (float, float)
        Longitude and latitude of a place in each other gap that is right.
    translations : mapping of str to mapping of str to str
        By language (en, fr, lo): texts of the plan and their translations, for the map and the report.
    classification : ClassificationRule, optional
        Rule that gave the districts their poverty classes.
    travel : TravelSpeeds, optional
        Speeds on roads and on foot.
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
    detected: tuple[str, ...] = ()
    accounts: tuple[ReadingAccount, ...] = ()
    reviewed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    named_districts: tuple[tuple[str, str], ...] = ()
    vintage: str = ""
    vintages: Mapping[str, Mapping[str, FileSpec]] = field(default_factory=dict)
    origin: gpd.GeoDataFrame | None = None
    carried_by: pd.DataFrame | None = None
    currency: str = ""
    rates: FileSpec | None = None
    rate_rules: RateRules = field(default_factory=RateRules)
    notes: tuple[str, ...] = ()
    periods: Periods = ()
    surroundings: tuple[Surrounding, ...] = ()
    basemap: str = ""
    datasets: Mapping[str, FileSpec] = field(default_factory=dict)
    left_out: pd.DataFrame | None = None
    deflators: FileSpec | None = None
    water: Path | None = None
    accepted_gaps: Sequence[Sequence[float]] = ()
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    classification: ClassificationRule | None = None
    travel: TravelSpeeds | None = None

    def say(self, text: str, language: str) -> str:
        """Translate a text of the plan (en, fr, lo); without a translation, return it unchanged."""
        return self.translations.get(language, {}).get(text, text)

    @property
    def has_money(self) -> bool:
        """Whether the plan has amounts, or names where they would be."""
        return bool(len(self.spending) or self.datasets or "spending" in self.files)

    @property
    def section_of_places(self) -> str:
        """Section of the plan file with the places: ``locations``, or ``spending`` if each amount has its own place."""
        return "locations" if "locations" in self.files else "spending"

    def only(self, kind: str) -> Plan:
        """Return the plan with only one kind of spending (budget, commitment, …)."""
        chosen = self.spending[self.spending["kind"] == kind].reset_index(drop=True)
        if chosen.empty:
            kinds = ", ".join(sorted(self.spending["kind"].unique())) or "no amounts"
            raise UsageError(f"the plan has no spending of kind {show_value(kind)}; it has {kinds}")
        if self.left_out is None:
            return replace(self, spending=chosen)
        left_out = self.left_out[self.left_out["kind"] == kind].reset_index(drop=True)
        notes = [note for note in self.notes if note not in left_out_lines(self.left_out)]
        return replace(self, spending=chosen, left_out=left_out, notes=(*notes, *left_out_lines(left_out)))

    def _repr_html_(self) -> str:
        from html import escape

        about = [self.subtitle, self.illustrative and f"Illustrative: {self.illustrative}",
                 self.vintage and f"Districts of {self.vintage}"]  # fmt: skip
        rows = [(name, f"{len(getattr(self, name)):,}", str(self.files.get(name, ""))) for name in TABLES]
        rows += [(f"{kind}, {currency}", amount, "") for (kind, currency), amount in self._totals().items()]
        lines = "".join(f"<p>{escape(line)}</p>" for line in about if line)
        cells = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in (name, count, Path(file).name)) + "</tr>"
            for name, count, file in rows
        )
        return f"<h4>{escape(self.title)}</h4>{lines}<table><tbody>{cells}</tbody></table>"

    def _totals(self) -> dict[tuple[str, str], str]:
        """Return the sums of the plan by kind and currency as text."""
        sums = self.spending.groupby(["kind", "currency"], sort=True)["amount_minor"].sum().reset_index()
        return {
            (kind, currency): format_minor(int(minor), minor_digits(currency))
            for kind, currency, minor in sums.itertuples(index=False, name=None)
        }

    def __repr__(self) -> str:
        return (
            f"Plan({self.title!r}: {len(self.districts)} districts, {len(self.projects)} projects, "
            f"{len(self.locations)} locations, {len(self.spending)} amounts)"
        )


def read_plan(
    path: str | Path | None = None,
    *,
    sources: Sequence[Origin] = (),
    stream: bool = False,
    surroundings: bool = True,
) -> Plan:
    """Read and check a plan.

    Parameters
    ----------
    path : str or Path, optional
        A folder with ``geoplan.toml``, or that file. By default the one in the current folder, else the bundled home
        case.
    sources : sequence of Origin
        IATI files, AidData releases or OC4IDS packages to add after the sources of the plan.
    stream : bool
        Leave locations and spending on disk if one of them is a Parquet file or folder.
    surroundings : bool
        Read the layers for orientation on the map: rivers, towns, neighbouring provinces.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        With every problem of every table.
    UsageError
        No plan exists at ``path``.

    Examples
    --------
    >>> from geoplan.plan.plan_file import find_bundled_plan
    >>> plan = read_plan(find_bundled_plan())
    >>> len(plan.districts)
    7
    """
    toml = find_plan(path)
    settings = read_settings(toml)
    specs, problems = read_specs(settings, toml)
    raise_if(problems)
    rule, _ = read_classification(settings.get("classification"), toml.name)
    if rule is not None and "profile" not in specs:
        message = "[classification] needs the figures of [profile]"
        raise InputError(Problem(toml.name, message, way_out='add [profile] with file = "profile.csv"'))
    origins, problems = read_origins(settings, toml)
    raise_if(problems)
    around = read_surroundings(settings, toml) if surroundings else []
    about = settings.get("plan", {})
    more_specs = read_more_specs(settings, toml)
    placed_by = "locations" if "locations" in settings else "spending"
    review = beside(toml, table_key(settings, placed_by, "review"))
    plan = _assemble(
        specs,
        title=str(about.get("title", toml.resolve().parent.name)),
        subtitle=str(about.get("subtitle", "")),
        illustrative=str(about.get("illustrative", "")),
        attributes=more_specs.get("attributes"),
        origins=[*origins, *sources],
        vintages=read_vintages(settings, toml),
        stream=stream,
        rule=rule,
        review=review,
    )
    given = {"review": review, "water": plan.water}
    more = files_read(more_specs) | {name: path for name, path in given.items() if path is not None}
    more |= {f"map {at}": layer.path for at, layer in enumerate(around, 1)}
    return replace(
        plan,
        vintage=str(table_key(settings, "districts", "vintage") or ""),
        vintages=read_vintages(settings, toml),
        currency=str(about.get("currency", "")),
        periods=read_periods(about.get("periods", ())),
        notes=(*about.get("notes", ()), *plan.notes),
        rates=more_specs.get("rates"),
        rate_rules=read_rate_rules(settings),
        deflators=more_specs.get("deflators"),
        files={"plan": toml, **plan.files, **more},
        surroundings=tuple(
            replace(layer, features=move_beside(layer.features, plan.districts)) for layer in around
        ),
        basemap=settings.get("map", {}).get("basemap", "") if surroundings else "",
        translations=settings.get("translations", {}),
        travel=read_travel(settings.get("travel"), toml.name)[0],
    )


def make_plan(
    *,
    districts: TableInput,
    locations: TableInput | None = None,
    spending: TableInput | None = None,
    projects: TableInput | None = None,
    profile: TableInput | None = None,
    sources: Sequence[Origin] = (),
    title: str = "Plan",
    currency: str = "",
    stream: bool = False,
    empty: str = "refuse",
) -> Plan:
    """Make a plan from tables in memory, from single files, or from both, and check it.

    A table in memory is a DataFrame, a GeoDataFrame, or a table of Arrow, polars or DuckDB. It passes the same checks
    as a file. Columns are found by their names in the schema or by common synonyms (P-codes, AidData).

    Parameters
    ----------
    districts : table or path
    locations : table or path, optional
        Without it, each row of ``spending`` gives its own place.
    spending : table or path, optional
        Locations and spending may come from ``sources`` instead.
    projects, profile : table or path, optional
    sources : sequence of Origin
        IATI files, releases of AidData, OC4IDS packages.
    title : str
    currency : str
        Currency of the amounts, if ``spending`` has no such column.
    stream : bool
        Leave Parquet files on disk as in `read_plan`.
    empty : str
        ``refuse`` districts whose shape is empty, or ``leave out``.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        With every problem of every table. Rows of tables in memory are counted from 1.
    UsageError
        There are neither amounts nor locations, or a table is none.
    """
    given = {
        "districts": districts,
        "profile": profile,
        "projects": projects,
        "locations": locations,
        "spending": spending,
    }
    specs = name_tables(
        {name: table for name, table in given.items() if table is not None}, currency=currency
    )
    specs["districts"] = replace(specs["districts"], empty=empty)
    if not sources and spending is None and locations is None:
        raise UsageError(
            "give spending, locations for a plan without money, or a source of several tables such as an IATI file"
        )
    return _assemble(specs, title=title, origins=sources, stream=stream)


def _assemble(
    specs: Mapping[str, FileSpec],
    *,
    title: str,
    subtitle: str = "",
    illustrative: str = "",
    attributes: FileSpec | None = None,
    origins: Sequence[Origin] = (),
    vintages: Mapping[str, Mapping[str, FileSpec]] | None = None,
    stream: bool = False,
    rule: ClassificationRule | None = None,
    review: Path | None = None,
) -> Plan:
    """Read all tables, collect their problems, then check the tables against each other."""
    import geopandas as gpd

    # Merging by identifier needs all rows of all sources, so sources are read whole.
    datasets = left_on_disk(specs) if stream and not origins else {}
    given, specs = specs, {name: spec for name, spec in specs.items() if name not in datasets}
    datasets = split_lists(datasets)
    is_flat = "locations" not in given and not origins
    specs = split_lists(specs) if is_flat else specs
    read_ones = spell_projects_alike(read_tables(specs, {**TABLES, "profile": with_indicators(rule)}))
    named_districts: tuple[tuple[str, str], ...] = ()
    if attributes is not None and not read_ones["districts"].problems:
        layer_alone = read_ones["districts"]
        read_ones["districts"], named_districts = with_attributes(
            layer_alone, attributes, _decisions(review, layer_alone)[0]
        )
    if come_from_one_file(specs):
        read_ones = join_rows(read_ones, is_flat=is_flat)
    elif {"locations", "spending"} <= read_ones.keys():
        read_ones = join_named(join_twins(read_ones))
    read_ones = suggest_places(read_ones, is_flat=is_flat)
    decisions, faults = _decisions(review, read_ones["districts"])
    problems = list(
        dict.fromkeys([*(problem for one in read_ones.values() for problem in one.problems), *faults])
    )
    remarks = [remark for conformed in read_ones.values() for remark in conformed.remarks]
    detected = [note for conformed in read_ones.values() for note in conformed.detected]
    accounts = [account for conformed in read_ones.values() for account in conformed.accounts]
    frames = {name: conformed.frame for name, conformed in read_ones.items()}
    frames |= {name: empty_table(name) for name in TABLES if name not in frames}
    sound = {name for name, conformed in read_ones.items() if not conformed.problems}
    if "districts" in sound and "profile" in read_ones and SOURCE_ROW in frames["profile"]:
        coded = code_districts(frames["profile"], frames["districts"], specs["profile"].title, decisions)
        frames["profile"] = coded.frame
        named_districts = tuple(dict.fromkeys((*named_districts, *coded.names)))
        problems = [problem for problem in problems if not coded.explains(problem)] + coded.problems
        remarks += coded.remarks
        detected += coded.remarks
    frames["profile"] = frames["profile"].drop(columns="province", errors="ignore")
    problems += cross_check(frames, specs, sound, vintages)
    layer = as_layer(frames["districts"]) if "districts" in sound and not problems else None
    left_out = None
    if origins:
        own = {name: read_ones[name].frame for name in TABLES_OF_SOURCE if name in sound}
        merged = merge_sources(own, origins, None if layer is None else layer.districts)
        problems += merged.problems
        remarks += merged.remarks
        frames |= merged.frames
        left_out = merged.left_out
        accounts += merged.accounts
    if problems or layer is None:
        raise PlanError(problems, accounts)
    class_notes: list[str] = []
    if rule is not None:
        frames["profile"], class_notes = with_classes(frames["profile"], rule, specs["profile"].title)
    projects = list_projects(frames)
    return Plan(
        title=title,
        subtitle=subtitle,
        districts=layer.districts,
        profile=frames["profile"],
        projects=projects,
        locations=move_beside(
            gpd.GeoDataFrame(frames["locations"], geometry="geometry", crs=CRS), layer.districts
        ),
        spending=fill_from_projects(frames["spending"], projects),
        illustrative=illustrative or describe_illustrative(frames),
        files=files_read(given)
        | {f"source {at:02}": path for at, path in enumerate(files_of(origins), start=1)},
        remarks=tuple(dict.fromkeys((*remarks, *layer.remarks))),
        detected=tuple(dict.fromkeys(detected)),
        accounts=tuple(accounts),
        reviewed=decisions,
        named_districts=named_districts,
        left_out=left_out,
        notes=(*layer.notes, *class_notes, *(() if left_out is None else left_out_lines(left_out))),
        classification=rule,
        datasets=datasets,
        water=specs["districts"].water,
        accepted_gaps=specs["districts"].accepted_gaps,
    )


def _decisions(review: Path | None, districts: Conformed) -> tuple[dict[tuple[str, str], str], list[Problem]]:
    """Return the decisions about names in a reviewed table, and what is wrong with it."""
    if review is None or districts.problems:
        return {}, []
    try:
        return read_decisions(review, districts.frame), []
    except InputError as error:
        return {}, [problem for problem in error.problems if isinstance(problem, Problem)]


def with_rows(plan: Plan, locations: pd.DataFrame, spending: pd.DataFrame) -> Plan:
    """Return a plan with the given locations and amounts: whole projects from its datasets.

    Parameters
    ----------
    plan : Plan
        With ``datasets``.
    locations, spending : DataFrame
        Made by `geoplan.sources.conform`, with all locations of their projects.

    Returns
    -------
    Plan
        Checked like a plan that is read whole.

    Raises
    ------
    InputError
        With every problem from comparing the tables.
    """
    import geopandas as gpd

    frames = {"locations": locations, "spending": spending, "projects": plan.projects}
    # In a flat list the places are in the file of the amounts.
    files = {"locations": plan.files.get("spending"), **plan.files}
    specs = {name: FileSpec(path) for name, path in files.items() if name in frames and path is not None}
    raise_if(cross_check_files(frames, specs))
    projects = plan.projects if "projects" in plan.files else list_projects(frames)
    return replace(
        plan,
        projects=projects,
        locations=move_beside(gpd.GeoDataFrame(locations, geometry="geometry", crs=CRS), plan.districts),
        spending=fill_from_projects(spending, projects),
        illustrative=plan.illustrative or describe_illustrative({**frames, "profile": plan.profile}),
        datasets={},
    )
