"""Random plans, reckoned a second time with fractions and by hand: nothing here uses code of geoplan to reckon."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest

import geoplan as gp

COUNT = 7
CODES = [f"D{number}" for number in range(COUNT)]
PROVINCES = {code: f"P{number // 3}" for number, code in enumerate(CODES)}
"""The last province has one district only."""

COARSE = ("province-wide", "country-wide", "unlocated")


class Part(NamedTuple):
    """A part of an amount, where it must be."""

    project: str
    component: str
    funder: str
    year: int
    place: str
    district: str
    province: str
    amount: Fraction


class Sample(NamedTuple):
    """A random plan: its ledger as geoplan builds it, and what is known of it without geoplan."""

    ledger: gp.Ledger
    parts: list[Part]
    people: dict[str, int]
    poor: dict[str, int]
    classes: dict[str, str]

    def total(self, chosen: Callable[[Part], object] = lambda _: True) -> Fraction:
        """Add up the parts that are chosen."""
        return sum((part.amount for part in self.parts if chosen(part)), Fraction(0))

    @property
    def spent(self) -> dict[str, Fraction]:
        """Money placed in each district."""
        return {code: self.total(lambda part, code=code: part.district == code) for code in CODES}


def make_place(draw: random.Random) -> tuple[str, str, str, str]:
    """Return the cells of a location (district, province, precision, lon), and the place where it must be."""
    kind = draw.choice(["code", "code", "point", "province", "country"])
    if kind == "code":
        code = draw.choice(CODES)
        return f"{code},,,", "district", code, PROVINCES[code]
    if kind == "point":
        at = draw.randint(-1, COUNT)
        inside = 0 <= at < COUNT
        code = CODES[at] if inside else ""
        return f",,,{at}.5", "district" if inside else "outside area", code, PROVINCES.get(code, "")
    if kind == "province":
        province = draw.choice(sorted(set(PROVINCES.values())))
        return f",{province},4,", "province-wide", "", province
    return ",,6,", "country-wide", "", ""


def make_sample(seed: int, folder: Path) -> Sample:
    """Write a random plan and build its ledger. Amounts divide evenly over the locations, to the cent."""
    draw = random.Random(seed)
    squares = [
        f'{code},{PROVINCES[code]},"POLYGON (({at} 0,{at + 1} 0,{at + 1} 1,{at} 1,{at} 0))"'
        for at, code in enumerate(CODES)
    ]
    people = {code: draw.randint(500, 5000) for code in CODES}
    poor = {code: draw.randint(1, people[code]) for code in CODES}
    classes = {code: draw.choice(["poor", "rich"]) for code in CODES}
    profile = [f"{code},2015,{people[code]},{poor[code]},{classes[code]}" for code in CODES]
    locations, spending, parts = [], [], []
    for project in (f"Q{number:02}" for number in range(14)):
        places = [make_place(draw) for _ in range(draw.randint(0, 3))]
        for number, (cells, *_) in enumerate(places):
            latitude = "0.5" if cells[-1].isdigit() else ""
            locations.append(f"{project},{number},{cells},{latitude}")
        for _ in range(draw.randint(1, 4)):
            cents = 6 * draw.choice([draw.randint(1, 10**6)] * 4 + [-draw.randint(1, 10**5)])
            component, funder = (
                draw.choice(["roads", "wells"]),
                draw.choice(["X", "Y", "Z", "X|Y", "Y|Z|X", ""]),
            )
            year = draw.randint(2015, 2018)
            spending.append(f"{project},{component},{funder},{year},disbursement,EUR,{cents / 100:.2f}")
            share = Fraction(cents, 100 * max(1, len(places)))
            for where in [place[1:] for place in places] or [("unlocated", "", "")]:
                parts.append(Part(project, component, funder, year, *where, share))
    tables = {
        "districts": ("district,province,geometry", squares),
        "profile": ("district,year,population,poor,poverty_class", profile),
        "locations": ("project,location,district,province,precision,lon,lat", locations),
        "spending": ("project,component,funder,year,kind,currency,amount", spending),
    }
    for name, (header, rows) in tables.items():
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]))
    plan = gp.make_plan(**{name: folder / f"{name}.csv" for name in tables})
    return Sample(gp.build_ledger(plan), parts, people, poor, classes)


@pytest.fixture(scope="module", params=[1, 2, 3])
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Return a random plan."""
    return make_sample(request.param, tmp_path_factory.mktemp("plan"))


