"""Count tables: projects and places by district, component and funder, for plans without money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geoplan.ledger.place_counts import count_lines, count_places
from geoplan.model.errors import UsageError
from geoplan.model.schema import CRS, DISTRICT, SOURCE_FILE, SOURCE_ROW
from geoplan.outputs.text_tables import write_csv
from geoplan.outputs.whole_files import replacing, write_text

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

COUNT_FORMATS = (".gpkg", ".geojson", ".csv", ".xlsx")
_GROUPS = ("district", "component", "funder", "sector", "place")


def count_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Return projects and places by district, component, funder, sector and place; tables with one empty group are left out."""
    tables = {name: count_places(plan, [name]) for name in _GROUPS}
    return {name: table for name, table in tables.items() if table[name].notna().any()}


def write_counts(plan: Plan, target: Path) -> None:
    """Write the counts of a plan without money: districts with their shapes for a GIS, or tables.

    Parameters
    ----------
    plan : Plan
    target : Path
        One of `COUNT_FORMATS`.

    Raises
    ------
    UsageError
        The format needs amounts, or is unknown.
    """
    suffix = target.suffix.lower()
    if suffix not in COUNT_FORMATS:
        raise UsageError(
            f"{target.name}: a plan without money is written as {', '.join(COUNT_FORMATS)}: choose one of these"
        )
    if suffix == ".csv":
        write_text(target, write_csv(count_places(plan)))
        return
    with replacing(target) as temporary:
        if suffix == ".xlsx":
            from geoplan.outputs.workbook import write_workbook

            named = {f"by {name}": table for name, table in count_tables(plan).items()}
            write_workbook(temporary, named, [*count_lines(plan), *plan.notes], title=plan.title)
            return
        districts = _districts(plan)
        if suffix == ".geojson":
            from geoplan.outputs.exports.geojson import write_geojson

            write_geojson(districts, temporary, name="districts", about=" ".join(count_lines(plan)))
            return
        from geoplan.outputs.exports.geopackage import write_geopackage

        locations = plan.locations.drop(columns=[SOURCE_FILE, SOURCE_ROW])
        about = pd.DataFrame({"line": [plan.title, *count_lines(plan), *plan.notes]})
        write_geopackage({"districts": districts, "locations": locations}, temporary, about=about)


def _districts(plan: Plan) -> gpd.GeoDataFrame:
    """Return the districts with their counts."""
    counts = count_places(plan)
    inside = counts[counts["place"] == DISTRICT][["district", "projects", "places"]]
    named = plan.districts[["district", "name", "province", "province_name", "geometry"]]
    return gpd.GeoDataFrame(named.merge(inside, on="district", how="left"), geometry="geometry", crs=CRS)
