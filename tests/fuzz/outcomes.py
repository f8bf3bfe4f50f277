"""What a plan ends in: a balanced ledger, one error, or a failure of geoplan."""

from __future__ import annotations

import math
import tempfile
import traceback
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from geoplan.analysis.gridded_profile import profile_districts
from geoplan.geo.road_network import build_network, measure_travel
from geoplan.ledger.entries import build_ledger, list_entries, reconcile
from geoplan.model.errors import InputError, UsageError
from geoplan.model.schema import Table
from geoplan.outputs.text_tables import write_csv
from geoplan.plan import plan_inputs
from geoplan.plan.plan_tables import read_plan
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.roads import read_roads, read_speeds

from ..conftest import TOY
from .inputs import RASTER, ROADS, SPEEDS, write_input

FAILURE = "failure"


_SOUND: dict[str, Conformed] = {}


def read_sound_once(spec: FileSpec, table: Table) -> Conformed:
    """Read a table; those of the toy plan that an input leaves as they are, only the first time."""
    sound = TOY.get(spec.path.name, "")
    if not (sound and spec.path.is_file() and spec.path.read_bytes() == sound.encode()):
        return read(spec, table)
    key = f"{table.name} {replace(spec, path=Path(spec.path.name))!r}"
    if key not in _SOUND:
        _SOUND[key] = read(spec, table)
    return replace(_SOUND[key], frame=_SOUND[key].frame.copy())


@dataclass(frozen=True)
class Outcome:
    """What came of one input: ``result``, ``error`` or ``failure``, and the message."""

    kind: str
    message: str


def try_input(family: str, seed: int) -> Outcome:
    """Read the plan of a family and a seed, and write its ledger and what else its files are for."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        write_input(family, seed, Path(folder))
        before = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        outcome = _try_plan(Path(folder))
        if before != {path.name: path.read_bytes() for path in Path(folder).iterdir()}:
            return Outcome(FAILURE, "an input was changed, or something was left beside it")
        return outcome


def _try_plan(folder: Path) -> Outcome:
    try:
        with warnings.catch_warnings(), patch.object(plan_inputs, "read", read_sound_once):
            warnings.simplefilter("ignore")  # the command line shows none, see geoplan.cli.last_resort
            plan = read_plan(folder)
            ledger = build_ledger(plan)
            write_csv(list_entries(ledger))
            if (folder / RASTER).exists():
                found = profile_districts(plan.districts, folder / RASTER, year=2010, values="counts")
                write_csv(found.as_profile())
                assert math.isclose(
                    found.districts["people"].sum() + found.outside, found.total, rel_tol=1e-6, abs_tol=1e-6
                )
            if (folder / ROADS).exists():
                roads = read_roads([folder / ROADS])
                network = build_network(
                    roads.lines, roads.classes, read_speeds(folder / SPEEDS)[0], name=roads.name
                )
                places = plan.districts.geometry.representative_point().to_numpy()
                travel = measure_travel(network, places, places, limit=600, farthest_walk=50_000)
                assert (travel.minutes >= 0).all()
    except (InputError, UsageError) as error:
        message = str(error)
        if "cannot be read (" in message and "Error:" in message:
            return Outcome("error, unexplained", message)
        return Outcome("error", message)
    except Exception:  # and an AssertionError of above
        return Outcome(FAILURE, traceback.format_exc())
    if any(sums.difference for sums in reconcile(ledger)):
        return Outcome(FAILURE, "the ledger does not balance")
    return Outcome("result", "")
