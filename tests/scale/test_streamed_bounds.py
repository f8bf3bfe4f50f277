"""Bounds of a streamed plan: netted by project, as in memory and as by brute force."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from geoplan.ledger.bounds import bound_amounts
from geoplan.ledger.entries import build_ledger
from geoplan.ledger.summary import described_districts
from geoplan.plan.plan_tables import make_plan
from geoplan.scale import stream_plan

from ..conftest import tries
from ..ledger.test_bounds import brute_force
from .conftest import DISTRICTS, paths_of, plan_of

GROUPINGS = (["district"], ["province"], ["component", "district"], ["year"])
PLACES = {
    "P1": {"district": "A", "precision": 3.0},
    "P2": {"name": "North", "province": "P1", "precision": 4.0},
    "P3": {"name": "country", "precision": 6.0},
    "P4": {"name": "Alpho", "precision": 3.0},  # matches Alpha only approximately
    "P5": {"name": "South", "province": "P2", "precision": 4.0},
}


def write_plan(folder: Path, spent: list[tuple[str, str, int, int]]) -> None:
    (folder / "districts.csv").write_text(DISTRICTS, encoding="utf-8")
    columns = ("name", "province", "district", "precision")
    locations = pd.DataFrame(
        [
            {"project": f"{code}{copy}", "location": "L", **dict.fromkeys(columns), **place}
            for code, place in PLACES.items()
            for copy in "ab"
        ]
    ).assign(lon=float("nan"), lat=float("nan"))
    spending = pd.DataFrame(spent, columns=["project", "component", "year", "amount"]).assign(
        funder="X", kind="disbursement", currency="EUR"
    )
    for table, frame in (("locations", locations), ("spending", spending)):
        (folder / table).mkdir()
        frame.to_parquet(folder / table / "rows.parquet", index=False, row_group_size=3)


AMOUNTS = st.tuples(
    st.sampled_from([f"{code}{copy}" for code in PLACES for copy in "ab"] + ["nowhere"]),
    st.sampled_from(["roads", "schools"]),
    st.sampled_from([2010, 2011]),
    st.integers(-60, 90),
)


@tries(6, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(spent=st.lists(AMOUNTS, min_size=1, max_size=14))
def test_streamed_bounds_are_those_in_memory_and_of_brute_force(
    spent: list[tuple[str, str, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_plan(folder, spent)
        whole = build_ledger(make_plan(**paths_of(folder)))
        with stream_plan(plan_of(folder), folder, rows=4) as streamed:
            for by in GROUPINGS:
                found = bound_amounts(streamed.ledger, by)
                pd.testing.assert_frame_equal(found, bound_amounts(whole, by))
            check_by_brute_force(bound_amounts(streamed.ledger, "district"), whole)


def check_by_brute_force(rows: pd.DataFrame, whole: Any) -> None:
    members = described_districts(whole)
    provinces = dict(zip(members["district"], members["province"], strict=True))
    sure = whole.entries[(whole.entries["project"].astype(object).str[:2] != "P4").to_numpy()]
    entries: list[dict[str, Any]] = sure.astype(object).to_dict("records")  # type: ignore[assignment]
    for row in rows.to_dict("records") if len(sure) == len(whole.entries) else ():
        assert (row["certain_minor"], row["at_most_minor"]) == brute_force(
            provinces, entries, [row["district"]]
        )


@pytest.mark.parametrize("rows", [2, 100])
def test_a_refund_of_one_project_leaves_the_maximum_of_another(rows: int, tmp_path: Path) -> None:
    # P2a could bring 100 to A, P2b takes 40 back, also if its 15 are in another batch than its refund.
    write_plan(
        tmp_path,
        [("P2a", "roads", 2010, 100), ("P2b", "roads", 2010, 15), *[("P1a", "roads", 2010, 1)] * 5,
         ("P2b", "roads", 2011, -55), ("P1b", "roads", 2011, 7)],
    )  # fmt: skip
    with stream_plan(plan_of(tmp_path), tmp_path, rows=rows) as streamed:
        found = bound_amounts(streamed.ledger).set_index("district")
    assert found.loc["A", ["certain", "at_most"]].astype(int).tolist() == [12 - 40, 112]
    assert found.loc["C", ["certain", "at_most"]].astype(int).tolist() == [0, 0]
