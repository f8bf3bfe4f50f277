"""Shards: groups of whole projects, each a small plan whose ledger is written to the workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geoplan.ledger.entries import Ledger, Money, build_ledger, money_before_conversion
from geoplan.ledger.entry_rows import as_coded, known_provinces, number_rules, sort_rows, written_rules
from geoplan.ledger.summary import count_pairs, pair_amounts
from geoplan.model.errors import InputError, Problem, raise_if
from geoplan.model.placement_rules import APPROXIMATE
from geoplan.model.schema import DISTRICT, ENTRY_COLUMNS, NOT_STATED, PLACES, SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.plan.plan_tables import with_rows
from geoplan.plan.views import revalue_plan
from geoplan.scale.frames import write_frame
from geoplan.scale.pages import Drawn, draw_run, write_drawn
from geoplan.scale.shuffle import Job, read_places, read_shard
from geoplan.sources.conform import duplicate_keys
from geoplan.sources.raw_table import RawTable

SUM_KEYS = ("component", "funder", "year", "kind", "currency", "place", "district", "province", "rule")
"""What the sums of a shard are by, besides the project of money that bounds net by project."""

_ORDER = (
    *(name for name in ENTRY_COLUMNS if name != "amount_minor"),
    "amount_minor",
    SOURCE_FILE,
    SOURCE_ROW,
)


@dataclass(frozen=True)
class Placed:
    """The result of a shard.

    Parameters
    ----------
    shard : int
    rows : int
        Number of rows of locations and spending.
    given : mapping of (str, str) to (str, str)
        As in `geoplan.ledger.entries.Ledger`, as text.
    notes : tuple of str
    illustrative : str
    problems : tuple of Problem
        If there are any, nothing was written.
    before_conversion : mapping of (str, str) to int
        As in `geoplan.ledger.entries.Ledger`.
    """

    shard: int
    rows: int
    given: dict[Money, tuple[str, str]]
    notes: tuple[str, ...] = ()
    illustrative: str = ""
    problems: tuple[Problem, ...] = ()
    before_conversion: dict[Money, int] = field(default_factory=dict)


def ledger_name(shard: int) -> str:
    """Return the name of the file with the ledger entries of a shard."""
    return f"ledger-{shard:06d}.arrow"


def sums_name(shard: int) -> str:
    """Return the name of the file with the sums of a shard."""
    return f"sums-{shard:06d}.arrow"


def counts_name(number: int, shard: int) -> str:
    """Return the name of the file with the counts of a shard by one grouping."""
    return f"counts-{number}-{shard:06d}.arrow"


def place_shard(job: Job, shard: int) -> Placed:
    """Build the ledger of a shard, and write its entries and their sums to the workspace."""
    try:
        return _place(job, shard)
    except InputError as error:
        problems = tuple(problem for problem in error.problems if isinstance(problem, Problem))
        return Placed(shard, 0, {}, problems=problems)


def _place(job: Job, shard: int) -> Placed:
    locations, placed_by_row = read_places(job, shard)
    _check_keys(job, locations)
    rows = len(locations)
    entries: list[pd.DataFrame] = []
    drawn: list[Drawn] = []
    pairs: dict[tuple[str, ...], list[pd.DataFrame]] = {by: [] for by in job.counts}
    sums: list[pd.DataFrame] = []
    ledgers: list[Ledger] = []
    for spending in read_shard(job, "spending", shard):
        rows += len(spending)
        placed = placed_by_row(spending)
        kind = job.view.kind
        chosen = placed if kind is None else placed[placed["kind"] == kind]
        plan = revalue_plan(with_rows(job.plan, locations, chosen.reset_index(drop=True)), job.view)
        ledger = build_ledger(plan, index=job.index, habits=job.habits)
        sums.append(sum_entries(ledger.entries))
        if job.entries:
            entries.append(ledger.entries)
        if job.page:
            drawn.append(draw_run(job, plan, ledger))
        for by, found in pairs.items():
            found.append(pair_amounts(ledger, by))
        # Do not keep a slice of the entries: even a short one would keep all of them in memory.
        own = money_before_conversion(ledger)
        ledgers.append(replace(ledger, entries=pd.DataFrame(), before_conversion=own))
        del spending, placed, chosen, ledger  # free the memory before the next ones are read
    write_frame(job.workspace, sums_name(shard), drop_projects(pd.concat(sums, ignore_index=True)))
    if job.entries:
        given = [name for name in ("given_amount_minor", "given_currency") if name in entries[0]]
        ordered = _in_order(entries)
        # In codes, so that a part takes little memory.
        provinces = known_provinces(ordered, job.plan.districts).astype("category")
        written = ordered.assign(rule=written_rules(ordered), province=provinces)
        written = written[[*ENTRY_COLUMNS, "province", *given]]
        write_frame(job.workspace, ledger_name(shard), written)
    if job.page:
        write_drawn(job, shard, plan, drawn)
    for number, (by, found) in enumerate(pairs.items()):
        write_frame(job.workspace, counts_name(number, shard), count_pairs(found, by))
    return Placed(
        shard,
        rows,
        {money: (str(total), str(rest)) for money, (total, rest) in add_given(ledgers).items()},
        tuple(dict.fromkeys(note for ledger in ledgers for note in ledger.notes)),
        next((ledger.illustrative for ledger in ledgers if ledger.illustrative), ""),
        before_conversion=add_before_conversion([ledger.before_conversion or {} for ledger in ledgers]),
    )


def _check_keys(job: Job, locations: pd.DataFrame) -> None:
    """Refuse locations that share an identifier; each problem names its own file."""
    table = TABLES["locations"]
    doubled = locations[locations.duplicated(list(table.key), keep=False)]
    raw = RawTable(job.plan.datasets["locations"].path.name, doubled, doubled[SOURCE_ROW])
    found: list[Problem] = []
    for problem in duplicate_keys(doubled, table, raw):
        files = doubled[SOURCE_FILE].astype(str).to_numpy()
        for file in sorted(set(files)):
            rows = tuple(row for row, of in zip(problem.rows, files, strict=True) if of == file)
            values = tuple(value for value, of in zip(problem.values, files, strict=True) if of == file)
            found.append(replace(problem, source=file, rows=rows, values=values, table=table.name))
    raise_if(found)


def sum_entries(entries: pd.DataFrame) -> pd.DataFrame:
    """Sum ledger entries by project and `SUM_KEYS`; the project is kept only where bounds need it.

    Amounts are whole numbers, so sums of sums are the same in any order. Of the rule, only the flag for approximate
    names is kept.

    Bounds net money whose district is not certain by project (see `geoplan.ledger.coarse_money.CoarseLayout`). The
    net of a project without a refund is never below 0, whatever the grouping, so that all of these can be one.
    """
    keys = ("project", *SUM_KEYS)
    numbers = {name: entries[name].to_numpy(dtype=np.int64) for name in ("year", "rule")}
    numbers["rule"] = numbers["rule"] & int(APPROXIMATE)
    labels: dict[str, Any] = {}
    for name in keys:
        if name not in numbers:
            numbers[name], labels[name] = _rank_labels(entries[name])
    is_certain = (entries["place"] == DISTRICT).to_numpy() & (numbers["rule"] == 0)
    numbers["project"] = np.where(is_certain, labels["project"].get_loc(NOT_STATED), numbers["project"])
    order = sort_rows([numbers[name] for name in keys])
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = np.logical_or.reduce([np.diff(numbers[name][order]) != 0 for name in keys])
    firsts = np.flatnonzero(is_first)
    columns: dict[str, Any] = {}
    for name in keys:
        found = numbers[name][order[firsts]]
        columns[name] = found if name not in labels else pd.Categorical.from_codes(found, labels[name])
    amounts = entries["amount_minor"].to_numpy(dtype=np.int64)[order]
    columns["amount_minor"] = np.add.reduceat(amounts, firsts) if len(firsts) else amounts
    return pd.DataFrame(columns)


def _rank_labels(cells: pd.Series[Any]) -> tuple[Any, Any]:
    """Return the rank of each cell among its labels, and the labels in order; a missing cell has -1."""
    coded = as_coded(cells)
    names = coded.categories.to_numpy(dtype=object)
    if NOT_STATED not in coded.categories:
        names = np.append(names, NOT_STATED)
    order = np.argsort(names, kind="stable")
    rank = np.append(order, -1)
    rank[order] = np.arange(len(names))
    return rank[coded.codes], pd.Index(names[order], dtype=object)


def drop_projects(sums: pd.DataFrame) -> pd.DataFrame:
    """Drop the project from the sums of a whole shard, except for projects with a refund, and sum again."""
    refunds = sums.loc[sums["amount_minor"] < 0, "project"].unique()
    kept = sums["project"].where(sums["project"].isin(refunds), NOT_STATED)
    return sum_entries(sums.assign(project=kept))


def add_given(ledgers: Sequence[Ledger]) -> dict[Money, tuple[Decimal, Decimal]]:
    """Add up the given amounts of several ledgers, by currency and kind."""
    given: dict[Money, tuple[Decimal, Decimal]] = {}
    for ledger in ledgers:
        for money, (total, rest) in ledger.given.items():
            before = given.get(money, (Decimal(0), Decimal(0)))
            given[money] = (before[0] + total, before[1] + rest)
    return given


def add_before_conversion(parts: Iterable[Mapping[Money, int]]) -> dict[Money, int]:
    """Add up converted money in its own currencies, by currency and kind."""
    sums: dict[Money, int] = {}
    for part in parts:
        for money, minor in part.items():
            sums[money] = sums.get(money, 0) + minor
    return sums


def _in_order(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Sort the entries of a shard that was built in several parts into the order of a single build."""
    if len(runs) == 1:
        return runs[0]
    entries = pd.concat([run.astype(object) for run in runs], ignore_index=True)
    keys = []
    for name in reversed(_ORDER):
        if name == "place":
            keys.append(entries[name].map(PLACES.index).to_numpy(dtype=np.int64))
        elif name in ("year", "amount_minor", SOURCE_ROW):
            keys.append(entries[name].to_numpy(dtype=np.int64))
        elif name == "rule":
            keys.append(number_rules(entries["rule"], entries["carried_from"])[0])
        else:
            keys.append(pd.Categorical(entries[name]).codes)  # a missing district has code -1 and comes first
    whole = [
        name for name in ("year", "amount_minor", "rule", "given_amount_minor", SOURCE_ROW) if name in entries
    ]
    return entries.take(np.lexsort(keys)).astype(dict.fromkeys(whole, np.int64))
