"""Maps of datasets: the page of a plan read whole, and hexagons with the same sums."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.ledger import hexagons
from geoplan.ledger.entries import build_ledger, reconcile
from geoplan.ledger.summary import summarize
from geoplan.page.page_data import page_data
from geoplan.plan.plan_tables import make_plan
from geoplan.scale import pages, stream_plan

from .conftest import WriteDataset, location_rows, paths_of, plan_of, spending_rows

RATES = "currency,date,rate,source\nJPY,2009,0.0075,toy\nJPY,2011-07-01,0.0081,toy\n"
DEFLATORS = "currency,year,index,source\n" + "".join(
    f"{currency},{year},{100 + 3 * (year - 2009)},toy\n"
    for currency in ("EUR", "JPY")
    for year in range(2009, 2014)
)
OLDER = """district,name,province,province_name,geometry
A,Alpha,P1,North,"POLYGON ((0 0, 2 0, 2 1, 0 1, 0 0))"
C,Gamma,P2,South,"POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0))"
"""


def write_plan(folder: Path) -> Path:
    """A plan folder about the toy datasets, with rates, deflators and another vintage."""
    (folder / "older.csv").write_text(OLDER, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    (folder / "deflators.csv").write_text(DEFLATORS, encoding="utf-8")
    (folder / "geoplan.toml").write_text(
        '[plan]\ntitle = "Toy"\ncurrency = "EUR"\n[districts]\nfile = "districts.csv"\nvintage = "2014"\n'
        '[locations]\nfile = "locations"\n[spending]\nfile = "spending"\n[rates]\nfile = "rates.csv"\n'
        '[deflators]\nfile = "deflators.csv"\n[vintages.2009.districts]\nfile = "older.csv"\n',
        encoding="utf-8",
    )
    return folder


def data_of(page: tuple[object, object]) -> dict[str, object]:
    data = page_data(*page)  # type: ignore[arg-type]
    # Texts of a source column are not carried through a run, and the repeated word is all they are here.
    return json.loads(json.dumps(data))


def test_a_page_of_few_locations_is_that_of_the_plan_read_whole(write_dataset: WriteDataset) -> None:
    rows = spending_rows()
    rows["illustrative"] = np.where(rows["project"] == "P007", "yes", "no")
    folder = write_dataset(spending=rows)
    whole = make_plan(**paths_of(folder))
    with stream_plan(plan_of(folder), folder, rows=300, entries=False, page=True) as result:
        assert result.page is not None
        streamed = data_of(result.page)
    expected = data_of((whole, build_ledger(whole)))
    # A run adds amounts up, so its page does not name the rows of the input.
    assert streamed["ledger"]["inputs"] == []  # type: ignore[index]
    for data in (streamed, expected):
        del data["ledger"]["inputs"], data["ledger"]["input"]  # type: ignore[attr-defined]
    assert streamed == expected


@pytest.mark.parametrize("rows", [300, 10_000])
def test_hexagons_of_a_dataset_are_those_of_the_plan_read_whole(
    write_dataset: WriteDataset, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(pages, "MOST_LOCATIONS", 20)
    folder = write_dataset()
    whole = make_plan(**paths_of(folder))
    ledger = build_ledger(whole)
    with stream_plan(plan_of(folder), folder, rows=rows, entries=False, page=True) as result:
        assert result.page is not None
        plan, gathered = result.page
    expected = hexagons.gather_locations(whole, ledger, most=20)
    streamed = data_of((plan, gathered))
    assert streamed == data_of(expected)
    assert reconcile(gathered) == reconcile(ledger)
    for by in (["district", "component"], ["year", "funder", "kind"], ["place"]):
        pd.testing.assert_frame_equal(summarize(gathered, by), summarize(ledger, by))
    assert [row["count"] for row in streamed["reconciliation"]] == [  # type: ignore[attr-defined]
        int(count) for count in spending_rows().groupby(["currency", "kind"]).size()
    ]
    (said,) = [row for row in streamed["about"]["sources"] if row["table"] == "locations"]  # type: ignore[index]
    assert said["rows"] == len(location_rows())


def test_the_map_command_streams_datasets(write_dataset: WriteDataset) -> None:
    folder = write_plan(write_dataset())
    target = folder / "toy.html"
    done = CliRunner().invoke(app, ["map", str(folder), "--batch", "400", "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert "placing: " in done.output and "EUR: 0 lost" not in done.output
    assert target.stat().st_size > 100_000
    assert not list(folder.glob(".geoplan~*"))
    other = folder / "other.html"
    options = ["--batch", "1000", "--scheduler", "threads", "--workers", "2", "-o", str(other)]
    done = CliRunner().invoke(app, ["map", str(folder), *options])
    assert done.exit_code == 0, done.output
    assert other.read_bytes() == target.read_bytes()


def test_a_map_of_datasets_beside_another_vintage(write_dataset: WriteDataset) -> None:
    folder = write_plan(write_dataset())
    done = CliRunner().invoke(app, ["map", str(folder), "--compare", "2009", "-o", str(folder / "two.html")])
    assert done.exit_code == 0, done.output


def test_gaps_of_hexagons_are_refused(write_dataset: WriteDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_LOCATIONS", 20)
    folder = write_plan(write_dataset())
    done = CliRunner().invoke(app, ["map", str(folder), "--gaps", "10", "-o", str(folder / "no.html")])
    assert done.exit_code == 2
    assert "--gaps needs single locations" in done.output
    assert not (folder / "no.html").exists()


@pytest.mark.parametrize(
    ("options", "suffix"),
    [
        (["--convert"], "parquet"),
        (["--vintage", "2009"], "csv"),
        (["--constant-prices", "2012"], "csv"),
        (["--convert", "--kind", "budget"], "csv"),
    ],
)
def test_options_do_to_datasets_what_they_do_to_tables(
    write_dataset: WriteDataset, options: list[str], suffix: str
) -> None:
    rows = spending_rows()
    dated = np.where(np.arange(len(rows)) % 3 == 0, rows["year"].astype(str) + "-06-30", None)
    folder = write_plan(write_dataset(spending=rows.assign(value_date=dated)))
    found, given = [], []
    for name, more in (("streamed", ["--batch", "400"]), ("whole", [])):
        plan = folder
        if name == "whole":
            plan = folder / "tables"
            plan.mkdir()
            for path in (*folder.glob("*.csv"), folder / "geoplan.toml"):
                (plan / path.name).write_bytes(path.read_bytes())
            for table in ("locations", "spending"):
                parts = sorted((folder / table).glob("*.parquet"))
                pd.concat([pd.read_parquet(part) for part in parts]).to_csv(
                    plan / f"{table}.csv", index=False
                )
                toml = (plan / "geoplan.toml").read_text(encoding="utf-8")
                (plan / "geoplan.toml").write_text(
                    toml.replace(f'"{table}"', f'"{table}.csv"'), encoding="utf-8"
                )
        target = folder / f"{name}.{suffix}"
        done = CliRunner().invoke(app, ["ledger", str(plan), *options, *more, "-o", str(target)])
        assert done.exit_code == 0, done.output
        found.append(pd.read_csv(target) if suffix == "csv" else pd.read_parquet(target))
        given.append([line for line in done.stderr.splitlines() if line.startswith("As given")])
    assert given[0] == given[1] and ("JPY" in "".join(given[0])) == ("--vintage" not in options)
    pd.testing.assert_frame_equal(*found)
    if suffix == "csv":
        assert (folder / "streamed.csv").read_bytes() == (folder / "whole.csv").read_bytes()
    assert ("given_amount" in found[0]) == ("--vintage" not in options)


def test_crowds_count_projects_under_any_filter() -> None:
    """Six projects: two pay for the same in the same year, one in two districts, one of another kind, one nowhere."""
    pairs = pd.DataFrame(
        [
            ("P1", "district", "A", "roads", "X", 2010, "budget", "EUR"),
            ("P2", "district", "A", "roads", "X", 2010, "budget", "EUR"),
            ("P3", "district", "A", "roads", "X", 2010, "budget", "EUR"),
            ("P3", "district", "B", "roads", "X", 2011, "budget", "EUR"),
            ("P4", "district", "A", "roads", "X", 2010, "disbursement", "EUR"),
            ("P6", "district", "A", "roads", "X", 2011, "budget", "EUR"),
            ("P5", "unlocated", None, "water", "Y", 2010, "budget", "EUR"),
        ],
        columns=["project", *hexagons.CROWD_KEYS],
    )
    crowds = hexagons.add_crowds([hexagons.count_crowds(pairs)])
    assert sorted(crowds.groupby(["crowd", "crowd_too"])["projects"].first()) == [1, 1, 1, 1, 2]
    in_a = crowds[(crowds["district"] == "A") & (crowds["kind"] == "budget")]
    assert in_a.drop_duplicates(["crowd", "crowd_too"])["projects"].sum() == 4
    # Added up of two shards, and told apart less finely when there are too many.
    halves = [pairs[pairs["project"] < "P3"], pairs[pairs["project"] >= "P3"]]
    apart = hexagons.add_crowds([hexagons.count_crowds(half) for half in halves])
    pd.testing.assert_frame_equal(apart, crowds)
    coarse = hexagons.add_crowds([hexagons.count_crowds(half) for half in halves], most=5)
    assert set(coarse["year"]) == set(coarse["component"]) == {""}
    in_a = coarse[(coarse["district"] == "A") & (coarse["kind"] == "budget")]
    assert in_a.drop_duplicates(["crowd", "crowd_too"])["projects"].sum() == 4
    assert len(hexagons.add_crowds([hexagons.count_crowds(pairs)], most=2)) == 0