def group_of(sample: Sample, part: Part, by: str) -> object:
    """Return the group of a part."""
    if by == "poverty_class":
        return sample.classes.get(part.district, "")
    return PROVINCES.get(part.district, "") if by == "province" else getattr(part, by)


@pytest.mark.parametrize(
    "by", ["district", "component", "funder", "year", "province", "poverty_class", "project", "place"]
)
def test_summaries(by: str, sample: Sample) -> None:
    rows = gp.summarize(sample.ledger, by)
    assert set(rows[by]) >= {group_of(sample, part, by) for part in sample.parts} - {""}
    for row in rows.to_dict("records"):
        expected = sample.total(lambda part, row=row: group_of(sample, part, by) == row[by])
        assert Fraction(row["amount"]) == expected


def bounds_of(parts: Iterable[Part], area: set[str]) -> tuple[Fraction, Fraction]:
    """Return least and most of an area: each project puts its net of each pool where it is least or most."""
    nets: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    least = most = Fraction(0)
    for part in parts:
        if part.place in COARSE:
            nets[part.project, part.province] += part.amount
        elif part.district in area:
            least, most = least + part.amount, most + part.amount
    for (_, province), net in nets.items():
        within = [code for code in CODES if province in ("", PROVINCES[code])]
        could = [net if code in area else Fraction(0) for code in within]
        could += [] if province else [Fraction(0)]  # money of no province may be in no district
        least, most = least + min(could), most + max(could)
    return least, most


@pytest.mark.parametrize(
    "by",
    [
        ["district"],
        ["province"],
        ["poverty_class"],
        ["project", "district"],
        ["year", "province"],
        ["funder"],
    ],
)
def test_bounds(by: list[str], sample: Sample) -> None:
    rows = gp.bound_amounts(sample.ledger, by)
    assert len(rows) > 1
    for row in rows.to_dict("records"):
        chosen = [
            part
            for part in sample.parts
            if all(getattr(part, name) == row[name] for name in by if name in Part._fields[:4])
        ]
        area = {
            code
            for code in CODES
            if row.get("district", code) == code
            and row.get("province", PROVINCES[code]) == PROVINCES[code]
            and row.get("poverty_class", sample.classes[code]) == sample.classes[code]
        }
        assert (Fraction(row["certain"]), Fraction(row["at_most"])) == bounds_of(chosen, area)


def shares_poorest_first(sample: Sample) -> list[tuple[Fraction, Fraction]]:
    """Return shares of people and money of the districts, the poorest first; equally poor ones are one."""
    groups: dict[Fraction, tuple[Fraction, Fraction]] = {}
    people, money = sum(sample.people.values()), sum(sample.spent.values())
    for code in CODES:
        rate = Fraction(sample.poor[code], sample.people[code])
        before = groups.get(rate, (Fraction(0), Fraction(0)))
        groups[rate] = (
            before[0] + Fraction(sample.people[code], people),
            before[1] + sample.spent[code] / money,
        )
    return [groups[rate] for rate in sorted(groups, reverse=True)]


