"""Pages of datasets: the data of a map, collected shard by shard, so that memory never has all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.ledger.entries import Ledger
from geoplan.ledger.entry_rows import sum_entries
from geoplan.ledger.hexagons import (
    MOST_LOCATIONS,
    Gathering,
    add_gatherings,
    as_hexagons,
    count_crowds,
    count_hexagons,
    gather_entries,
    name_hexagons,
    pair_projects,
)
from geoplan.model.schema import CRS, STANDS_FOR
from geoplan.plan.project_rows import list_projects
from geoplan.scale.frames import read_frame, write_frame
from geoplan.scale.shuffle import Job, Scattered, read_places

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

HEXAGONS, LOCATIONS = "hexagons", "locations"
_TALLY = ["project", "kind", "currency", "illustrative"]


def choose_page(job: Job, sources: Sequence[Scattered]) -> str:
    """Return whether a page of these pieces shows hexagons or single locations."""
    of_locations = [done.rows for done in sources if job.pieces[done.piece].table == "locations"]
    return HEXAGONS if sum(of_locations) > MOST_LOCATIONS else LOCATIONS


@dataclass(frozen=True)
class Drawn:
    """The data that a page needs of a part of the amounts of a shard."""

    entries: pd.DataFrame
    pairs: pd.DataFrame
    tally: pd.DataFrame


def draw_run(job: Job, plan: Plan, ledger: Ledger) -> Drawn:
    """Collect the page data of a plan with the locations of a shard and a part of its amounts."""
    tally = tally_spending(plan.spending)
    if job.page == HEXAGONS:
        entries = gather_entries(plan, ledger, name_hexagons(plan))
        return Drawn(entries, pair_projects(ledger.entries), tally)
    return Drawn(sum_entries(ledger.entries, plan.districts["district"]), pd.DataFrame(), tally)


def tally_spending(spending: pd.DataFrame) -> pd.DataFrame:
    """Sum amounts by kind and currency, illustrative ones also by project.

    Returns
    -------
    DataFrame
        ``project`` (empty for amounts that are not illustrative), ``kind, currency, illustrative`` (0 or 1),
        ``amount`` (minor units), ``rounding`` (Decimal as text) and how many amounts a row stands for.
    """
    made_up = spending["illustrative"].eq(True).to_numpy()
    frame = pd.DataFrame(
        {
            "project": pd.Series(np.where(made_up, spending["project"].astype(object), ""), dtype=object),
            "kind": spending["kind"].astype(object),
            "currency": spending["currency"].astype(object),
            "illustrative": made_up.astype(np.int64),
            "amount_minor": spending["amount_minor"],
            STANDS_FOR: 1,
        }
    )
    sums = frame.groupby(_TALLY, sort=True)[["amount_minor", STANDS_FOR]].sum()
    rests = spending["rounding"].astype(object).groupby([frame[name] for name in _TALLY], sort=True).sum()
    return sums.assign(rounding=rests.map(str).astype(object)).reset_index()


def write_drawn(job: Job, shard: int, plan: Plan, drawn: Sequence[Drawn]) -> None:
    """Write the page data of a shard to the workspace."""
    codes = plan.districts["district"]
    entries = sum_entries(pd.concat([run.entries.astype(object) for run in drawn]), codes)
    write_frame(
        job.workspace,
        _name("entries", shard),
        entries.assign(amount_minor=entries["amount_minor"].astype(np.int64)),
    )
    write_frame(job.workspace, _name("tally", shard), pd.concat([run.tally for run in drawn]))
    if job.page == HEXAGONS:
        pairs = pd.concat([run.pairs.astype(object) for run in drawn]).drop_duplicates(ignore_index=True)
        write_frame(job.workspace, _name("crowds", shard), count_crowds(pairs))
        write_frame(job.workspace, _name("hexagons", shard), count_hexagons(plan, name_hexagons(plan)))


def _name(what: str, shard: int) -> str:
    return f"page-{what}-{shard:06d}.arrow"


def join_page(job: Job, ledger: Ledger) -> tuple[Plan, Ledger]:
    """Join the page data of all shards.

    Parameters
    ----------
    job : Job
        All its shards are done.
    ledger : Ledger
        Of all of them.

    Returns
    -------
    Plan, Ledger
        The input of `geoplan.page`: single locations up to 200,000 of them, hexagons above.
    """

    def read(what: str, shard: int) -> pd.DataFrame:
        return read_frame(job.workspace.path(_name(what, shard)))

    shards = range(job.shards)
    codes = job.plan.districts["district"]
    tally = pd.concat(
        [read("tally", shard).astype(dict.fromkeys((*_TALLY[:3], "rounding"), object)) for shard in shards]
    )
    spending = tally.assign(
        rounding=tally["rounding"].map(Decimal).astype(object), illustrative=tally["illustrative"].eq(1)
    )
    plan = replace(
        job.plan, spending=spending.reset_index(drop=True), datasets={}, illustrative=ledger.illustrative
    )
    if job.page == HEXAGONS:
        parts = (
            Gathering(read("hexagons", shard), read("entries", shard), read("crowds", shard))
            for shard in shards
        )
        return as_hexagons(plan, ledger, add_gatherings(parts, codes))
    entries = pd.concat([read("entries", shard).astype(object) for shard in shards])
    entries = sum_entries(entries.assign(amount_minor=entries["amount_minor"].astype(np.int64)), codes)
    return _with_locations(job, plan, entries), replace(ledger, entries=entries)


def _with_locations(job: Job, plan: Plan, entries: pd.DataFrame) -> Plan:
    import geopandas as gpd

    read: list[Any] = [read_places(job, shard)[0] for shard in range(job.shards)]
    locations = pd.concat(
        [part.astype({"project": object, "location": object}) for part in read], ignore_index=True
    )
    frames = {"projects": plan.projects, "locations": locations, "spending": entries}
    projects = plan.projects if "projects" in plan.files else list_projects(frames)
    return replace(
        plan, projects=projects, locations=gpd.GeoDataFrame(locations, geometry="geometry", crs=CRS)
    )
