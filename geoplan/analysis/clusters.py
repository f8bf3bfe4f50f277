"""Clusters: whether districts with much or little money, or poor and unfunded districts, are neighbours.

How this works: esda computes the statistics; libpysal holds the neighbours. The p-values come from permutations here,
because those of esda are one-sided, use the global random state, and differ between its versions. A local p-value says
whether the mean of a district's neighbours is unusual, with the district itself held fixed; it is the same question for
local Moran's I and for G*, since both grow with that mean. p-values of many districts are corrected together
(Benjamini and Hochberg): on pure noise, uncorrected ones mark some districts on nearly every map.

Sources: Moran (1950); Anselin (1995), local indicators of spatial association; Getis and Ord (1992), Ord and Getis
(1995), G*; Lee (2001), L; Benjamini and Hochberg (1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity.targeting import target_districts
from geoplan.ledger.district_figures import complete_figures
from geoplan.model.choices import CLUSTER_MEASURES, PERMUTATIONS, SEED
from geoplan.model.errors import InputError, Problem, UsageError, list_first, show_number, show_value
from geoplan.model.notebook_cells import as_html
from geoplan.model.optional_libraries import missing_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geoplan.ledger.entries import Ledger

FEWEST = 30
"""Fewest districts from which a conclusion is drawn."""

INTERESTING = 0.05
"""Largest corrected p-value of an interesting district."""

HAIRLINE = 100.0
"""Metres within which districts are neighbours: boundaries of real layers often leave gaps of some metres."""

TIED = 0.5
"""Share of districts with the same figure from which a warning is given."""

SMALL = 0.1
"""Population, as a share of the median, below which rates of a district vary by chance much more than others."""

_DEGREE = (
    111_320.0  # metres along a meridian; less along a parallel, so the distance is never longer than stated
)
_CHUNK = 4_000_000
_FEWEST_FOR_MORAN = 4  # with fewer, its variance is 0 ÷ 0


@dataclass(frozen=True)
class Clusters:
    """Spatial association of a measure.

    Parameters
    ----------
    measure : str
    districts : DataFrame
        ``district, name, value, neighbours`` (number), ``neighbours_mean``, ``local_moran``, ``g_star`` (z-score),
        ``p``, ``p_corrected``, ``cluster``; for poor and unfunded ``lee`` (local L), ``lee_p``, ``lee_p_corrected``
        and ``poor_and_unfunded``, whether it and its neighbours are poorer and have less money per person than the
        mean. Missing for islands. ``cluster`` is empty unless the district is interesting.
    overall : DataFrame
        ``statistic`` (Moran's I of the measure; Lee's L of poverty rate and lack of money), ``value, expected, p``.
    islands : tuple of str
        Districts without neighbours, which are left out.
    sentences : tuple of str
        What the figures say.
    warnings : tuple of str
    permutations, seed : int
    """

    measure: str
    districts: pd.DataFrame
    overall: pd.DataFrame
    islands: tuple[str, ...]
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    permutations: int
    seed: int

    def _repr_html_(self) -> str:
        columns = ["name", "value", "neighbours", "neighbours_mean", "p_corrected", "cluster"]
        found = self.districts.loc[self.districts["cluster"] != "", columns]
        return as_html(
            [*self.sentences, *self.warnings],
            self.overall,
            found.rename(columns=lambda name: name.replace("_", " ")),
        )


def find_clusters(
    ledger: Ledger,
    *,
    measure: str = "per_person",
    reading: str = "certain",
    spread: str | None = None,
    smooth: bool = False,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> Clusters:
    """Find districts that are like their neighbours, and districts that are poor and unfunded among such.

    Parameters
    ----------
    ledger : Ledger
        Of one currency and one kind of money, with boundaries.
    measure : str
        One of `CLUSTER_MEASURES`; amounts in currency units.
    reading : str
        certain, or expected (with coarse money spread).
    spread
        As for `geoplan.analysis.equity.measure_equity`.
    smooth : bool
        Draw rates of small districts towards the mean of all (empirical Bayes), for ``per_person``,
        ``per_poor_person`` and ``poverty_rate``.
    permutations, seed : int
        Permutations behind each p-value; the global random state is not used.

    Raises
    ------
    UsageError
        Unknown measure or reading, several currencies or kinds, no boundaries, or the extra is not installed.
    InputError
        A district without the figure, or the same figure everywhere.
    """
    _check(ledger, measure, reading, permutations)
    rows = target_districts(ledger, spread=spread)
    rows = rows[rows["reading"] == reading].sort_values("district", ignore_index=True)
    if rows.empty:
        raise UsageError("the ledger has no amounts, so nothing can cluster: choose other money")
    if rows["currency"].nunique() > 1:
        found = ", ".join(sorted(rows["currency"].unique()))
        raise UsageError(f"clusters need one currency; the ledger has {found}: convert the plan first")
    rates = complete_figures(ledger.districts).set_index("district")["poverty_rate"]
    rows["poverty_rate"] = rows["district"].map(rates)
    values = _values(rows, measure, smooth)
    assert ledger.boundaries is not None
    boundaries = ledger.boundaries.set_index("district").loc[rows["district"]]
    neighbours = find_neighbours(boundaries.geometry.to_numpy())
    linked = np.array([len(around) > 0 for around in neighbours])
    islands = tuple(rows["district"][~linked])
    kept = np.flatnonzero(linked)
    if len(kept) < _FEWEST_FOR_MORAN:
        raise UsageError(f"{len(kept)} of {len(rows)} districts have neighbours: clusters need 4 or more")
    position = np.full(len(rows), -1)
    position[kept] = np.arange(len(kept))
    around = [position[neighbours[at]] for at in kept]
    _refuse_constant(values[kept], measure)
    local, overall = measure_association(values[kept], around, permutations=permutations, seed=seed)
    districts = rows[["district", "name"]].assign(
        value=values, neighbours=[len(found) for found in neighbours]
    )
    districts = _widened(districts, kept, local)
    lack = _lack(rows)
    if lack is not None and np.ptp(lack[0][kept]) > 0 and np.ptp(lack[1][kept]) > 0:
        lee_local, lee_overall = _associate_lack(lack[0][kept], lack[1][kept], around, permutations, seed)
        districts = _widened(districts, kept, lee_local)
        overall = pd.concat([overall, lee_overall], ignore_index=True)
    enough = len(kept) >= FEWEST
    districts["cluster"] = _named(districts) if enough else ""
    return Clusters(
        measure=measure,
        districts=districts,
        overall=overall,
        islands=islands,
        sentences=tuple(_sentences(districts, overall, measure, len(kept), permutations)),
        warnings=tuple(_warnings(rows, values[kept], measure, islands, smooth)),
        permutations=permutations,
        seed=seed,
    )


def _check(ledger: Ledger, measure: str, reading: str, permutations: int) -> None:
    try:
        import esda  # noqa: F401
    except ImportError:
        raise missing_extra("clusters need", "spatial") from None
    if measure not in CLUSTER_MEASURES:
        raise UsageError(f"unknown measure {show_value(measure)}: choose from {', '.join(CLUSTER_MEASURES)}")
    if reading not in ("certain", "expected"):
        raise UsageError(
            f"cannot find clusters by the reading {show_value(reading)}: choose certain or expected"
        )
    if permutations < 99:
        raise UsageError("permutations must be 99 or more: fewer give no p-value below 0.02")
    if ledger.boundaries is None:
        raise UsageError("the ledger has no boundaries to find neighbours: build it with build_ledger(plan)")


def find_neighbours(shapes: NDArray[Any]) -> list[NDArray[np.intp]]:
    """Return the neighbours of each shape: those that touch it, or are within `HAIRLINE` metres.

    Parameters
    ----------
    shapes : (districts,) array of shapely geometries
        EPSG:4326.

    Returns
    -------
    list of arrays of int
        Positions, in order; an empty array for an island.
    """
    import shapely

    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=HAIRLINE / _DEGREE)
    apart = one != other
    one, other = one[apart], other[apart]
    order = np.lexsort((other, one))
    return np.split(other[order], np.searchsorted(one[order], np.arange(1, len(shapes))))


def _values(rows: pd.DataFrame, measure: str, smooth: bool) -> NDArray[np.float64]:
    """Return the figures, or refuse those of which some are missing."""
    values = rows[measure].to_numpy(dtype=float)
    missing = rows["district"][~np.isfinite(values)].tolist()
    if missing:
        needs = {
            "per_person": "population",
            "per_poor_person": "poor persons",
            "poverty_rate": "poverty rate",
        }
        what = needs.get(measure, "figure")
        message = f"no {measure} for {len(missing)} of {len(rows)} districts ({list_first(missing)})"
        way_out = f"add their {what} to the profile, or measure spending"
        raise InputError(Problem("profile", message, measure, way_out=way_out))
    if not smooth or measure == "spending":
        return values
    from esda.smoothing import Empirical_Bayes

    events, base = {
        "per_person": ("spending", "population"),
        "per_poor_person": ("spending", "poor"),
        "poverty_rate": ("poor", "population"),
    }[measure]
    smoothed = Empirical_Bayes(rows[events].to_numpy(dtype=float), rows[base].to_numpy(dtype=float)).r
    return np.asarray(smoothed, dtype=float).ravel()


def _refuse_constant(values: NDArray[np.float64], measure: str) -> None:
    if np.ptp(values) == 0:
        message = f"{measure} is {show_number(values[0])} in all districts, so nothing can cluster"
        raise InputError(
            Problem("profile", message, measure, way_out="choose another measure or kind of money")
        )


def _weights(around: list[NDArray[np.intp]], *, with_self: bool = False) -> Any:
    """Return the neighbours as libpysal weights; rows add up to 1."""
    from libpysal.weights import W

    found = {at: [*map(int, of), *([at] if with_self else [])] for at, of in enumerate(around)}
    weights = W(found, silence_warnings=True)
    weights.transform = "R"
    return weights


def measure_association(
    values: NDArray[np.float64],
    around: list[NDArray[np.intp]],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure how a figure is associated with that of the neighbours, district by district and overall.

    Parameters
    ----------
    values : (districts,) array
    around : list of arrays of int
        Positions of the neighbours of each district, at least one.
    permutations, seed : int

    Returns
    -------
    (DataFrame, DataFrame)
        By district ``neighbours_mean, local_moran, g_star, p, p_corrected``; and overall ``statistic, value,
        expected, p``.
    """
    from esda.getisord import G_Local
    from esda.moran import Moran, Moran_Local

    weights = _weights(around)
    moran = Moran(values, weights, permutations=0)
    local = Moran_Local(values, weights, permutations=0)
    star = G_Local(values, _weights(around, with_self=True), transform="R", permutations=0, star=True)
    z = values - values.mean()
    means = np.array([values[of].mean() for of in around])
    drawn = _neighbour_draws(len(values), max(map(len, around)), permutations, seed)
    p = np.array(
        [
            _two_sided(np.delete(values, at)[drawn[:, : len(of)]].mean(axis=1), means[at])
            for at, of in enumerate(around)
        ]
    )
    simulated = _permuted_moran(z, around, permutations, seed)
    overall = pd.DataFrame(
        {"statistic": ["Moran's I"], "value": [float(moran.I)], "expected": [float(moran.EI)],
         "p": [_two_sided(simulated, float(moran.I))]}
    )  # fmt: skip
    figures = {"neighbours_mean": means, "local_moran": np.asarray(local.Is), "g_star": np.asarray(star.Zs), "p": p, "p_corrected": _corrected(p)}  # fmt: skip
    return pd.DataFrame(figures), overall


