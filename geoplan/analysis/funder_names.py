"""Funder names: the single funders of an amount, and texts in place of a funder that name none."""

from __future__ import annotations

import re
from functools import lru_cache

import pandas as pd

from geoplan.ledger.entries import Ledger
from geoplan.model.schema import NOT_STATED
from geoplan.text.spelling import split_words

JOINT = re.compile(r"[|;]")
"""Separators between the names of funders that pay together, such as ``A|B`` in AidData's releases, or ``A; B``."""

NO_FUNDERS = frozenset(
    (
        "", "unspecified", "not specified", "not stated", "not known", "not available", "not reported", "unknown",
        "undefined", "undisclosed", "n a", "na", "none", "nil", "null", "tbd", "tbc", "to be determined",
        "to be confirmed", "various", "several", "multiple",
        "non précisé", "non spécifié", "non renseigné", "inconnu", "aucun", "à déterminer", "à préciser", "divers",
        "ບໍ່ລະບຸ", "ບໍ່ຮູ້", "ບໍ່ມີ", "ຫຼາຍພາກສ່ວນ",
    )
)  # fmt: skip
"""Words in place of a funder that name none, in lower case and without punctuation."""

_ROLES = frozenset(("donor", "donors", "funder", "funders", "partner", "partners", "bailleur", "bailleurs"))
"""Words that may follow such a word, as in *various donors*."""

_KEPT = 10_000
"""Texts whose answer is kept: a ledger has few funders and many rows."""


def name_funders(funder: str) -> list[str]:
    """Return the single funders, or sectors, of an amount that several may share; none if the text names none.

    >>> name_funders("World Bank|Japan"), name_funders("Lux-Dev; GoL"), name_funders("Unspecified")
    (['World Bank', 'Japan'], ['Lux-Dev', 'GoL'], [])

    A name given twice is one funder.
    """
    return [*_single_funders(funder)]


@lru_cache(maxsize=_KEPT)
def _single_funders(funder: str) -> tuple[str, ...]:
    names = dict.fromkeys(name.strip() for name in JOINT.split(funder))
    return tuple(name for name in names if not _names_nobody(name))


def _names_nobody(name: str) -> bool:
    """Tell whether a text in place of a funder is only punctuation, or a word such as *unspecified*.

    >>> _names_nobody("(Not-specified)"), _names_nobody("Various donors"), _names_nobody("..."), _names_nobody("KfW")
    (True, True, True, False)
    """
    words = split_words(name)
    if len(words) > 1 and words[-1] in _ROLES:
        words = words[:-1]
    return " ".join(words) in NO_FUNDERS


def has_joint_money(ledger: Ledger) -> bool:
    """Return whether funders pay some of the money together, such as ``A|B``."""
    return any(len(name_funders(str(name))) > 1 for name in ledger.entries["funder"].unique())


def all_funders(names: pd.Series[str]) -> tuple[str, ...]:
    """Return all funders in sorted order; funders that pay together are listed one by one."""
    return tuple(sorted({funder for name in set(names) for funder in name_funders(str(name))}))


def named_or_not_stated(entries: pd.DataFrame) -> pd.DataFrame:
    """Replace a text in place of a funder, such as *Unspecified*, by what stands for none; if there is such a column."""
    if "funder" not in entries:
        return entries
    nobody = [
        name for name in entries["funder"].unique() if name != NOT_STATED and not name_funders(str(name))
    ]
    if not nobody:
        return entries
    names = entries["funder"].astype(object)
    return entries.assign(funder=names.where(~names.isin(nobody), NOT_STATED))
