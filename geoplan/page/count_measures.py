"""Measures for the map of a plan without money: projects and places in each district."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geoplan.ledger.place_counts import count_places
from geoplan.model.schema import DISTRICT
from geoplan.page.extras import DistrictMeasure

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_LABELS = {
    "projects": {"en": "Projects", "fr": "Projets", "lo": "ໂຄງການ"},
    "places": {"en": "Places of projects", "fr": "Lieux des projets", "lo": "ສະຖານທີ່ຂອງໂຄງການ"},
}


def count_measures(plan: Plan) -> list[DistrictMeasure]:
    """Return how many projects, and places of projects, each district has."""
    counts = count_places(plan, ["district"])
    inside = counts[counts["place"] == DISTRICT].set_index("district")
    return [DistrictMeasure(f"count_{key}", label, inside[key]) for key, label in _LABELS.items()]
