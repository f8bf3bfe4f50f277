"""Plans that do not fit in memory: datasets streamed through the same placement and allocation."""

from __future__ import annotations

from geoplan.streaming.runs import ROWS, Streamed, stream_plan

__all__ = ["ROWS", "Streamed", "stream_plan"]
