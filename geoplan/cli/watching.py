"""Watching: an output is made again each time that one of its inputs is saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.cli.printing import report, say
from geoplan.model.errors import GeoplanError
from geoplan.model.watched_inputs import state_of, watched_inputs

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger

_SECONDS = 0.5
_MOST_LINES = 10


def make_again_when_saved(make: Callable[[], Ledger]) -> None:
    """Make an output, and again whenever an input is saved, until the user stops it; print what changed.

    Parameters
    ----------
    make : callable
        Reads the inputs, writes the outputs and returns the ledger. An error of the data is printed, the old output
        stays, and the next saving is waited for.
    """
    from geoplan.outputs.whole_files import published_together

    before: Ledger | None = None
    while True:
        with watched_inputs() as inputs:
            try:
                with published_together() as outputs:
                    ledger = make()
                    if outputs.staged:
                        inputs.check_unchanged()
            except GeoplanError as error:
                # Without any input there is nothing that could be mended while this waits.
                if not inputs.states:
                    raise
                report(error, "the old output stays until this is mended")
            else:
                if before is not None:
                    _say_changes(before, ledger)
                before = ledger
            states = dict(inputs.states)
        say("waiting for an input to be saved; Ctrl+C stops")
        changed = wait_for_change(states)
        say(f"saved: {', '.join(sorted({path.name for path in changed}))}")


def wait_for_change(states: Mapping[Path, object]) -> list[Path]:
    """Return the files that are no longer in a state, once they have stopped changing."""
    while True:
        changed = _changed(states)
        if changed:
            now = {path: state_of(path) for path in changed}
            time.sleep(_SECONDS)
            # A program that saves a file may write it in steps, or remove it first.
            if all(state is not None and state_of(path) == state for path, state in now.items()):
                return changed
        else:
            time.sleep(_SECONDS)


def _changed(states: Mapping[Path, object]) -> list[Path]:
    return [path for path, state in states.items() if state_of(path) != state]


def _say_changes(before: Ledger, after: Ledger) -> None:
    for line in list_changes(before, after):
        say(line)


def list_changes(before: Ledger, after: Ledger) -> Iterable[str]:
    """List the districts and the money outside districts that have another amount than before."""
    from geoplan.analysis.comparison import compare

    try:
        rows = compare(before, after)
    except GeoplanError as error:
        return [f"changed: {error}"]
    changed = rows[rows["change_minor"] != 0]
    if changed.empty:
        return ["no amount of a district changed"]
    lines = []
    for row in changed.head(_MOST_LINES).to_dict("records"):
        name = row["name"] if row["place"] == "district" else row["place"]
        kind = f" ({row['kind']})" if "kind" in row else ""
        lines.append(
            f"changed: {name}{kind}: {row['currency']} {row['one']:,f} → {row['other']:,f}".replace(
                ",", "\u202f"
            )
        )
    rest = len(changed) - _MOST_LINES
    return [*lines, *([f"… and {rest} more"] if rest > 0 else [])]
