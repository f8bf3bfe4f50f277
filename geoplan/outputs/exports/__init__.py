"""Exports: write a plan and its ledger in formats for other programs, one module per format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.analysis.funder_names import has_joint_money
from geoplan.ledger.entries import Ledger, build_ledger
from geoplan.model.errors import UsageError, show_value
from geoplan.model.optional_libraries import check_arrow
from geoplan.outputs.exports.iati_file import Publisher, sidecar_path
from geoplan.outputs.exports.wkt import write_wkt
from geoplan.outputs.exports.written_tables import LAYERS, WRITTEN, written_tables
from geoplan.outputs.text_tables import closing_lines, illustrative_lines, write_csv
from geoplan.outputs.whole_files import fill_text, replacing, replacing_all

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.plan.plan_tables import Plan

SUFFIXES = (".gpkg", ".parquet", ".geojson", ".fgb", ".csv", ".xlsx", ".xml")
LEDGER_SUFFIXES = (".csv", ".parquet", ".gpkg", ".xlsx")
_WHOLE = (".gpkg", ".xlsx")
_GEOGRAPHIC = (".geojson", ".fgb")


def export_plan(
    plan: Plan,
    target: str | Path,
    *,
    ledger: Ledger | None = None,
    table: str | None = None,
    publisher: Publisher | None = None,
) -> list[Path]:
    """Write a plan and its ledger in the format of the target's suffix.

    Parameters
    ----------
    plan : Plan
    target : str or Path
        ``.gpkg`` (all tables, with stored styles), ``.xlsx`` (all tables), ``.parquet`` (GeoParquet
        1.1), ``.geojson`` (RFC 7946), ``.fgb`` (FlatGeobuf), ``.csv``: one table each; ``.xml``
        (IATI 2.03 activities, and beside them ``NAME.districts.csv``).
    ledger : Ledger, optional
        Ledger of the plan; built if it is not given.
    table : str, optional
        One of ``districts, locations, projects, profile, spending, ledger, funders``. By default all of them if the
        format can store several tables (funders only if some pay together), the ledger for ``.csv``, else the districts.
    publisher : Publisher, optional
        For ``.xml``.

    Returns
    -------
    list of Path
        The files written, the target first.

    Raises
    ------
    UsageError
        The suffix is unknown, a table without geometry goes to a format for layers, or the target cannot be written.
        An existing file stays unchanged then.
    """
    target = Path(target)
    names = chosen_tables(target, table)
    ledger = build_ledger(plan) if ledger is None else ledger
    if target.suffix.lower() == ".xml":
        return _write_iati(plan, ledger, target, publisher or Publisher())
    write_tables(plan, ledger, target, names)
    return [target]


def write_ledger(plan: Plan, ledger: Ledger, target: Path) -> None:
    """Write a ledger as ``.csv``, ``.parquet``, ``.xlsx``, or as ``.gpkg`` together with the districts."""
    suffix = target.suffix.lower()
    if suffix not in LEDGER_SUFFIXES:
        raise UsageError(
            f"a ledger cannot be written as {show_value(target.name)}: end it in {', '.join(LEDGER_SUFFIXES)}"
        )
    write_tables(plan, ledger, target, ("districts", "ledger") if suffix == ".gpkg" else ("ledger",))


def chosen_tables(target: Path, table: str | None) -> tuple[str, ...]:
    """Return the tables to write to a target, or raise `UsageError` if its format cannot store them."""
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"there is no export to {show_value(target.name)}: end it in {', '.join(SUFFIXES)}")
    if suffix == ".xml" and table is not None:
        raise UsageError("an IATI file holds activities, not a table: leave the table out")
    if table is not None and table not in WRITTEN:
        raise UsageError(f"there is no table {show_value(table)}: choose from {', '.join(WRITTEN)}")
    if suffix in _GEOGRAPHIC and table is not None and table not in LAYERS:
        raise UsageError(
            f"{suffix} is for layers ({', '.join(LAYERS)}), and {table} has no geometry: "
            "write it as .csv, .parquet, .xlsx or .gpkg"
        )
    if table is not None:
        return (table,)
    if suffix in _WHOLE:
        return WRITTEN
    return ("ledger",) if suffix == ".csv" else ("districts",)


def write_tables(plan: Plan, ledger: Ledger, target: Path, names: tuple[str, ...]) -> None:
    """Write tables of a plan, named in `geoplan.outputs.exports.written_tables.WRITTEN`, to one file.

    Among several tables, that of the funders is written only if some of them pay together: else the ledger says it all.
    """
    if len(names) > 1 and not has_joint_money(ledger):
        names = tuple(name for name in names if name != "funders")
    if target.suffix.lower() == ".parquet":
        check_arrow()
    tables = written_tables(plan, ledger, only=names)
    about = about_lines(plan, ledger)
    first = names[0]
    with replacing(target) as temporary:
        match target.suffix.lower():
            case ".gpkg":
                _write_geopackage(tables, ledger, about, temporary)
            case ".xlsx":
                _write_workbook(tables, about, temporary)
            case ".parquet":
                from geoplan.outputs.exports.geoparquet import write_parquet

                write_parquet(tables[first], temporary, about="\n".join(about))
            case ".geojson":
                from geoplan.outputs.exports.geojson import write_geojson

                write_geojson(tables[first], temporary, name=first, about="\n".join(about))
            case ".fgb":
                from geoplan.outputs.exports.flatgeobuf import write_flatgeobuf

                write_flatgeobuf(tables[first], temporary, name=first, about="\n".join(about))
            case _:
                fill_text(temporary, [write_csv(with_wkt(tables[first]))])


def about_lines(plan: Plan, ledger: Ledger) -> list[str]:
    """Return the description of a file: title, reconciliation, notes, and which figures are illustrative."""
    return [line for line in (plan.title, plan.subtitle, *closing_lines(ledger)) if line]


def _write_geopackage(tables: dict[str, pd.DataFrame], ledger: Ledger, about: list[str], path: Path) -> None:
    import pandas as pd

    from geoplan.outputs.exports.geopackage import write_geopackage
    from geoplan.outputs.exports.styles import layer_styles

    styles = layer_styles(tables.get("districts"), tables.get("locations"), ledger)
    write_geopackage(tables, path, about=pd.DataFrame({"about": about}), styles=styles)


def _write_workbook(tables: dict[str, pd.DataFrame], about: list[str], path: Path) -> None:
    from geoplan.outputs.exports.losses import too_long
    from geoplan.outputs.workbook import write_workbook

    sheets = {}
    for name, frame in tables.items():
        # A truncated geometry is useless. If one is too long for a cell, the whole column is left out.
        flat = (
            frame.drop(columns="geometry") if "geometry" in frame and too_long(frame["geometry"]) else frame
        )
        sheets[name.capitalize()] = with_wkt(flat)
    write_workbook(path, sheets, about)


def with_wkt(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert geometries to WKT, for formats without geometries."""
    if "geometry" not in frame:
        return frame
    import pandas as pd

    texts = write_wkt(frame["geometry"].to_numpy())
    return pd.DataFrame(frame.drop(columns="geometry")).assign(geometry=texts)


def _write_iati(plan: Plan, ledger: Ledger, target: Path, publisher: Publisher) -> list[Path]:
    from geoplan.outputs.exports.iati_file import activity_identifiers, district_amounts, write_activities

    tables = written_tables(plan, ledger, only=["spending", "ledger"])
    identifiers = activity_identifiers(
        sorted({*plan.projects["project"], *plan.spending["project"], *plan.locations["project"]}), publisher
    )
    notes = [*ledger.notes, *illustrative_lines(ledger)]
    targets = [target, sidecar_path(target)]
    with replacing_all(targets) as (activities, amounts):
        write_activities(
            plan, tables["spending"], activities, publisher=publisher, identifiers=identifiers, notes=notes
        )
        fill_text(amounts, [write_csv(district_amounts(tables["ledger"], identifiers))])
    return targets
