"""Calls of the public functions: a wrong argument is a `UsageError` with the way out, not a traceback."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from geoplan.model.errors import UsageError, show_value

_LEDGER = "build it with build_ledger(plan)"
_PLAN = "read it with read_plan or make_plan"
_EXPECTED = {
    "Ledger": _LEDGER,
    "Plan": _PLAN,
    "Plan | None": _PLAN,
    "pd.DataFrame": "give a DataFrame",
}
"""Annotations that are checked, and the way out."""


def check_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a public function that checks its plans, ledgers and tables before it runs.

    Swapped arguments, a plan instead of a ledger, and a table without a needed column raise `UsageError`.
    """
    signature = inspect.signature(function)
    expected = {
        name: str(parameter.annotation)
        for name, parameter in signature.parameters.items()
        if str(parameter.annotation) in _EXPECTED
    }

    @wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        for name, value in signature.bind(*args, **options).arguments.items():
            if name in expected:
                _check_type(function.__name__, name, value, expected[name])
        try:
            return function(*args, **options)
        except KeyError as error:
            said = str(error.args[0] if error.args else "")
            # pandas names one missing column by itself, and several as "['a', 'b'] not in index".
            quoted = re.match(r"\['([^']*)'.*not in index", said)
            column = quoted[1] if quoted else said
            what = "; its amounts are whole minor units, such as cents" if column.endswith("_minor") else ""
            raise UsageError(
                f"{function.__name__}: a table has no column {show_value(column)}{what}; tables of a plan have the "
                "columns of geoplan.model.schema, and read_plan and make_plan fill them in"
            ) from error

    return checked


def _check_type(function: str, name: str, value: Any, annotation: str) -> None:
    wanted = annotation.removesuffix(" | None").rpartition(".")[2]
    if value is None and annotation.endswith("None"):
        return
    if wanted not in {kind.__name__ for kind in type(value).__mro__}:
        raise UsageError(
            f"{function}: {name} must be a {wanted}, not {type(value).__name__}: {_EXPECTED[annotation]}"
        )
