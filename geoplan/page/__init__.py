"""The page: a plan and its ledger as one self-contained HTML file that opens from a USB stick.

Belongs here: what the map shows as plain data (`page_data`, `ledger_columns`, `topology`,
`extras`), the one module that uses Folium (`folium_map`), the page's script and style
(`assets`), and the map as a vector picture (`svg_map`).

Does not belong here: new figures; everything on the page comes from the ledger and `analysis`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger
    from geoplan.page.extras import DistrictMeasure, ExtraLayer
    from geoplan.page.folium_map import PlanMap
    from geoplan.plan.plan_tables import Plan

__all__ = ["build_map", "render_page"]


def build_map(
    plan: Plan,
    *,
    ledger: Ledger | None = None,
    measure: str = "amount",
    measures: Sequence[DistrictMeasure] = (),
    layers: Sequence[ExtraLayer] = (),
    compare: Plan | None = None,
    compare_ledger: Ledger | None = None,
    basemap: str | Mapping[str, Any] | None = None,
) -> PlanMap:
    """Build the map of a plan: districts by a measure, projects, and the money that is not on the map.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger, optional
        The plan's ledger, if it exists already.
    measure : str
        Measure that colours the districts when the page opens: one of `geoplan.page.page_data.MEASURES`, or the
        key of an extra measure.
    measures : sequence of DistrictMeasure
        Additional figures that can colour the districts.
    layers : sequence of ExtraLayer
        Additional points, lines and areas on the map, from bottom to top.
    compare : Plan, optional
        Another plan, or the same plan on another vintage, for a second map next to the first.
    compare_ledger : Ledger, optional
        Its ledger, if it exists already.
    basemap : str or xyzservices.TileProvider, optional
        Tiles under the districts when the reader is online: the provider's name, or a provider with its
        key [default: the basemap of the plan file]; ``none`` turns it off. The page then requests images
        from that provider's hosts, and from no others.

    Returns
    -------
    PlanMap
        A `folium.Map` that shows in a notebook cell; ``save`` writes it. You can add other Folium layers. The page loads nothing from the
        network except a basemap, and what added layers need.

    Raises
    ------
    UsageError
        A measure or basemap does not exist, or an extra measure, layer or basemap cannot be shown.
    """
    from geoplan.ledger.entries import build_ledger
    from geoplan.page.folium_map import PlanMap
    from geoplan.page.page_data import page_data
    from geoplan.plan.basemap import describe_basemap, name_basemap

    built = build_ledger(plan) if ledger is None else ledger
    other = None
    if compare is not None:
        other = page_data(compare, build_ledger(compare) if compare_ledger is None else compare_ledger)
    if not plan.has_money:
        from geoplan.page.count_measures import count_measures

        measures = [*count_measures(plan), *measures]
        measure = measures[0].key if measure == "amount" else measure
    provider = name_basemap(plan.basemap if basemap is None else basemap)
    ground = None if provider is None else describe_basemap(provider)
    return PlanMap(
        page_data(plan, built, measure=measure, measures=measures, layers=layers, other=other, basemap=ground)
    )


def render_page(map: PlanMap) -> str:
    """Return the page of a map as the text of one HTML file, to be written as UTF-8."""
    return map.to_html()
