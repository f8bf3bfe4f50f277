"""Clusters: statistics against PySAL's published figures, p-values by hand, noise, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner

import geoplan as gp
from geoplan.analysis.clusters import (
    FEWEST,
    HAIRLINE,
    _named,
    _sentences,
    find_clusters,
    find_neighbours,
    measure_association,
)
from geoplan.cli import app
from geoplan.ledger.entries import Ledger, build_ledger
from geoplan.model.errors import InputError, UsageError

from ..conftest import needs, page_text

pytestmark = needs("esda", "the extra spatial is not installed")


def grid(side: int, gap: float = 0.0) -> gpd.GeoDataFrame:
    """Squares of 0.1 degrees; ``gap`` is cut off at the right side of each, in degrees."""
    shapes = [
        shapely.box(x / 10, y / 10, (x + 1) / 10 - gap, (y + 1) / 10)
        for y in range(side)
        for x in range(side)
    ]
    codes = [f"D{at:03}" for at in range(side * side)]
    return gpd.GeoDataFrame(
        {"district": codes, "name": codes, "province": "P", "province_name": "P"},
        geometry=shapes,
        crs="EPSG:4326",
    )


def ledger_of(
    money: np.ndarray,
    layer: gpd.GeoDataFrame,
    population: int | list[int] = 1000,
    rate: np.ndarray | float = 0.2,
) -> Ledger:
    codes = layer["district"].tolist()
    count = len(codes)
    people = np.broadcast_to(population, count)
    profile = pd.DataFrame(
        {
            "district": codes,
            "year": 2015,
            "population": people.astype(float),
            "poverty_rate": np.broadcast_to(rate, count),
        }
    ).assign(poor=np.nan, poverty_class=None, villages=np.nan, source=None, illustrative=False)

    spending = pd.DataFrame(
        {"project": codes, "district": codes, "amount": [f"{value:.2f}" for value in money], "currency": "EUR",
         "year": 2012, "kind": "budget"}
    )  # fmt: skip
    plan = gp.make_plan(
        districts=layer,
        spending=spending,
        profile=profile[["district", "year", "population", "poverty_rate"]],
    )
    return build_ledger(plan)


def test_moran_is_the_published_figure_of_pysal() -> None:
    """Homicide rates around St. Louis: I = 0.243656, -0.012987 expected (documentation of esda)."""
    import libpysal

    rates = pd.read_csv(libpysal.examples.get_path("stl_hom.txt"), skiprows=1)["HR8893"].to_numpy()
    lines = Path(libpysal.examples.get_path("stl.gal")).read_text().splitlines()[1:]
    names = [line.split()[0] for line in lines[::2]]
    around = [np.array(sorted(names.index(of) for of in line.split())) for line in lines[1::2]]
    _, overall = measure_association(rates, around, permutations=999)
    assert overall["value"][0] == pytest.approx(0.243656, abs=1e-6)
    assert overall["expected"][0] == pytest.approx(-0.012987, abs=1e-6)
    assert overall["p"][0] <= 0.02


def test_local_figures_of_a_chain_by_hand() -> None:
    """Four districts in a row with 1, 2, 6, 7: mean 4, deviations -3, -2, 2, 3, Σz² = 26; esda divides by n - 1."""
    around = [np.array([1]), np.array([0, 2]), np.array([1, 3]), np.array([2])]
    local, overall = measure_association(np.array([1.0, 2.0, 6.0, 7.0]), around, permutations=99)
    assert local["neighbours_mean"].tolist() == [2, 3.5, 4.5, 6]
    assert local["local_moran"].tolist() == pytest.approx([6 * 3 / 26, 1 * 3 / 26, 1 * 3 / 26, 6 * 3 / 26])
    assert overall["value"][0] == pytest.approx((6 + 1 + 1 + 6) / 26)


def test_three_districts_are_refused_and_four_are_not() -> None:
    with pytest.raises(UsageError, match="3 of 3 districts have neighbours: clusters need 4 or more"):
        find_clusters(ledger_of(np.array([1.0, 2, 3]), grid(2).head(3)), permutations=99)
    assert len(find_clusters(ledger_of(np.array([1.0, 2, 3, 5]), grid(2)), permutations=99).districts) == 4


def test_a_block_of_rich_districts_is_found_and_named() -> None:
    layer = grid(6)
    money = np.full(36, 1000.0) + np.arange(36)
    block = [0, 1, 2, 6, 7, 8, 12, 13, 14]
    money[block] = 90_000 + np.arange(9)
    found = find_clusters(ledger_of(money, layer), permutations=999)
    named = found.districts.set_index("district")["cluster"]
    assert named["D007"] == "high among high"
    assert named["D035"] == ""
    assert found.sentences[0].startswith(
        "Districts are more like their neighbours in per_person than chance makes them"
    )
    assert "high among high" in found.sentences[1]


def test_poor_and_unfunded_districts_are_named_as_such() -> None:
    layer = grid(6)
    money, rate = np.full(36, 90_000.0) + np.arange(36), np.full(36, 0.1) + np.arange(36) / 1000
    block = [0, 1, 2, 6, 7, 8, 12, 13, 14]
    money[block], rate[block] = 100 + np.arange(9), 0.8 + np.arange(9) / 1000
    found = find_clusters(ledger_of(money, layer, rate=rate), permutations=999)
    named = found.districts.set_index("district")["cluster"]
    assert named["D007"] == "poor and unfunded"
    assert not (named.drop([f"D{at:03}" for at in block]) == "poor and unfunded").any()


def test_noise_is_left_alone() -> None:
    """Uncorrected p-values mark some of 49 districts on nearly every map; corrected ones on about one in twenty."""
    around = find_neighbours(grid(7).geometry.to_numpy())
    marked = uncorrected = 0
    for seed in range(20):
        values = np.random.default_rng(seed).normal(size=49)
        local, _ = measure_association(values, around, permutations=499, seed=seed)
        marked += bool((local["p_corrected"] <= 0.05).any())
        uncorrected += bool((local["p"] <= 0.05).any())
    assert uncorrected >= 14
    assert marked <= 3


def test_hairline_gaps_make_no_islands_and_true_islands_are_named() -> None:
    degree = 111_320
    for metres, linked in ((HAIRLINE * 0.9, 3), (HAIRLINE * 1.1, 0)):
        pair = grid(2, gap=metres / degree).geometry.to_numpy()[:2]
        assert [len(found) for found in find_neighbours(pair)] == ([1, 1] if linked else [0, 0])
    far = grid(3)
    far.loc[8, "geometry"] = shapely.box(5, 5, 5.1, 5.1)
    found = find_clusters(ledger_of(np.arange(9) * 100.0 + 5, far), permutations=99)
    assert found.islands == ("D008",)
    assert found.districts["p"].isna().tolist() == [False] * 8 + [True]
    assert "left out, because no other district is within 100 m: D008" in found.warnings


def test_too_few_districts_give_no_conclusion() -> None:
    rows = FEWEST // 6
    money = np.arange(36) ** 2 * 10.0 + 7
    enough = find_clusters(ledger_of(money[: rows * 6], grid(6).head(rows * 6)), permutations=99)
    assert not enough.sentences[0].startswith("No conclusion")
    layer = grid(6).head(FEWEST - 1)
    few = find_clusters(ledger_of(money[: FEWEST - 1], layer), permutations=99)
    assert few.sentences == (
        f"No conclusion: {FEWEST - 1} districts with neighbours are too few (fewer than {FEWEST}); the figures are for orientation only.",
    )
    assert (few.districts["cluster"] == "").all()


def test_the_seed_gives_the_same_figures_and_the_global_state_stays() -> None:
    ledger = ledger_of(np.arange(9) ** 2 * 10.0 + 1, grid(3))
    before = np.random.get_state()[1].tolist()  # type: ignore[index, union-attr]
    one, same, other = (find_clusters(ledger, permutations=199, seed=seed) for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(one.districts, same.districts)
    assert one.districts["p"].tolist() != other.districts["p"].tolist()
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index, union-attr]


def test_missing_and_constant_figures_and_wrong_calls_are_refused() -> None:
    layer = grid(3)
    ledger = ledger_of(np.arange(9) * 10.0 + 1, layer)
    gap = replace(ledger, districts=ledger.districts.assign(population=[np.nan, *[100.0] * 8]))
    with pytest.raises(InputError, match=r"no per_person for 1 of 9 districts \(D000\)"):
        find_clusters(gap, permutations=99)
    with pytest.raises(InputError, match="in all districts, so nothing can cluster"):
        find_clusters(ledger_of(np.full(9, 50.0), layer), permutations=99)
    for wrong, message in (
        ({"measure": "gdp"}, "unknown measure 'gdp'"),
        ({"reading": "at_most"}, "cannot find clusters by the reading"),
        ({"permutations": 98}, "99 or more"),
    ):
        with pytest.raises(UsageError, match=message):
            find_clusters(ledger, **wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no boundaries"):
        find_clusters(replace(ledger, boundaries=None), permutations=99)


def test_ties_and_small_districts_are_warned_of_at_their_edges() -> None:
    layer = grid(2)
    half = find_clusters(ledger_of(np.array([5.0, 5, 6, 7]), layer), permutations=99)
    assert any("2 of 4 districts have the same per_person" in said for said in half.warnings)
    none = find_clusters(ledger_of(np.array([5.0, 8, 6, 7]), layer), permutations=99)
    assert not any("the same" in said for said in none.warnings)
    for people, warned in ((99, True), (100, False)):
        ledger = ledger_of(np.array([5.0, 8, 6, 7]), layer, population=[people, 1000, 1000, 1000])
        found = find_clusters(ledger, permutations=99)
        assert any("few people" in said for said in found.warnings) is warned
        smoothed = find_clusters(ledger, permutations=99, smooth=True)
        assert not any("few people" in said for said in smoothed.warnings)


def test_a_stated_poverty_rate_needs_no_population() -> None:
    ledger = ledger_of(np.array([5.0, 8, 6, 7]), grid(2), rate=np.array([0.1, 0.2, 0.3, 0.4]))
    bare = replace(ledger, districts=ledger.districts.assign(population=np.nan))
    found = find_clusters(bare, measure="poverty_rate", permutations=99)
    assert found.districts["value"].tolist() == [0.1, 0.2, 0.3, 0.4]


def test_smoothing_draws_a_small_district_towards_the_mean() -> None:
    ledger = ledger_of(np.array([900.0, 1000, 3000, 2000]), grid(2), population=[10, 1000, 1000, 1000])
    raw = find_clusters(ledger, permutations=99).districts["value"]
    smooth = find_clusters(ledger, permutations=99, smooth=True).districts["value"]
    mean = 6900 / 3010
    assert raw[0] == pytest.approx(90)
    assert abs(smooth[0] - mean) < abs(raw[0] - mean)


def test_the_command_writes_tables_and_a_map(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["clusters", "--permutations", "99", "--format", "md"])
    assert shown.exit_code == 0, shown.output
    assert "No conclusion: 7 districts with neighbours are too few" in shown.stdout
    page = tmp_path / "clusters.html"
    drawn = CliRunner().invoke(app, ["clusters", "--permutations", "99", "-o", str(page)])
    assert drawn.exit_code == 0, drawn.output
    assert "Cluster of per_person (G*, z-score)" in page_text(page)


@pytest.mark.parametrize(("p", "is_said"), [(0.05, True), (0.0501, False)])
def test_a_pattern_is_interesting_up_to_a_p_of_5_per_cent(p: float, is_said: bool) -> None:
    districts = pd.DataFrame(
        {"value": [2.0, 1.0], "neighbours_mean": [2.0, 1.0], "p": [p, 0.5], "p_corrected": [p, 0.5]}
    )
    named = _named(districts)
    assert named.tolist() == ["high among high" if is_said else "", ""]
    overall = pd.DataFrame({"value": [0.4], "expected": [-0.03], "p": [p]})
    said = _sentences(districts.assign(cluster=named), overall, "money per person", FEWEST, 99)
    assert said[0].startswith("Districts are more like their neighbours" if is_said else "No sign")
