"""Measures for a map of a comparison: the change by district, and both sides."""

from __future__ import annotations

import pandas as pd

from geoplan.model.errors import UsageError
from geoplan.page.extras import DistrictMeasure


def comparison_measures(change: pd.DataFrame, one: str, other: str) -> list[DistrictMeasure]:
    """Return the change, and the amounts of both sides, as measures for the page.

    Parameters
    ----------
    change : DataFrame
        By district, as from `geoplan.analysis.comparison.compare`.
    one, other : str
        Names of the two sides.

    Raises
    ------
    UsageError
        There are several currencies or kinds of money, which one colour scale cannot show.
    """
    if "kind" in change and change["kind"].nunique() > 1:
        kinds = ", ".join(sorted(set(change["kind"])))
        raise UsageError(f"a map shows the change of one kind of money, not of {kinds}: choose one kind")
    currencies = sorted(set(change["currency"]))
    if len(currencies) > 1:
        raise UsageError(
            f"a map shows the change in one currency, not in {', '.join(currencies)}: convert the plans first"
        )
    currency = currencies[0] if currencies else None
    rows = change[change["district"].notna()].set_index("district")
    relative = rows["relative_change"].astype(float) * 100
    label = {"en": "Change", "fr": "Changement", "lo": "ການປ່ຽນແປງ"}
    relative_label = {"en": "Change in per cent", "fr": "Changement en pour cent", "lo": "ການປ່ຽນແປງ (%)"}
    return [
        DistrictMeasure("change", label, rows["change"], scale="diverging", currency=currency),
        DistrictMeasure("relative_change", relative_label, relative, unit="%", scale="diverging"),
        DistrictMeasure("one", one, rows["one"], currency=currency),
        DistrictMeasure("other", other, rows["other"], currency=currency),
    ]