def measures_of(sample: Sample) -> dict[str, float]:
    """Reckon the measures of equity by their definitions."""
    people, poor, money = sum(sample.people.values()), sum(sample.poor.values()), sum(sample.spent.values())
    p = {code: Fraction(sample.people[code], people) for code in CODES}
    q = {code: Fraction(sample.poor[code], poor) for code in CODES}
    s = {code: sample.spent[code] / money for code in CODES}
    x = {code: s[code] / p[code] for code in CODES}
    reached = concentration = rank = Fraction(0)
    for width, share in shares_poorest_first(sample):
        concentration += 2 * (share - width) * (rank + width / 2 - Fraction(1, 2))
        reached += share * max(Fraction(0), min(width, Fraction(2, 5) - rank)) / width
        rank += width
    log = {code: math.log(x[code]) if x[code] > 0 else -math.inf for code in CODES}
    return {
        "gini": float(sum(p[a] * p[b] * abs(x[a] - x[b]) for a in CODES for b in CODES) / 2),
        "theil": sum(float(s[code]) * log[code] for code in CODES if s[code] > 0),
        "mean_log_deviation": -sum(float(p[code]) * log[code] for code in CODES),
        "hoover": float(sum(abs(s[code] - p[code]) for code in CODES) / 2),
        "dissimilarity": float(sum(abs(s[code] - q[code]) for code in CODES) / 2),
        "concentration_index": float(concentration),
        "coady_grosh_hoddinott": float(reached / Fraction(2, 5)),
    }


def test_equity(sample: Sample) -> None:
    assert min(sample.spent.values()) >= 0, "measures need amounts of 0 or more: choose another seed"
    found = gp.measure_equity(sample.ledger).measures
    certain = found[found["reading"] == "certain"].set_index("measure")["value"].to_dict()
    expected = measures_of(sample)
    assert {name: certain.get(name) for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_rates(sample: Sample) -> None:
    rows = gp.add_rates(gp.summarize(sample.ledger), sample.ledger).set_index("district")
    in_districts, everything = sum(sample.spent.values()), sample.total()
    for code, money in sample.spent.items():
        expected = [
            money / sample.people[code],
            money / sample.poor[code],
            money / in_districts,
            money / everything,
        ]
        found = rows.loc[code, ["per_person", "per_poor_person", "share", "share_of_all"]].tolist()
        assert found == pytest.approx([float(figure) for figure in expected], rel=1e-12)


def test_gaps(sample: Sample) -> None:
    rows = gp.rank_gaps(sample.ledger).set_index("district")
    counted = {code: money for code, money in sample.spent.items() if money >= 0}
    average = sum(counted.values()) / sum(sample.poor[code] for code in counted)
    assert [code for code in CODES if rows.loc[code, "left_out"] == ""] == [*counted]
    for code, money in counted.items():
        expected = [average, sample.poor[code] * average - money, money / sample.poor[code] / average]
        found = rows.loc[code, ["average", "gap", "of_average"]].tolist()
        assert found == pytest.approx([float(figure) for figure in expected], rel=1e-9, abs=1e-6)


def test_coordination(sample: Sample) -> None:
    funders = gp.describe_funders(sample.ledger).set_index("funder")
    assert sorted(funders.index) == ["X", "Y", "Z", "not stated"]
    for name, row in funders.iterrows():
        theirs = [
            part
            for part in sample.parts
            if name in part.funder.split("|") or (name == "not stated" and not part.funder)
        ]
        joint = [part for part in theirs if "|" in part.funder]
        assert Fraction(row["jointly_up_to"]) == sum(part.amount for part in joint)
        assert Fraction(row["alone"]) == sum(part.amount for part in theirs) - sum(
            part.amount for part in joint
        )
        assert row["projects"] == len({part.project for part in theirs})
        assert row["districts"] == len({part.district for part in theirs} - {""})
    presence = gp.describe_presence(sample.ledger).set_index("district")
    for code, money in sample.spent.items():
        here = [part for part in sample.parts if part.district == code]
        assert Fraction(presence.loc[code, "amount"]) == money
        assert presence.loc[code, "projects"] == len({part.project for part in here})
        assert presence.loc[code, "funders"] == len(
            {name for part in here for name in part.funder.split("|")} - {""}
        )
