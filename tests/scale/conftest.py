"""Datasets of toy squares: many small projects, in as many files as a test wants."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.outputs.exports import write_ledger
from geoplan.plan.plan_tables import Plan, make_plan

DISTRICTS = """district,name,aliases,province,province_name,geometry
A,Alpha,Alfa,P1,North,"POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
B,Beta,,P1,North,"POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
C,Gamma,,P2,South,"POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0))"
"""
PROJECTS, AMOUNTS = 60, 900

WriteDataset = Callable[..., Path]


def spending_rows() -> pd.DataFrame:
    """Amounts that split unevenly; some name their location, some are of a project without any."""
    random = np.random.default_rng(7)
    project = random.integers(0, PROJECTS + 3, AMOUNTS)
    location = np.where(random.random(AMOUNTS) < 0.1, "L1", None)
    location[project >= PROJECTS] = None
    return pd.DataFrame(
        {
            "project": [f"P{number:03d}" for number in project],
            "location": location,
            "component": random.choice(["roads", "schools", "=1+1"], AMOUNTS),
            "funder": random.choice(["X", "Y"], AMOUNTS),
            "year": random.integers(2010, 2014, AMOUNTS),
            "kind": random.choice(["budget", "disbursement"], AMOUNTS),
            "currency": random.choice(["EUR", "EUR", "JPY"], AMOUNTS),
            "amount": random.integers(1, 1_000_000, AMOUNTS),
        }
    )


def location_rows() -> pd.DataFrame:
    """One to three places a project: points in and out, on borders, district names, a province."""
    random = np.random.default_rng(8)
    count = random.integers(1, 4, PROJECTS)
    project = np.repeat(np.arange(PROJECTS), count)
    number = np.concatenate([np.arange(1, many + 1) for many in count])
    frame = pd.DataFrame(
        {
            "project": [f"P{code:03d}" for code in project],
            "location": [f"L{code}" for code in number],
            "name": random.choice(["Alfa", "Beta", "nowhere"], len(project)),
            "precision": random.choice([1.0, 1.0, 3.0, 4.0], len(project)),
            "lon": random.choice([0.5, 1.0, 1.5, 2.5, 9.0], len(project)),
            "lat": 0.5,
        }
    )
    frame.loc[frame["precision"] >= 3, ["lon", "lat"]] = np.nan
    provinces = random.choice(np.array(["North", "South", None]), len(project))
    frame["province"] = np.where(frame["precision"] == 4, provinces, None)
    return frame


@pytest.fixture
def write_dataset(tmp_path: Path) -> WriteDataset:
    """Return a function that writes the toy datasets in so many files each, and gives their folder."""

    def write(files: int = 4, name: str = "toy", **changes: pd.DataFrame) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "districts.csv").write_text(DISTRICTS, encoding="utf-8")
        tables = {"spending": spending_rows(), "locations": location_rows(), **changes}
        for table, frame in tables.items():
            (folder / table).mkdir()
            for number, rows in enumerate(np.array_split(np.arange(len(frame)), files)):
                frame.iloc[rows].to_parquet(
                    folder / table / f"part-{number}.parquet", index=False, row_group_size=64
                )
        return folder

    return write


def paths_of(folder: Path) -> dict[str, Any]:
    return {
        "districts": folder / "districts.csv",
        "locations": folder / "locations",
        "spending": folder / "spending",
    }


def plan_of(folder: Path) -> Plan:
    """The plan with its datasets left on the disk."""
    plan = make_plan(**paths_of(folder), stream=True)
    assert set(plan.datasets) == {"locations", "spending"}
    assert len(plan.spending) == len(plan.locations) == 0
    return plan


_WHOLE: dict[tuple[bytes, str | None], bytes] = {}


def whole_ledger(folder: Path, kind: str | None = None) -> bytes:
    """The ledger as CSV, of a plan that is read whole; of the same files, it is made once."""
    content = hashlib.sha256()
    for path in sorted(path for paths in paths_of(folder).values() for path in [paths, *paths.rglob("*")]):
        if path.is_file():
            content.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    key = content.digest(), kind
    if key not in _WHOLE:
        plan = make_plan(**paths_of(folder))
        plan = plan if kind is None else plan.only(kind)
        write_ledger(plan, build_ledger(plan), folder / "whole.csv")
        _WHOLE[key] = (folder / "whole.csv").read_bytes()
    return _WHOLE[key]


def total_of(frame: pd.DataFrame, currency: str) -> Decimal:
    return Decimal(int(frame.loc[frame["currency"] == currency, "amount"].sum()))
