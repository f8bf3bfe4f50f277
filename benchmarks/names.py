"""Measure name matching: older against newer district names of Laos, aid records against their points, speed.

    python -m benchmarks.names
    python -m benchmarks.names --data ../shared/data --pairs 100000 --districts 5000

Truth is spatial and takes no part in the matching: an older district belongs to the newer one that holds
most of its area (equal-area projection), a recorded place to the district its point lies in. A match of
older and newer districts is wrong if the newer one is not that of the largest overlap, or shares less than
half of the older one's area.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geoplan.model.placement_rules import describe_rule
from geoplan.text.names import Gazetteer, Match

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
EQUAL_AREA = "+proj=aea +lat_1=15 +lat_2=21 +lat_0=18 +lon_0=104 +datum=WGS84"
SAME, WRONG = 0.8, 0.5
COLUMNS = {
    "ADM2_PCODE": "district",
    "ADM2_EN": "name",
    "ADM1_PCODE": "province",
    "ADM1_EN": "province_name",
}


@dataclass(frozen=True)
class Score:
    """What came of matching names whose truth is known."""

    asked: int
    matched: int
    wrong: pd.DataFrame
    missed: pd.DataFrame
    expected: int

    @property
    def precision(self) -> float:
        return 1 - len(self.wrong) / self.matched

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / self.expected


def newer_districts(data: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(data / "laos" / "lao_districts_2019.gpkg").rename(columns=COLUMNS)


def nepal_districts(data: Path) -> gpd.GeoDataFrame:
    districts = gpd.read_file(data / "nepal" / "nepal-districts.geojson")
    return districts.assign(district="NP-" + districts["DISTRICT"], name=districts["DISTRICT"].str.title())


def match_names(
    pairs: list[tuple[str, str | None]], districts: pd.DataFrame
) -> dict[tuple[str, str | None], Match]:
    """Match each distinct pair of name and province once."""
    distinct = list(dict.fromkeys(pairs))
    return dict(zip(distinct, Gazetteer(districts).match_all(distinct), strict=True))


def match_all(frame: pd.DataFrame, districts: pd.DataFrame) -> pd.DataFrame:
    """Add what the name and province of each row were found to mean."""
    pairs = list(zip(frame["name"], frame["given_province"], strict=True))
    found = match_names(pairs, districts)
    return frame.assign(
        found=[found[pair].district for pair in pairs],
        rule=[describe_rule(found[pair].rule) for pair in pairs],
        candidates=["|".join(found[pair].candidates) for pair in pairs],
    )


def older_against_newer(data: Path) -> tuple[Score, pd.DataFrame]:
    """Match the older district names to the newer layer; the truth is the largest overlap."""
    newer = newer_districts(data).to_crs(EQUAL_AREA)
    older = gpd.read_file(data / "laos" / "lao_districts_pre2011.gpkg").to_crs(EQUAL_AREA)
    older = older.assign(geometry=older.make_valid(), older=range(len(older)))
    newer = newer.assign(geometry=newer.make_valid())
    parts = gpd.overlay(older[["older", "geometry"]], newer[["district", "geometry"]], keep_geom_type=True)
    parts["overlap"] = parts.area / older.area.loc[parts["older"]].to_numpy()
    largest = parts.sort_values(["overlap", "district"], ascending=[False, True]).drop_duplicates("older")
    truth = older[["older", "name", "region"]].merge(largest[["older", "district", "overlap"]], on="older")
    matched = match_all(truth.rename(columns={"region": "given_province"}), newer)
    is_right = (matched["found"] == matched["district"]) & (matched["overlap"] >= WRONG)
    is_pair = matched["overlap"] >= SAME
    is_matched = matched["found"].notna()
    score = Score(
        asked=len(matched),
        matched=int(is_matched.sum()),
        wrong=matched[is_matched & ~is_right],
        missed=matched[is_pair & ~is_right],
        expected=int(is_pair.sum()),
    )
    return score, matched


def places_against_points(
    locations: Path, districts: gpd.GeoDataFrame, precision: int | None = 3
) -> tuple[Score, pd.DataFrame]:
    """Match the names of recorded places, by default districts; the truth is the district of the point."""
    places = pd.read_csv(locations)
    if precision is not None:
        places = places[places["precision_code"] == precision]
    places = places.drop_duplicates(["place_name", "gazetteer_adm_name"])
    places = places.rename(columns={"place_name": "name", "gazetteer_adm_name": "given_province"})
    points = gpd.GeoDataFrame(
        places[["name", "given_province"]],
        geometry=gpd.points_from_xy(places["longitude"], places["latitude"]),
        crs="EPSG:4326",
    )
    truth = points.sjoin(districts[["district", "geometry"]], how="left").drop(
        columns=["index_right", "geometry"]
    )
    matched = match_all(pd.DataFrame(truth), districts)
    is_matched, is_inside = matched["found"].notna(), matched["district"].notna()
    is_right = matched["found"] == matched["district"]
    score = Score(
        asked=len(matched),
        matched=int(is_matched.sum()),
        wrong=matched[is_matched & ~is_right],
        missed=matched[is_inside & ~is_right],
        expected=int(is_inside.sum()),
    )
    return score, matched


def made_up_names(districts: int, pairs: int) -> tuple[pd.DataFrame, list[tuple[str, str | None]]]:
    """Make a layer of Lao-sounding names, and misspelled, respelled and foreign names to ask it for."""
    chance = random.Random(20190101)
    heads = ["Kh", "K", "Ph", "P", "Th", "T", "X", "S", "V", "M", "N", "Nh", "L", "H", "B", "D", "Ng", "Ch"]
    cores = ["a", "ou", "ie", "o", "ay", "eu", "oua", "i", "e", "ai"]
    tails = ["", "n", "ng", "m", "k", "t", "p", "ne", "th"]

    def invent() -> str:
        count = chance.choice([2, 3, 3, 4])
        parts = [chance.choice(heads) + chance.choice(cores) + chance.choice(tails) for _ in range(count)]
        return "".join(parts).capitalize()

    rows = []
    for number in range(districts):
        province = number // 35
        rows.append((f"D{number:05d}", invent(), f"P{province:03d}", f"{province:03d} {invent()}"))
    layer = pd.DataFrame(rows, columns=["district", "name", "province", "province_name"])
    layer["province_name"] = layer.groupby("province")["province_name"].transform("first")
    respell = [("x", "s"), ("ou", "u"), ("ay", "ai"), ("ie", "ia"), ("kh", "k"), ("ng", "n"), ("", "Muang ")]
    asked: dict[tuple[str, str | None], None] = {}
    while len(asked) < pairs:
        row = layer.iloc[chance.randrange(districts)]
        old, new = chance.choice(respell)
        name = row["name"].replace(old, new) if old else new + row["name"]
        at = chance.randrange(len(name))
        kind = chance.random()
        if kind < 0.4:
            name = name[:at] + chance.choice("aeioukmnst") + name[at + 1 :]
        elif kind < 0.6:
            name = invent()
        asked[name, row["province_name"]] = None
    return layer, list(asked)


def show(title: str, score: Score, matched: pd.DataFrame) -> None:
    print(f"{title}: {score.asked} names, {score.matched} matched, {len(score.wrong)} against the truth")
    print(f"  precision {score.precision:.4f}, recall {score.recall:.4f} of {score.expected}")
    print(f"  {count_rules(matched['rule'])}")
    wrong, missed = score.wrong, score.missed[score.missed["found"].isna()]
    for label, rows in (("against", wrong), ("not found", missed)):
        for row in rows.itertuples():
            found = row.found if label == "against" else f"{row.rule}, offered: {row.candidates or 'none'}"
            print(f"  {label}: {row.name} ({row.given_province}) lies in {row.district}; {found}")


def count_rules(rules: pd.Series[str]) -> str:
    return ", ".join(f"{count:,} {rule}" for rule, count in rules.value_counts().sort_index().items())


def measure_quality(data: Path) -> None:
    aid = data / "aid"
    show("older district names of Laos to the newer layer", *older_against_newer(data))
    show(
        "places in Laos recorded as districts by the Asian Development Bank",
        *places_against_points(aid / "adb_laos" / "locations.csv", newer_districts(data)),
    )
    nepal, records = nepal_districts(data), aid / "nepal_aims" / "locations.csv"
    _, zones = places_against_points(records, nepal)
    print(f"zones of Nepal recorded as districts: {count_rules(zones['rule'])}")
    _, places = places_against_points(records, nepal, precision=None)
    inside = places[places["found"] == places["district"]]
    print(f"all places of Nepal, most of them villages: {count_rules(places['rule'])}")
    print(f"  of these in the district matched: {count_rules(inside['rule'])}")


def measure_speed(districts: int, pairs: int, repeat: int) -> None:
    layer, asked = made_up_names(districts, pairs)
    bare = [(name, None) for name, _ in asked]
    cases = (
        ("with their province", layer, asked),
        ("without their province", layer, bare),
        ("in a layer without provinces", layer[["district", "name"]], bare),
    )
    for title, names, wanted in cases:
        seconds, busy = [], []
        for _ in range(repeat):
            start, start_busy = time.perf_counter(), time.process_time()
            found = match_names(wanted, names)
            seconds.append(time.perf_counter() - start)
            busy.append(time.process_time() - start_busy)
        print(
            f"{len(wanted):,} names {title}, {len(names):,} districts: median {statistics.median(seconds):.1f} s "
            f"({statistics.median(busy):.1f} s of processor time)"
        )
        print(f"  {count_rules(pd.Series([describe_rule(match.rule) for match in found.values()]))}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--districts", type=int, default=5_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if options.data.is_dir():
        measure_quality(options.data)
    else:
        print(f"no reference data in {options.data}: only speed is measured")
    measure_speed(options.districts, options.pairs, options.repeat)


if __name__ == "__main__":
    main()
