"""Choropleths: districts coloured by a measure of a ledger, drawn by Matplotlib for notebooks and papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoplan.analysis.class_breaks import class_breaks
from geoplan.analysis.equity import check_one_kind
from geoplan.analysis.rates import add_rates
from geoplan.ledger.entries import reconcile
from geoplan.ledger.summary import summarize
from geoplan.model.errors import UsageError, show_value
from geoplan.model.optional_libraries import missing_extra

if TYPE_CHECKING:
    from geoplan.ledger.entries import Ledger

VALUES = ("amount", "per_person", "per_poor_person", "per_km2")


def plot_ledger(
    ledger: Ledger, *, value: str = "amount", currency: str | None = None, classes: int = 5, ax: Any = None
) -> Any:
    """Plot a choropleth of the districts of a ledger, with the money that is in no district below it.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money, with boundaries.
    value : str
        amount, per_person, per_poor_person or per_km2, in currency units.
    currency : str, optional
        Which one, if the ledger has several.
    classes : int
        Maximum number of classes.
    ax : matplotlib.axes.Axes, optional
        Where to plot [default: a new figure].

    Returns
    -------
    matplotlib.axes.Axes
        Districts whose value is unknown are hatched.

    Raises
    ------
    UsageError
        Matplotlib is not installed, the ledger has no boundaries, or ``value`` or ``currency`` does not exist.
    """
    try:
        import matplotlib.pyplot as plt
        from matplotlib.colors import BoundaryNorm
    except ImportError:
        raise missing_extra("plots need", "plots") from None
    check_one_kind(ledger)
    if value not in VALUES:
        raise UsageError(f"cannot plot {show_value(value)}: choose from {', '.join(VALUES)}")
    chosen = _choose_currency(ledger, currency)
    if ledger.boundaries is None:
        raise UsageError("the ledger has no boundaries to plot: build it of a plan, not of streamed files")
    rows = add_rates(summarize(ledger, "district"), ledger)
    values = rows[rows["currency"] == chosen].set_index("district")[value].astype("float64")
    shapes = ledger.boundaries[["district", "geometry"]].assign(
        value=ledger.boundaries["district"].map(values)
    )
    cuts = class_breaks(shapes["value"], classes)
    top = float(shapes["value"].max()) if shapes["value"].notna().any() else 1.0
    bounds = sorted({min(0.0, float(shapes["value"].min())) if top > 0 else 0.0, *cuts, max(top, 1e-9)})
    axes = plt.subplots(layout="constrained")[1] if ax is None else ax
    shapes.plot(
        column="value", cmap="YlGnBu", norm=BoundaryNorm(bounds, 256), edgecolor="#555555", linewidth=0.5, legend=True,
        legend_kwds={"format": "{x:,.0f}", "shrink": 0.7}, missing_kwds={"color": "#eeeeee", "hatch": "///"}, ax=axes,
    )  # fmt: skip
    axes.set_axis_off()
    kind = ledger.kinds[0] if ledger.kinds else ""
    axes.set_title(f"{value.replace('_', ' ').capitalize()}, {kind}, {chosen}")
    outside = sum(
        sums.placed_total - sums.in_districts for sums in reconcile(ledger) if sums.currency == chosen
    )
    if outside:
        axes.annotate(
            f"{chosen} {outside:,} has no known district",
            (0, -0.03),
            xycoords="axes fraction",
            fontsize="small",
        )
    return axes


def _choose_currency(ledger: Ledger, currency: str | None) -> str:
    known = ledger.currencies
    if currency is None and len(known) == 1:
        return known[0]
    if currency in known:
        return str(currency)
    problem = (
        "the ledger has several currencies" if currency is None else f"no money in {show_value(currency)}"
    )
    raise UsageError(f"{problem}: choose one with currency=, of {', '.join(known)}")
