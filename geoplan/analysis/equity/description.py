"""Measures of equity in words: what each value means, what it needs, and why one is not available."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geoplan.analysis.equity.families import MEASURES, READINGS
from geoplan.ledger.coarse_money import COARSE
from geoplan.text.languages import Catalogue, read_catalogue

_FAMILY = {**dict.fromkeys(MEASURES[:6], "population"), **dict.fromkeys(MEASURES[6:8], "poverty rank"),
           **dict.fromkeys(MEASURES[8:], "poor persons")}  # fmt: skip
_SHOWN = 5
_FIGURES = ("measure", "reading", "value", "exact", "coarse_minor", "obstacle", "detail")


@dataclass(frozen=True)
class Equity:
    """Measures of equity as figures and codes. `geoplan.analysis.equity.describe_equity` puts them into words.

    Parameters
    ----------
    measures : DataFrame
        One row per group, currency, measure and reading: the columns asked for, ``currency``,
        ``measure``, ``reading``, ``value`` (missing if there is an obstacle, infinite if a district
        receives nothing), ``exact`` (whether the end of a range is proven to be the end),
        ``coarse_minor`` (money whose district is unknown, in minor units), ``obstacle`` and its ``detail``.
    verdicts : DataFrame
        One row per group and currency: the results of `geoplan.analysis.equity.verdicts.judge` (``verdict``,
        ``size``, ``lowest`` and ``highest`` concentration index, and more), ``ranked_by``, ``coarse`` and
        ``coarse_minor`` (money whose district is unknown), ``spread``, that money by bucket
        (``province-wide_minor`` and so on), ``refunds_minor`` and ``elsewhere_minor`` (in no reading).
    exclusions : DataFrame
        One row per group, currency, kind of measure and district left out: ``measures``,
        ``district``, ``name``, ``reason``, ``spending_minor``.
    """

    measures: pd.DataFrame
    verdicts: pd.DataFrame
    exclusions: pd.DataFrame

    def _repr_html_(self) -> str:
        return describe_equity(self)._repr_html_()


@dataclass(frozen=True)
class EquityDescription:
    """Measures of equity in words of one language.

    Parameters
    ----------
    language : str
    measures : DataFrame
        One row per group, currency, measure and reading, as in `Equity`: the groupings,
        ``currency``, ``measure``, ``label`` (its name for people), ``reading``, ``value``,
        ``exact``, ``sentence``, ``needs``, ``obstacle``, ``left_out`` (districts, and why).
    verdicts : DataFrame
        One row per group and currency: ``verdict``, ``sentence``, ``ranked_by``, ``coarse`` and
        ``coarse_minor``, ``spread``, ``obstacle``, ``remark``.
    exclusions : DataFrame
        As in `Equity`, ``reason`` in words.
    notes : tuple of str
        What else a reader must know, each once.
    """

    language: str
    measures: pd.DataFrame
    verdicts: pd.DataFrame
    exclusions: pd.DataFrame
    notes: tuple[str, ...]

    def _repr_html_(self) -> str:
        said = [text for text in self.verdicts["sentence"] if text] or list(self.verdicts["verdict"])
        keys = [name for name in self.measures.columns if name not in _WORDS]
        table = (
            beside(self.measures, keys).drop(columns="measure").to_html(escape=True, index=False, na_rep="")
        )
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return "".join(f"<p>{html.escape(text)}</p>" for text in said) + table + f"<ul>{notes}</ul>"


_WORDS = (
    "currency",
    "measure",
    "label",
    "reading",
    "value",
    "exact",
    "sentence",
    "needs",
    "obstacle",
    "left_out",
)


def describe_equity(equity: Equity, language: str = "en") -> EquityDescription:
    """Put measures of equity into plain sentences.

    Parameters
    ----------
    equity : Equity
        From `geoplan.analysis.equity.measure_equity`.
    language : str
        en, fr or lo.

    Returns
    -------
    EquityDescription

    Raises
    ------
    UsageError
        The language is not supported.

    Examples
    --------
    >>> from geoplan.ledger.entries import build_ledger
    >>> from geoplan.plan.plan_tables import read_plan
    >>> from geoplan.plan.plan_file import find_bundled_plan
    >>> from geoplan.analysis.equity import measure_equity
    >>> equity = measure_equity(build_ledger(read_plan(find_bundled_plan())))
    >>> describe_equity(equity, "fr").verdicts["verdict"][0].replace(chr(0x202F), "_")
    'dépend de l’endroit où sont allés 1_620_000 EUR'
    """
    words = read_catalogue("geoplan.analysis.equity", language)
    keys = [name for name in equity.measures.columns if name not in ("currency", *_FIGURES)]
    left_out = _say_exclusions(words, equity.exclusions, keys)
    spread = dict(zip(_groups(equity.verdicts, keys), equity.verdicts["spread"], strict=True))
    groups = _groups(equity.measures, keys)
    measures = equity.measures[[*keys, "currency", "measure"]].assign(
        label=[words.say(f"label.{name}") for name in equity.measures["measure"]],
        reading=equity.measures["reading"],
        value=equity.measures["value"],
        exact=equity.measures["exact"],
        sentence=[
            _say_measure(words, row, spread[group])
            for row, group in zip(_rows(equity.measures), groups, strict=True)
        ],
        needs=[words.say(f"needs.{name}") for name in equity.measures["measure"]],
        obstacle=[_say_obstacle(words, row) for row in _rows(equity.measures)],
        left_out=[
            left_out.get((group, _FAMILY[name]), "")
            for group, name in zip(groups, equity.measures["measure"], strict=True)
        ],
    )
    verdicts = _say_verdicts(words, equity, keys)
    reasons = [words.say(f"reason.{name}") for name in equity.exclusions["reason"]]
    exclusions = equity.exclusions.assign(reason=pd.Series(reasons, equity.exclusions.index, dtype=object))
    notes = tuple(_say_notes(words, equity, measures, verdicts))
    return EquityDescription(language, measures, verdicts, exclusions, notes)


def _groups(frame: pd.DataFrame, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(frame[[*keys, "currency"]].itertuples(index=False, name=None))


def _rows(measures: pd.DataFrame) -> Iterable[Any]:
    return measures[[*_FIGURES, "currency"]].itertuples(index=False)


def list_sentences(equity: Equity, language: str = "en") -> list[str]:
    """Say what the certain value of each measure means, under one heading per currency.

    The heading says once what holds for all: the money that is not counted, and that the measures
    compare means of districts. Use it for measures of a whole plan, without groupings.
    """
    words = read_catalogue("geoplan.analysis.equity", language)
    certain = equity.measures[equity.measures["reading"] == "certain"]
    lines = []
    for currency, rows in certain.groupby("currency", sort=False):
        said = [_say_bare(words, row.measure, row.value) for row in _rows(rows)]
        coarse = int(rows["coarse_minor"].max())
        key = "heading.excluding" if coarse > 0 else "heading"
        lines.append(words.say(key, amount=words.amount(coarse, str(currency))))
        lines += [f"  {sentence}." for sentence in said if sentence]
    return lines


def say_value(words: Catalogue, measure: str, value: float) -> str:
    """Say in one sentence what the value of a measure means; empty for a missing value.

    >>> say_value(read_catalogue("geoplan.analysis.equity", "en"), "hoover", 0.25).replace(chr(0xA0), " ")
    '25.0 % of the money would have to move for every district to have the same per person (district means, not people).'
    """
    said = _say_bare(words, measure, value)
    return said and words.say("level", said=said)


def _say_bare(words: Catalogue, measure: str, value: float) -> str:
    """Return the sentence without the remark that it is about means of districts, and without a full stop."""
    if math.isnan(value):
        return ""
    key = measure
    if measure == "gini":
        degree = (
            "hardly" if value < 0.1 else "somewhat" if value < 0.25 else "clearly" if value < 0.4 else "very"
        )
        key = f"gini.{degree}"
    elif math.isinf(value):
        key = f"{measure}.infinite"
    share = 0.4 * value if measure == "coady_grosh_hoddinott" else value
    decimals = 2 if measure == "coady_grosh_hoddinott" else 3
    finite = math.isfinite(value)
    return words.say(
        key,
        value=words.number(value, decimals) if finite else "∞",
        percent=words.percent(share) if finite else "",
    )


def _say_measure(words: Catalogue, row: Any, spread: str) -> str:
    said = say_value(words, row.measure, row.value)
    if not said or row.coarse_minor <= 0:
        return said
    reading = f"{row.reading}.{spread}" if (row.reading, spread) == ("expected", "none") else row.reading
    return words.say(
        f"before.{reading}",
        amount=words.amount(row.coarse_minor, row.currency),
        spread=words.say(f"spread.{spread}"),
        said=said,
    )


def _say_obstacle(words: Catalogue, row: Any) -> str:
    if not row.obstacle:
        return ""
    return words.say(f"obstacle.{row.obstacle}", detail=row.detail, needs=words.say(f"needs.{row.measure}"))


def _say_exclusions(
    words: Catalogue, exclusions: pd.DataFrame, keys: Sequence[str]
) -> dict[tuple[tuple[Any, ...], str], str]:
    """Return for each group and family of measures the districts that are left out, with their money."""
    said = {}
    by = [*keys, "currency", "measures"]
    for group, rows in exclusions.groupby(by, sort=False):
        listed = ", ".join(
            words.say("left_out.district", name=row.name, reason=words.say(f"reason.{row.reason}"))
            for row in rows[["name", "reason"]].head(_SHOWN).itertuples(index=False)
        )
        if len(rows) > _SHOWN:
            listed = words.say("left_out.more", districts=listed, count=len(rows) - _SHOWN)
        amount = words.amount(int(rows["spending_minor"].sum()), rows["currency"].iloc[0])
        said[group[:-1], str(group[-1])] = words.say("left_out", districts=listed, amount=amount)
    return said


def _say_verdicts(words: Catalogue, equity: Equity, keys: Sequence[str]) -> pd.DataFrame:
    verdicts = equity.verdicts
    of_index = equity.measures[
        (equity.measures["measure"] == "concentration_index") & (equity.measures["reading"] == "expected")
    ]
    records = [dict(row) for row in verdicts.to_dict("records")]
    said = [_say_verdict(words, row) for row in records]
    return verdicts[[*keys, "currency"]].assign(
        verdict=[verdict for verdict, _ in said],
        sentence=[sentence for _, sentence in said],
        ranked_by=[words.say(f"basis.{basis}") if basis else "" for basis in verdicts["ranked_by"]],
        coarse=verdicts["coarse"],
        coarse_minor=verdicts["coarse_minor"],
        spread=[words.say(f"spread.{spread}") for spread in verdicts["spread"]],
        obstacle=[_say_obstacle(words, row) for row in _rows(of_index)],
        remark=[_say_remark(words, row) for row in records],
    )


def _say_verdict(words: Catalogue, row: dict[Any, Any]) -> tuple[str, str]:
    """Return the verdict on who is favoured, and the sentence that explains it."""
    verdict, currency = row["verdict"], row["currency"]
    if verdict == "unknown":
        return words.say("verdict.unknown"), ""
    span = _say_span(words, row)
    if verdict == "depends":
        amount = words.amount(row["coarse_minor"], currency)
        buckets = ", ".join(
            words.say(
                "bucket",
                amount=words.amount(row[f"{name}_minor"], currency),
                place=words.say(f"place.{name}"),
            )
            for name in (*COARSE, "approximate")
            if row[f"{name}_minor"]
        )
        return (
            words.say("verdict.depends", amount=amount),
            words.say(
                "verdict.of.depends",
                amount=amount,
                buckets=buckets,
                span=span,
                if_poorest=words.say(f"verdict.{row['if_poorest']}"),
                if_richest=words.say(f"verdict.{row['if_richest']}"),
            ),
        )
    is_directed = verdict in ("pro-poor", "pro-rich") and row["size"]
    said = words.say(f"verdict.{row['size']} {verdict}" if is_directed else f"verdict.{verdict}")
    if row["coarse_minor"] > 0:
        said = words.say("verdict.sturdy", verdict=said)
    side = "" if verdict != "mixed" else ".more" if row["crossing"] > 0 else ".less"
    crossing = abs(row["crossing"]) if verdict == "mixed" else 0.0
    return said, words.say(
        f"verdict.of.{verdict}{side}", verdict=said, span=span, percent=words.percent(crossing, 0)
    )


def _say_span(words: Catalogue, row: dict[Any, Any]) -> str:
    """Give the numbers behind a verdict: the index, and what reaches the poorest 40 % of people."""
    low, high = (words.number(row[end], 3) for end in ("lowest", "highest"))
    first, last = (words.percent(row[end]) for end in ("poorest_low", "poorest_high"))
    return words.say(
        "span.one" if low == high and first == last else "span.two",
        low=low,
        high=high,
        percent=first,
        percent_high=last,
    )


def _say_remark(words: Catalogue, row: dict[Any, Any]) -> str:
    """Say which coarse money is in no reading: refunds, and money that could be in no district that counts."""
    said = []
    if row["refunds_minor"]:
        said.append(words.say("remark.refunds", amount=words.amount(row["refunds_minor"], row["currency"])))
    if row["elsewhere_minor"] > 0:
        said.append(
            words.say("remark.elsewhere", amount=words.amount(row["elsewhere_minor"], row["currency"]))
        )
    return "; ".join(said)


def _say_notes(
    words: Catalogue, equity: Equity, measures: pd.DataFrame, verdicts: pd.DataFrame
) -> Iterable[str]:
    """Yield notes on the ranking, the spread, and what is not available."""
    for basis in sorted(set(verdicts["ranked_by"]) - {""}):
        yield words.say("note.ranked", basis=basis)
    if (verdicts["coarse_minor"] > 0).any():
        for spread in sorted(set(verdicts["spread"])):
            yield words.say("note.spread", spread=spread)
        yield words.say("note.range")
    found = list(dict.fromkeys(measures.loc[~measures["exact"], "label"]))
    if found:
        yield words.say("note.found", measures=", ".join(found))
    for obstacle, rows in measures[measures["obstacle"] != ""].groupby("obstacle", sort=False):
        yield words.say("note.obstacle", measures=", ".join(dict.fromkeys(rows["label"])), obstacle=obstacle)
    for text in dict.fromkeys(measures["left_out"]):
        if text:
            yield words.say("note.left_out", left_out=text)
    for remark in dict.fromkeys(verdicts["remark"]):
        if remark:
            yield words.say("note.remark", remark=remark)


def beside(measures: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return one row per measure with its four readings in columns.

    Parameters
    ----------
    measures : DataFrame
        From `EquityDescription`.
    by : sequence of str
        Its groupings.

    Returns
    -------
    DataFrame
        The groupings, ``currency``, ``measure``, ``label``, ``certain``, ``expected``, ``lowest`` and
        ``highest``.
    """
    keys = [*by, "currency", "measure", "label"]
    rows = measures[measures["reading"] == READINGS[0]][keys].reset_index(drop=True)
    for reading, head in zip(READINGS, ("certain", "expected", "lowest", "highest"), strict=True):
        rows[head] = measures.loc[measures["reading"] == reading, "value"].to_numpy()
    return rows
