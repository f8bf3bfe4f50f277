"""Headings of a plan and its ledger in another language: titles, notes and the illustrative line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger
    from geoplan.plan.plan_tables import Plan


def translate_headings(plan: Plan, ledger: Ledger, language: str) -> tuple[Plan, Ledger]:
    """Return a plan and its ledger with title, subtitle, notes and illustrative line in a language.

    The tables stay as they are: no figure depends on the language.

    Parameters
    ----------
    plan : Plan
    ledger : Ledger
    language : str
        en, fr or lo.
    """
    said = {name: plan.say(getattr(plan, name), language) for name in ("title", "subtitle", "illustrative")}
    return (
        replace(plan, **said),  # type: ignore[arg-type]
        replace(
            ledger,
            illustrative=plan.say(ledger.illustrative, language),
            notes=tuple(plan.say(note, language) for note in ledger.notes),
        ),
    )
