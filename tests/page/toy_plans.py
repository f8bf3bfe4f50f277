"""Small synthetic plans: unit squares as districts, amounts that can be added up by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import box
from shapely.geometry import LineString, Point, Polygon

from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.plan.plan_tables import Plan

SPENDING = ("project", "location", "component", "funder", "year", "kind", "currency", "amount_minor")


def frame(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return a table of the schema, missing where a row says nothing."""
    names = TABLES[table].read_names
    made = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
    made[SOURCE_ROW] = range(2, len(rows) + 2)
    made[SOURCE_FILE] = f"{table}.csv"
    return made


def squares(count: int, **changes: Any) -> list[dict[str, Any]]:
    """Return districts as unit squares from west to east: D0, D1, …"""
    return [
        {
            "district": f"D{at}",
            "name": f"District {at}",
            "province": "P",
            "province_name": "Province",
            "geometry": box(at, 0, at + 1, 1),
            **changes,
        }
        for at in range(count)
    ]


def plan_of(
    districts: list[dict[str, Any]],
    projects: list[dict[str, Any]],
    locations: list[dict[str, Any]],
    spending: list[dict[str, Any]],
    profile: list[dict[str, Any]] | None = None,
    **about: Any,
) -> Plan:
    """Return a plan from rows."""
    money = frame("spending", spending)
    for name in ("component", "funder"):
        money[name] = money[name].fillna("")
    money["amount_minor"] = money["amount_minor"].astype("int64")
    money["year"] = money["year"].astype("int64")
    money["rounding"] = pd.Series([Decimal(0)] * len(money), dtype=object)
    people = frame("profile", profile or [])
    for name in ("year", "population", "poor", "poverty_rate"):
        people[name] = pd.to_numeric(people[name])
    places = frame("locations", [{"location": str(at), **row} for at, row in enumerate(locations)])
    for name in ("precision", "share", "lon", "lat"):
        places[name] = pd.to_numeric(places[name])
    return Plan(
        title=about.pop("title", "Toy plan"),
        districts=gpd.GeoDataFrame(frame("districts", districts), geometry="geometry", crs=4326),
        profile=people,
        projects=frame("projects", projects),
        locations=gpd.GeoDataFrame(places, geometry="geometry", crs=4326),
        spending=money,
        **about,
    )


def amount(project: str, cents: int, **changes: Any) -> dict[str, Any]:
    """Return one row of spending."""
    return {
        "project": project,
        "component": "Roads",
        "funder": "Ministry",
        "year": 2010,
        "kind": "budget",
        "currency": "EUR",
        "amount_minor": cents,
        **changes,
    }


def small_plan(**about: Any) -> Plan:
    """Return four squares, with points, a line over two of them, an area, and money in two buckets.

    Budget in EUR: D0 1000.00 + 300.00 (half the line), D1 300.00 (other half), D2 500.00 (area),
    D3 nothing; province-wide 200.00; unlocated 99.99: together 2399.99. Disbursed in EUR: 400.00 in D0.
    Budget in LAK: 7 in D1.
    """
    profile = [
        {
            "district": "D0",
            "year": 2010,
            "population": 1000,
            "poor": 100,
            "poverty_rate": 0.1,
            "poverty_class": "better off",
        },
        {
            "district": "D1",
            "year": 2010,
            "population": 2000,
            "poor": 1000,
            "poverty_rate": 0.5,
            "poverty_class": "poor",
        },
        {"district": "D2", "year": 2010, "poverty_class": "very poor"},
    ]
    projects = [
        {"project": "P1", "title": "Village water"},
        {"project": "P2", "title": "East road", "sector": "transport", "status": "done"},
        {"project": "P3", "title": "Irrigation", "illustrative": True},
        {"project": "P4", "title": "Training"},
        {"project": "P5", "title": "Without a place"},
    ]
    locations = [
        {"project": "P1", "name": "Ban Nong", "geometry": Point(0.25, 0.5)},
        {"project": "P2", "name": "Road 13", "geometry": LineString([(0.5, 0.8), (1.5, 0.8)])},
        {
            "project": "P3",
            "name": "Scheme",
            "geometry": Polygon([(2.2, 0.2), (2.8, 0.2), (2.8, 0.8), (2.2, 0.8)]),
        },
        {"project": "P4", "name": "Province", "precision": 4},
    ]
    spending = [
        amount("P1", 60000, component="Water", year=2010),
        amount("P1", 40000, component="Water", year=2011, funder="Donor"),
        amount("P1", 40000, component="Water", year=2011, kind="disbursement", funder="Donor"),
        amount("P1", 700, component="Water", currency="LAK", year=2012),
        amount("P2", 60000),
        amount("P3", 50000, component="Farming", year=2012),
        amount("P4", 20000, component="Planning"),
        amount("P5", 9999, component="Planning", year=2012),
    ]
    return plan_of(squares(4), projects, locations, spending, profile, **about)


HOSTILE = (
    "<img src=x onerror=\"window.canary='img'\">",
    "</script><script>window.canary='script'</script>",
    "${window.canary='template'}",
    "`${window.canary='tick'}`",
    "{{ 7*7 }}{% raw %}{# #}",
    "'\"><svg onload=window.canary='svg'>",
    "a\u2028b\u2029c",
    "\u202eesrever\u202c \u2067rtl\u2069",
    '=HYPERLINK("http://evil")',
    "javascript:window.canary='url'",
    "<!--<script>",
    "&lt;b&gt; &amp;",
    "x" * 10_000,
    "\x00\x07 controls",
)
"""Texts that must come out as text."""


def hostile_plan() -> Plan:
    """Return a plan in which every text is hostile."""
    count = len(HOSTILE)
    districts = [
        {
            "district": f"{text}#{at}",
            "name": text,
            "name_lo": text,
            "province": text,
            "province_name": text,
            "source": text,
            "geometry": box(at, 0, at + 1, 1),
        }
        for at, text in enumerate(HOSTILE)
    ]
    profile = [
        {
            "district": f"{text}#{at}",
            "year": 2010,
            "population": 10,
            "poor": 5,
            "poverty_class": text,
            "source": text,
        }
        for at, text in enumerate(HOSTILE)
    ]
    projects = [
        {"project": f"{text}#{at}", "title": text, "sector": text, "status": text}
        for at, text in enumerate(HOSTILE)
    ]
    locations = [
        {
            "project": f"{text}#{at}",
            "location": text,
            "name": text,
            "source": text,
            "geometry": Point(at + 0.5, 0.5),
        }
        for at, text in enumerate(HOSTILE)
    ]
    spending = [
        amount(f"{text}#{at}", 100 * (at + 1), component=text, funder=HOSTILE[(at + 1) % count], source=text)
        for at, text in enumerate(HOSTILE)
    ]
    return plan_of(
        districts,
        projects,
        locations,
        spending,
        profile,
        title=HOSTILE[1] + HOSTILE[0],
        subtitle=HOSTILE[4],
        illustrative=HOSTILE[0],
    )
