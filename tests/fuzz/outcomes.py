"""What a plan ends in: a balanced ledger, one error, or a failure of geoplan."""

from __future__ import annotations

import tempfile
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

from geoplan.ledger.entries import build_ledger, reconcile, written_ledger
from geoplan.model.errors import InputError, UsageError
from geoplan.outputs.text_tables import write_csv
from geoplan.plan.plan_tables import read_plan

from .inputs import write_input

FAILURE = "failure"


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
        with warnings.catch_warnings():
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
