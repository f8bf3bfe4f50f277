"""Scale: plans that do not fit in memory, streamed through the same placement and split.

Belongs here: datasets cut into pieces, whole projects brought together, each group put through
`ledger.entries.build_ledger`, in this process or on a Dask cluster.

Does not belong here: any rule about money of its own; results equal those in memory byte for byte.
"""

from __future__ import annotations

from geoplan.scale.runs import ROWS, Streamed, stream_plan

__all__ = ["ROWS", "Streamed", "stream_plan"]
