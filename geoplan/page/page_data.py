"""The page as plain data: districts, projects, locations and the ledger, as columns of whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.geo.boundaries import geodesic_area
from geoplan.ledger.coarse_money import COARSE
from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.entries import Ledger
from geoplan.ledger.hexagons import gather_locations
from geoplan.ledger.placement import PRECISION_PROVINCE
from geoplan.ledger.poverty_classes import order_classes
from geoplan.ledger.summary import described_districts
from geoplan.model.errors import UsageError, show_value
from geoplan.model.money import minor_digits
from geoplan.model.schema import BUCKETS, STANDS_FOR
from geoplan.page.about import equity_sentences, tell_about
from geoplan.page.catalogues import read_catalogues
from geoplan.page.extras import (
    DistrictMeasure,
    ExtraLayer,
    layer_columns,
    measure_columns,
    surrounding_layers,
)
from geoplan.page.ledger_columns import (
    crowd_columns,
    ledger_columns,
    list_members,
    pack,
    reconciliation_rows,
)
from geoplan.page.topology import (
    ScreenGrid,
    draw_districts,
    draw_parts,
    label_points,
    lay_grid,
    point_coordinates,
)
from geoplan.plan.project_links import find_link_columns

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

MEASURES = (
    "amount",
    "certain",
    "expected",
    "at_most",
    "per_person",
    "per_poor_person",
    "share",
    "component_share",
    "targeting_ratio",
    "poverty_class",
    "money_and_poverty",
    "money_per_person_and_poverty",
)
"""Measures that can colour the districts."""


def page_data(
    plan: Plan,
    ledger: Ledger,
    *,
    measure: str = "amount",
    measures: Sequence[DistrictMeasure] = (),
    layers: Sequence[ExtraLayer] = (),
    other: dict[str, Any] | None = None,
    basemap: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a plan and its ledger as plain data for the page.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
    measure : str
        Among `MEASURES`, or the key of one of the extra measures.
    measures : sequence of DistrictMeasure
    layers : sequence of ExtraLayer
    other : dict, optional
        Data of another plan, from this function, for a second map.
    basemap : dict, optional
        From `geoplan.plan.basemap.describe_basemap`.

    Returns
    -------
    dict
        Ready for JSON: no NaN, amounts in whole minor units, coordinates in cells of ``grid``.
        Tables are columns; rows refer to each other by position.

    Raises
    ------
    UsageError
        A measure does not exist, or an extra measure or layer cannot be shown.
    """
    districts = plan.districts.sort_values("district", ignore_index=True)
    extra_measures = measure_columns(measures, list(districts["district"]), MEASURES)
    own = MEASURES if plan.has_money else ("poverty_class",)
    names = [*own, *(extra["key"] for extra in extra_measures)]
    if measure not in names:
        raise UsageError(f"unknown measure {show_value(measure)}: choose from {', '.join(names)}")
    if ledger.crowds is None:
        plan, ledger = gather_locations(plan, ledger)
    locations = plan.locations.sort_values(["project", "location"], ignore_index=True)
    projects = plan.projects.sort_values("project", ignore_index=True)
    shapes = np.asarray(districts.geometry.to_numpy(), dtype=object)
    grid = lay_grid(shapes)
    return {
        "title": plan.title,
        "subtitle": plan.subtitle,
        "illustrative": plan.illustrative,
        "measure": measure,
        "measures": names,
        "extra_measures": extra_measures,
        "buckets": list(BUCKETS),
        "coarse": list(COARSE),
        "currencies": {code: minor_digits(code) for code in ledger.currencies},
        "grid": {"west": grid.west, "south": grid.south, "step": grid.step},
        "districts": _district_columns(
            districts, ledger, grid.unwrap(shapes), grid, grid.unwrap(_marked_shapes(locations))
        ),
        "projects": _project_columns(projects, plan),
        "locations": _location_columns(locations, projects, grid),
        "layers": layer_columns([*surrounding_layers(plan), *layers], grid, grid.unwrap(shapes)),
        "ledger": ledger_columns(ledger, locations, projects),
        "crowds": crowd_columns(ledger, districts["district"]),
        "reconciliation": reconciliation_rows(plan, ledger),
        "basemap": basemap,
        "about": tell_about(plan, ledger),
        "equity": equity_sentences(ledger),
        "other": None if other is None else {key: part for key, part in other.items() if key != "messages"},
        "words": {language: dict(texts) for language, texts in plan.translations.items()},
        "messages": read_catalogues(),
    }


# --- districts ------------------------------------------------------------------------------


