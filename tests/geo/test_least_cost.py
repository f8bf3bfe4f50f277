"""Minutes over cells: small grids that can be added up by hand, and networkx as the oracle."""

from __future__ import annotations

from dataclasses import dataclass

import networkx
import numpy as np
import pytest

from geoplan.geo.least_cost import LONGEST_DETOUR, CostSearch
from geoplan.geo.polygons import Floats


@dataclass
class Cells:
    """Costs in memory; each row may have its own width."""

    costs: Floats
    widths: Floats
    height: float = 100.0

    @property
    def rows(self) -> int:
        return len(self.costs)

    @property
    def columns(self) -> int:
        return self.costs.shape[1]

    def read_costs(self, top: int, left: int, rows: int, columns: int) -> Floats:
        return self.costs[top : top + rows, left : left + columns]

    def cell_sizes(self, top: int, rows: int) -> tuple[Floats, Floats]:
        return self.widths[top : top + rows], np.full(rows, self.height)


def even(costs: Floats) -> Cells:
    return Cells(costs, np.full(len(costs), 100.0))


def minutes_from(cells: Cells, row: int, column: int, *, block: int, limit: float = np.inf) -> Floats:
    reached = CostSearch(cells, block=block).spread(np.array([row]), np.array([column]), np.zeros(1), limit)
    every = np.indices((cells.rows, cells.columns)).reshape(2, -1)
    return reached.at(*every)[0].reshape(cells.rows, cells.columns)


def by_networkx(cells: Cells, starts: list[tuple[int, int]]) -> Floats:
    graph = networkx.Graph()
    for row, column in np.ndindex(cells.costs.shape):
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            there = row + down, column + right
            if there[0] < cells.rows and 0 <= there[1] < cells.columns:
                east = right * (cells.widths[row] + cells.widths[there[0]]) / 2
                cost = (cells.costs[row, column] + cells.costs[there]) / 2
                if np.isfinite(cost):
                    graph.add_edge((row, column), there, weight=cost * np.hypot(east, down * cells.height))
    found = np.full(cells.costs.shape, np.inf)
    for start in starts:
        found[start] = 0.0
    for place, minutes in networkx.multi_source_dijkstra_path_length(graph, set(starts) & set(graph)).items():
        found[place] = minutes
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("block", [3, 5, 64])
def test_blocks_find_what_one_graph_finds(seed: int, block: int) -> None:
    random = np.random.default_rng(seed)
    costs = random.uniform(0.001, 0.05, (17, 14))
    costs[random.random(costs.shape) < 0.3] = np.nan
    costs[[8, 2], [7, 11]] = 0.01
    cells = Cells(costs, np.linspace(60, 100, 17))
    search = CostSearch(cells, block=block)
    one, other = (search.spread(np.array([r]), np.array([c]), np.zeros(1)) for r, c in ((8, 7), (2, 11)))
    both = search.spread(np.array([8, 2]), np.array([7, 11]), np.zeros(2))
    every = np.indices(costs.shape).reshape(2, -1)
    minutes, nearest = both.at(*every)
    assert minutes.reshape(costs.shape) == pytest.approx(by_networkx(cells, [(8, 7), (2, 11)]))
    apart = np.stack([one.at(*every)[0], other.at(*every)[0]])
    assert minutes == pytest.approx(apart.min(axis=0))
    reached = np.isfinite(minutes)
    assert apart[nearest[reached], np.flatnonzero(reached)] == pytest.approx(minutes[reached])
    assert (nearest[~reached] == -1).all()


@pytest.mark.parametrize("block", [4, 64])
def test_a_path_goes_round_a_wall_by_hand(block: int) -> None:
    costs = np.full((9, 9), 0.01)  # 1 minute for 100 m
    costs[:8, 4] = np.nan
    found = minutes_from(even(costs), 0, 0, block=block)
    assert found[0, 3] == pytest.approx(3.0)
    # Down to the gap in the last row and up again: 4 diagonals and 4 straight steps each way.
    assert found[0, 8] == pytest.approx(8 * np.sqrt(2) + 8)
    assert np.isinf(found[3, 4])


def test_each_row_has_its_own_width() -> None:
    cells = Cells(np.full((2, 5), 0.01), np.array([50.0, 100.0]))
    # 4 steps of 50 m in the first row; in the second, the way by the first row is a detour of two diagonals.
    found = minutes_from(cells, 0, 0, block=64)
    assert found[0, 4] == pytest.approx(2.0)
    assert found[1, 0] == pytest.approx(1.0)
    assert found[1, 1] == pytest.approx(np.hypot(75, 100) / 100)


def test_the_search_stops_at_its_limit_and_reads_no_further() -> None:
    costs = np.full((4, 400), 0.01)
    read: list[int] = []

    class Watched(Cells):
        def read_costs(self, top: int, left: int, rows: int, columns: int) -> Floats:
            read.append(left)
            return super().read_costs(top, left, rows, columns)

    found = minutes_from(Watched(costs, np.full(4, 100.0)), 0, 0, block=20, limit=30.0)
    assert found[0, 30] == pytest.approx(30.0) and np.isinf(found[0, 31])
    assert max(read) <= 40


def test_a_start_can_begin_later_and_one_without_a_cell_is_left_out() -> None:
    search = CostSearch(even(np.full((1, 11), 0.01)), block=4)
    reached = search.spread(np.array([0, -1, 0]), np.array([0, -1, 10]), np.array([0.0, np.inf, 4.0]))
    minutes, nearest = reached.at(np.zeros(11, np.int64), np.arange(11))
    assert minutes.tolist() == pytest.approx([0, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4])
    assert nearest.tolist()[:7] == [0] * 7 and nearest.tolist()[8:] == [2] * 3


def test_paths_over_8_neighbours_are_longer_by_the_part_that_is_said() -> None:
    found = minutes_from(even(np.full((201, 201), 0.01)), 100, 100, block=64)
    row, column = np.indices(found.shape)
    straight = np.hypot(row - 100, column - 100)
    longest = (found / np.where(straight > 0, straight, 1)).max() - 1
    assert longest == pytest.approx(LONGEST_DETOUR, abs=1e-4)
    assert f"{LONGEST_DETOUR:.0%}" == "8%"
