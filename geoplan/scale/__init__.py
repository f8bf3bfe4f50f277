"""Scale: plans that do not fit in memory, streamed through the same placement and split.

Belongs here: reading datasets in pieces, grouping rows into shards of whole projects, and building the ledger of
each shard with `ledger.entries.build_ledger`, in this process or on a Dask cluster.

Does not belong here: rules about money. Results equal those in memory byte for byte.
"""

from __future__ import annotations

from geoplan.scale.runs import ROWS, Streamed, stream_plan

__all__ = ["ROWS", "Streamed", "stream_plan"]