def _district_columns(
    districts: gpd.GeoDataFrame, ledger: Ledger, shapes: Any, grid: ScreenGrid, marked: Any
) -> dict[str, Any]:
    described = ledger.districts.set_index("district").reindex(districts["district"])
    complete = complete_figures(ledger.districts)
    figures = complete.set_index("district").reindex(districts["district"])
    classes, ordered = order_classes(complete)
    arcs, rings = draw_districts(shapes, grid, point_coordinates(marked))
    return {
        "code": _texts(districts["district"]),
        "name": _texts(described["name"]),
        "name_lo": _texts(districts["name_lo"]) if "name_lo" in districts else [None] * len(districts),
        "province": _texts(
            described["province_name"].where(described["province_name"].notna(), described["province"])
        ),
        "province_at": _province_positions(ledger, districts),
        "population": _numbers(described["population"]),
        "poor": _numbers(figures["poor"]),
        "poverty_rate": _numbers(described["poverty_rate"]),
        "poverty_class": [
            classes.index(name) if name is not None else -1 for name in _texts(described["poverty_class"])
        ],
        "classes": classes,
        "classes_ordered": ordered,
        "arcs": arcs,
        "rings": rings,
        "label": label_points(shapes, grid),
        **_areas(shapes, ledger),
    }


def _areas(shapes: Any, ledger: Ledger) -> dict[str, list[int]]:
    """Return areas in square metres, if there is coarse money to spread by area."""
    if not ledger.entries["place"].isin(COARSE).any():
        return {}
    return {"area": [round(area) for area in geodesic_area(shapes)]}


def _province_positions(ledger: Ledger, districts: pd.DataFrame) -> list[int]:
    """Return the position of each district's province in the ledger's list of provinces."""
    codes = described_districts(ledger).set_index("district")["province"].reindex(districts["district"])
    provinces = sorted(set(codes))
    return [provinces.index(code) for code in codes]


# --- projects and their locations -----------------------------------------------------------


def _project_columns(projects: pd.DataFrame, plan: Plan) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "project": _texts(projects["project"]),
        "title": _texts(projects["title"]),
        "sector": _coded(projects["sector"]),
        "status": _coded(projects["status"]),
    }
    columns["sector"]["members"] = list_members(columns["sector"]["names"])
    links = {name: _texts(projects[name]) for name in find_link_columns(projects)}
    if links:
        columns["links"] = links
    for name in ("start", "end"):
        if name in projects and projects[name].notna().any():
            columns[name] = _texts(projects[name])
    made_up = {code for table in (plan.projects, plan.spending) for code in _flagged(table)["project"]}
    columns["illustrative"] = [at for at, code in enumerate(columns["project"]) if code in made_up]
    return columns


def _flagged(table: pd.DataFrame) -> pd.DataFrame:
    if "illustrative" not in table:
        return table.iloc[:0]
    return table[table["illustrative"].eq(True).fillna(False).to_numpy(dtype=bool)]


def _location_columns(
    locations: gpd.GeoDataFrame, projects: pd.DataFrame, grid: ScreenGrid
) -> dict[str, Any]:
    position = {code: at for at, code in enumerate(projects["project"])}
    flagged = _flagged(locations.reset_index())
    shapes = _marked_shapes(locations)
    return {
        "project": pack(pd.Series([position.get(code, -1) for code in locations["project"]], dtype=np.int64)),
        "rows": len(locations),
        "name": _own_names(locations, projects),
        "illustrative": [int(at) for at in flagged["index"]] if len(flagged) else [],
        "coarse": int(_is_coarse(locations).sum()),
        "stands_for": pack(locations[STANDS_FOR]) if STANDS_FOR in locations else None,
        **draw_parts(grid.unwrap(shapes), grid),
    }


def _marked_shapes(locations: gpd.GeoDataFrame) -> Any:
    """Return the shapes that get a mark: the point of a province or country is not a site."""
    shapes = np.asarray(locations.geometry.to_numpy(), dtype=object).copy()
    shapes[_is_coarse(locations)] = None
    return shapes


def _is_coarse(locations: pd.DataFrame) -> Any:
    return (locations["precision"].astype(float) >= PRECISION_PROVINCE).to_numpy()


def _own_names(locations: pd.DataFrame, projects: pd.DataFrame) -> list[str | None]:
    """Return names of locations, without those that only repeat the project's title."""
    titles = projects.set_index("project")["title"].reindex(locations["project"]).to_numpy()
    return _texts(locations["name"].where(locations["name"].to_numpy() != titles))


# --- columns --------------------------------------------------------------------------------


def _texts(values: Iterable[Any]) -> list[str | None]:
    return [None if pd.isna(value) else str(value) for value in values]


def _numbers(values: pd.Series[Any]) -> list[float | int | None]:
    """Return numbers, whole numbers as int, and None for missing and infinite ones."""
    found: list[float | int | None] = []
    for value in values.astype(float):
        if not np.isfinite(value):
            found.append(None)
        else:
            found.append(int(value) if value == int(value) else float(value))
    return found


def _coded(values: pd.Series[Any]) -> dict[str, Any]:
    """Return a column of strings as a list of names and positions in it (-1 for missing)."""
    codes, names = pd.factorize(values.astype(object), sort=True)
    return {"names": [str(name) for name in names], "at": pack(pd.Series(codes, dtype=np.int64))}