def _associate_lack(
    poverty: NDArray[np.float64],
    lack: NDArray[np.float64],
    around: list[NDArray[np.intp]],
    permutations: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return local and overall Lee's L of poverty and lack of money; a district counts among its neighbours."""
    from esda.lee import Spatial_Pearson, Spatial_Pearson_Local

    weights = _weights(around, with_self=True).sparse
    columns = [figures.reshape(-1, 1) for figures in (poverty, lack)]
    overall = float(Spatial_Pearson(connectivity=weights, permutations=0).fit(*columns).association_[0, 1])
    local = np.asarray(
        Spatial_Pearson_Local(connectivity=weights, permutations=0).fit(*columns).associations_
    ).ravel()
    x, y = ((figures - figures.mean()) / figures.std() for figures in (poverty, lack))
    drawn = _neighbour_draws(len(x), max(map(len, around)), permutations, seed)
    p, needy = np.empty(len(x)), np.empty(len(x), dtype=bool)
    for at, of in enumerate(around):
        chosen = drawn[:, : len(of)]
        sums = [(np.delete(one, at)[chosen].sum(axis=1) + one[at]) / (len(of) + 1) for one in (x, y)]
        own = [(one[of].sum() + one[at]) / (len(of) + 1) for one in (x, y)]
        p[at] = _two_sided(sums[0] * sums[1], float(own[0] * own[1]))
        needy[at] = min(x[at], y[at], *own) > 0
    random = np.random.default_rng(seed)
    simulated = np.empty(permutations)
    for at in range(permutations):
        order = random.permutation(len(x))
        simulated[at] = (weights @ x[order]) @ (weights @ y[order]) / len(x)
    expected = float(simulated.mean())
    figures = pd.DataFrame(
        {"lee": local, "lee_p": p, "lee_p_corrected": _corrected(p), "poor_and_unfunded": needy}
    )
    row = {
        "statistic": "Lee's L",
        "value": overall,
        "expected": expected,
        "p": _two_sided(simulated, overall),
    }
    return figures, pd.DataFrame([row])


def _neighbour_draws(count: int, most: int, permutations: int, seed: int) -> NDArray[np.intp]:
    """Draw ``most`` of the ``count - 1`` other districts without replacement, (permutations, most)."""
    random = np.random.default_rng(seed)
    others = count - 1
    step = max(1, _CHUNK // others)
    parts = [
        np.argsort(random.random((min(step, permutations - first), others)), axis=1)[:, :most]
        for first in range(0, permutations, step)
    ]
    return np.concatenate(parts)


def _permuted_moran(
    z: NDArray[np.float64], around: list[NDArray[np.intp]], permutations: int, seed: int
) -> NDArray[np.float64]:
    """Return Moran's I of permuted figures."""
    sparse = _weights(around).sparse
    random = np.random.default_rng(seed)
    step = max(1, _CHUNK // len(z))
    parts = []
    for first in range(0, permutations, step):
        shuffled = random.permuted(np.tile(z, (min(step, permutations - first), 1)), axis=1)
        parts.append((shuffled * (sparse @ shuffled.T).T).sum(axis=1) / (z @ z))
    return np.concatenate(parts)


def _two_sided(simulated: NDArray[np.float64], observed: float) -> float:
    """Return the two-sided p-value of an observed figure among simulated ones."""
    margin = 1e-12 * max(1.0, abs(observed))  # equal figures differ in their last digits
    above = int((simulated >= observed - margin).sum())
    below = int((simulated <= observed + margin).sum())
    return min(1.0, 2 * (min(above, below) + 1) / (len(simulated) + 1))


def _corrected(p: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p, method="bh"))


def _lack(rows: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return poverty rates and the money per person that districts lack, where both are known everywhere."""
    figures = rows[["poverty_rate", "per_person"]].to_numpy(dtype=float)
    if not np.isfinite(figures).all():
        return None
    return figures[:, 0], -figures[:, 1]


def _widened(districts: pd.DataFrame, kept: NDArray[np.intp], local: pd.DataFrame) -> pd.DataFrame:
    """Add local figures to all districts, missing for islands."""
    wide = local.set_axis(districts.index[kept]).reindex(districts.index)
    return pd.concat([districts, wide], axis=1)


def _named(districts: pd.DataFrame) -> pd.Series[Any]:
    """Name the interesting districts by their own figure and that of their neighbours."""
    mean = districts.loc[districts["p"].notna(), "value"].mean()
    own = np.where(districts["value"] >= mean, "high", "low")
    near = np.where(districts["neighbours_mean"] >= mean, "high", "low")
    pairs = [f"{one} among {other}" for one, other in zip(own, near, strict=True)]
    named: pd.Series[Any] = pd.Series(pairs, districts.index, dtype=object)
    interesting = districts["p_corrected"] <= INTERESTING
    if "lee_p_corrected" in districts:
        needy = (districts["lee_p_corrected"] <= INTERESTING) & districts["poor_and_unfunded"].eq(True)
        named = named.where(~needy, "poor and unfunded")
        interesting |= needy
    return named.where(interesting, "")


def _sentences(
    districts: pd.DataFrame, overall: pd.DataFrame, measure: str, count: int, permutations: int
) -> list[str]:
    if count < FEWEST:
        return [
            f"No conclusion: {count} districts with neighbours are too few (fewer than {FEWEST}); the figures are "
            "for orientation only."
        ]
    moran = overall.iloc[0]
    figures = (
        f"Moran's I {moran['value']:.2f}, {moran['expected']:.2f} expected without a pattern, p {moran['p']:.4f}, "
        f"{permutations:,} permutations"
    )
    if moran["p"] > INTERESTING:
        first = f"No sign that districts are like their neighbours in {measure} ({figures})."
    elif moran["value"] > moran["expected"]:
        first = f"Districts are more like their neighbours in {measure} than chance makes them ({figures})."
    else:
        first = f"Districts are less like their neighbours in {measure} than chance makes them ({figures})."
    counts = districts["cluster"][districts["cluster"] != ""].value_counts().sort_index()
    if counts.empty:
        return [first, f"No district is interesting by itself, after correction for {count} tests."]
    listed = ", ".join(f"{number} {name}" for name, number in counts.items())
    return [first, f"Interesting districts, after correction for {count} tests: {listed}."]


def _warnings(
    rows: pd.DataFrame, values: NDArray[np.float64], measure: str, islands: tuple[str, ...], smooth: bool
) -> list[str]:
    said = []
    if islands:
        said.append(
            f"left out, because no other district is within {show_number(HAIRLINE)} m: {', '.join(islands)}"
        )
    most, times = np.unique(values, return_counts=True)
    if times.max() >= TIED * len(values):
        said.append(
            f"{times.max()} of {len(values)} districts have the same {measure} ({show_number(most[times.argmax()])}): "
            "clusters may show only where there is anything at all"
        )
    people = rows["population"].to_numpy(dtype=float)
    if measure != "spending" and not smooth and np.isfinite(people).all():
        small = rows["district"][people < SMALL * np.median(people)].tolist()
        if small:
            said.append(
                f"rates of districts with few people vary by chance ({list_first(small)}): compare with smoothed rates"
            )
    return said
