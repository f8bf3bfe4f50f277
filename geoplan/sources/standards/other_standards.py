"""Other standards: published JSON files that geoplan does not read, and how a plan file reads their tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class OtherStandard(NamedTuple):
    """A standard that geoplan recognises, and the way to read its data."""

    name: str
    way_out: str


_OCDS = OtherStandard(
    "Open Contracting (OCDS) releases or records",
    'save its contracts as CSV, and read that with [spending] file = "contracts.csv" '
    '[spending.columns] project = "ocid", amount = "value/amount", currency = "value/currency", '
    'year = "dateSigned" [spending.constant] kind = "commitment"',
)
_GRANTS = OtherStandard(
    "360Giving grants",
    'save it as CSV, and read that with [spending] file = "grants.csv" '
    '[spending.columns] project = "Identifier", amount = "Amount Awarded", currency = "Currency", '
    'year = "Award Date", funder = "Funding Org:Name" [spending.constant] kind = "commitment"; '
    '[locations] file = "grants.csv" [locations.columns] project = "Identifier", '
    'lat = "Beneficiary Location:0:Latitude", lon = "Beneficiary Location:0:Longitude"',
)
_WORLD_BANK = OtherStandard(
    "World Bank projects",
    'save it as CSV, and read that with [spending] file = "projects.csv" '
    '[spending.columns] project = "id", amount = "totalamt", year = "boardapprovaldate" '
    '[spending.constant] kind = "commitment", currency = "USD"',
)
_FISCAL = OtherStandard(
    "a Fiscal Data Package",
    'read the CSV that its resources name, with [spending] file = "…" and in [spending.columns] '
    "the headers that its model names for project, amount and year",
)


def recognise_standard(content: Any) -> OtherStandard | None:
    """Return the standard of a JSON document, or None if it is not one of those that geoplan recognises.

    >>> recognise_standard({"grants": []}).name
    '360Giving grants'
    """
    if not isinstance(content, Mapping):
        return None
    projects = content.get("projects")
    if "grants" in content:
        return _GRANTS
    if "ocid" in content or isinstance(content.get("releases", content.get("records")), list):
        return _OCDS
    if isinstance(projects, Mapping):
        return _WORLD_BANK
    if "resources" in content and ("model" in content or "fiscal" in str(content.get("profile", ""))):
        return _FISCAL
    return None
