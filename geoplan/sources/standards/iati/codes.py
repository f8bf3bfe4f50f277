"""Codes of IATI 1.0 to 2.03, and what they mean in geoplan.

Source: the code lists of the standard, https://iatistandard.org (TransactionType, ActivityStatus,
ActivityDateType, OrganisationRole, SectorVocabulary, BudgetType, RelatedActivityType, GeographicalPrecision,
LocationType).
"""

from __future__ import annotations

VERSIONS = ("1.0", "1.00", "1.01", "1.02", "1.03", "1.04", "1.05", "2.01", "2.02", "2.03")
"""Versions of the standard that geoplan knows. Newer minor versions only add to these."""

TRANSACTION_KINDS = {
    "2": "commitment",
    "C": "commitment",
    "3": "disbursement",
    "D": "disbursement",
    "4": "expenditure",
    "E": "expenditure",
}
"""Transactions that are spending of an activity."""

OTHER_TRANSACTIONS = {
    "1": "incoming funds",
    "IF": "incoming funds",
    "5": "interest payment",
    "IR": "interest payment",
    "6": "loan repayment",
    "LR": "loan repayment",
    "7": "reimbursement",
    "R": "reimbursement",
    "8": "purchase of equity",
    "QP": "purchase of equity",
    "9": "sale of equity",
    "QS": "sale of equity",
    "10": "credit guarantee",
    "CG": "credit guarantee",
    "11": "incoming commitment",
    "12": "outgoing pledge",
    "13": "incoming pledge",
}
"""Transactions that are not spending: the same money coming in or going back, or only promised."""

FUNDING_ROLES = ("1", "Funding")
START_TYPES = ("2", "start-actual", "1", "start-planned")
END_TYPES = ("4", "end-actual", "3", "end-planned")
"""Types of dates, in order of precedence."""

REVISED = ("2", "Revised")
PARENT, CHILD = "1", "2"

STATUSES = {
    "1": "Pipeline/identification",
    "2": "Implementation",
    "3": "Finalisation",
    "4": "Closed",
    "5": "Cancelled",
    "6": "Suspended",
}
_OLD_STATUSES = {"completion": "Finalisation", "post-completion": "Closed"}

DAC_5, DAC_3 = "1", "2"
PREFERRED_VOCABULARIES = (DAC_5, DAC_3)
"""Vocabularies of sectors that divide amounts if the plan names none: purpose codes, then categories."""

_OLD_VOCABULARIES = {
    "DAC": DAC_5,
    "DAC-3": DAC_3,
    "COFOG": "3",
    "NACE": "4",
    "NTEE": "5",
    "ADT": "6",
    "ISO": "11",
    "RO": "99",
    "RO2": "98",
    "WB": "99",
}

LEVELS = {
    **dict.fromkeys(("PCL", "PCLD", "PCLF", "PCLH", "PCLI", "PCLIX", "PCLS"), 0),
    **{f"ADM{level}{historical}": level for level in range(1, 5) for historical in ("", "H")},
}
"""Level of an administrative region by its feature designation (LocationType)."""

REGIONS = frozenset(
    ("ADMD", "ADMDH", "ADMS", "LTER", "PRSH", "TERR", "ZN", "ZNB", "RGN", "RGNE", "RGNH", "AREA")
)
"""Feature designations of regions without a level."""

ADMINISTRATIVE_REGION = "1"
UNCLEAR_REGION = "7"
"""Precision code of a region without a level: its coordinates are only the position of its label."""


def sector_vocabulary(vocabulary: str | None, code: str) -> str:
    """Return a sector's vocabulary in the codes of version 2; the default is the DAC's, by the length of the code.

    >>> sector_vocabulary("DAC", "151"), sector_vocabulary(None, "15110"), sector_vocabulary("99", "x")
    ('2', '1', '99')
    """
    known = _OLD_VOCABULARIES.get(vocabulary or DAC_5, vocabulary or DAC_5)
    return DAC_3 if known == DAC_5 and len(code) == 3 else known


def status_words(code: str | None, text: str | None) -> str | None:
    """Return an activity's status in words, the same for a code of version 2 and the text of version 1."""
    if code in STATUSES:
        return STATUSES[code]
    return _OLD_STATUSES.get((text or "").casefold(), text or code)
