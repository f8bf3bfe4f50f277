"""Random small plans on the three squares of the toy plan, with text as people (and attackers) write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from geoplan.outputs.text_tables import write_csv
from geoplan.plan.plan_tables import Plan, read_plan

from ...conftest import DISTRICTS, TOML

SAMPLES = (
    "=HYPERLINK(\"http://x\")", "+856 20", "-1", "@SUM(A1)", "'=1", "''quoted''", "<b>bold</b> & co", "a,b;c\"d\"",
    "ບໍລິຄັນ", "ເມືອງ ປາກກະດິງ", "Pak\u00adkading", "two\nlines", "2011-05-06", "007", "1e3", "NULL", "nan", "é", "e\u0301",
    "_x0041_", "C:\\path", "\U0001f3eb school", '{"a":1}', "[1, 2]", "x" * 300,
)  # fmt: skip
GEOMETRIES = (
    None, "POINT (0.5 0.5)", "POINT (1.123456789012345 0.25)", "POINT (9 9)", "LINESTRING (0.1 0.5, 2.9 0.6)",
    "POLYGON ((0.5 0.1, 0.5 0.4, 1.5 0.4, 1.5 0.1, 0.5 0.1))", "MULTIPOINT (0.5 0.5, 2.5 0.5)",
)  # fmt: skip
TABLES = ("profile", "projects", "locations", "spending")


def texts(*, missing: bool = True) -> st.SearchStrategy[Any]:
    """Return text without surrounding space, as every reader strips it."""
    free = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=12)
    known = st.sampled_from(SAMPLES) | free.map(str.strip).filter(bool)
    return st.none() | known if missing else known


def codes(prefix: str) -> st.SearchStrategy[str]:
    return st.integers(1, 4).map(lambda number: f"{prefix}{number}")


amounts = st.decimals(0, 10**11, places=2, allow_nan=False, allow_infinity=False) | st.sampled_from(
    ["0", "0.005", "999999999999.99", "1234.5678", "0.1"]
)
years = st.integers(1990, 2030)
dates = st.none() | st.dates().map(lambda day: day.replace(year=2000 + day.year % 100).isoformat())
flags = st.sampled_from(["yes", "no", None])

_ROWS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "profile": {
        "district": st.sampled_from("ABC"), "year": years, "population": st.none() | st.integers(100, 10**6),
        "poor": st.none() | st.integers(0, 100), "poverty_rate": st.none() | st.floats(0, 1),
        "poverty_class": texts(), "source": texts(), "illustrative": flags,
    },
    "projects": {
        "project": codes("P"), "title": texts(), "sector": texts(), "status": texts(), "start": dates, "end": dates,
        "component": texts(), "funder": texts(), "plan_item": texts(),
        "plan_level": st.sampled_from([None, "district", "national", "none"]), "on_budget": flags, "illustrative": flags,
    },
    "locations": {
        "project": codes("P"), "location": codes("L"), "name": texts(), "precision": st.none() | st.integers(1, 9),
        "exactness": st.sampled_from([None, 1, 2]), "location_class": st.sampled_from([None, 1, 2, 3, 4]),
        "admin_level": st.sampled_from([None, 0, 1, 2]),
        "district": st.sampled_from([None, "A", "Alfa", "Beta"]), "province": st.sampled_from([None, "P1", "North"]),
        "geometry": st.sampled_from(GEOMETRIES), "source": texts(), "illustrative": flags,
    },
    "spending": {
        "project": codes("P"), "component": texts(), "funder": texts(), "year": years, "value_date": dates,
        "kind": st.sampled_from(["budget", "disbursement"]), "currency": st.sampled_from(["EUR", "LAK", "JPY", "KWD"]),
        "amount": amounts, "source": texts(), "illustrative": flags, "remark": texts(),
    },
}  # fmt: skip
_KEYS = {"profile": ("district", "year"), "projects": ("project",), "locations": ("project", "location")}


@st.composite
def plan_rows(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Draw the rows of the four tables; projects and keys hold together."""
    rows = {}
    for table, columns in _ROWS.items():
        found = draw(st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=5))
        rows[table] = list(
            {tuple(row[name] for name in _KEYS.get(table, columns)): row for row in found}.values()
        )
    for row in rows["projects"]:
        if row["plan_level"] in ("district", "national"):
            row["plan_item"] = row["plan_item"] or "4.1"
        elif row["plan_level"] == "none":
            row["plan_item"] = None
    listed = {row["project"] for row in rows["projects"]}
    for table in ("locations", "spending"):
        for row in rows[table]:
            if row["project"] not in listed:
                row["project"] = sorted(listed)[0]
    seen: set[tuple[str, str]] = set()
    kept = []
    for row in rows["locations"]:
        if (row["project"], row["location"]) not in seen:
            seen.add((row["project"], row["location"]))
            kept.append(row)
    rows["locations"] = kept
    return rows


def plan_of(rows: dict[str, list[dict[str, Any]]], folder: Path) -> Plan:
    """Write drawn rows as a plan folder and read it."""
    for table in TABLES:
        frame = pd.DataFrame(rows[table], dtype=object)
        (folder / f"{table}.csv").write_text(write_csv(frame), encoding="utf-8", newline="\n")
    (folder / "districts.csv").write_text(DISTRICTS, encoding="utf-8")
    # Drawn amounts may happen to be sums of those above them.
    kept = TOML.replace("[spending]\n", '[spending]\ntotals = "keep"\ncalendar = "gregorian"\n')
    # A drawn text may look like UTF-8 that was read in another encoding, a year like one of another calendar.
    kept = kept.replace('.csv"\n', '.csv"\nencoding = "utf-8"\n')
    assert kept != TOML
    (folder / "geoplan.toml").write_text(kept, encoding="utf-8")
    return read_plan(folder)
