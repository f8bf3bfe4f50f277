"""What a plan ends in: a balanced ledger, one error, or a failure of geoplan."""

from __future__ import annotations

import tempfile
import traceback
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from geoplan.ledger.entries import build_ledger, reconcile, written_ledger
from geoplan.model.errors import InputError, UsageError
from geoplan.model.schema import Table
from geoplan.outputs.text_tables import write_csv
from geoplan.plan import plan_tables
from geoplan.plan.plan_tables import read_plan
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec

from ..conftest import TOY
from .inputs import write_input

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
    """Read the plan of a family and a seed, and write its ledger."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        write_input(family, seed, Path(folder))
        before = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        outcome = _try_plan(Path(folder))
        if before != {path.name: path.read_bytes() for path in Path(folder).iterdir()}:
            return Outcome(FAILURE, "an input was changed, or something was left beside it")
        return outcome


def _try_plan(folder: Path) -> Outcome:
    try:
        with warnings.catch_warnings(), patch.object(plan_tables, "read", read_sound_once):
            warnings.simplefilter("ignore")  # the command line shows none, see geoplan.cli.last_resort
            ledger = build_ledger(read_plan(folder))
            write_csv(written_ledger(ledger))
    except (InputError, UsageError) as error:
        message = str(error)
        if "cannot be read (" in message and "Error:" in message:
            return Outcome("error, unexplained", message)
        return Outcome("error", message)
    except Exception:
        return Outcome(FAILURE, traceback.format_exc())
    if any(sums.difference for sums in reconcile(ledger)):
        return Outcome(FAILURE, "the ledger does not balance")
    return Outcome("result", "")
