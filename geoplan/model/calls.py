"""Calls of the public functions: a wrong argument is a `UsageError` with the way out, not a traceback."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import partial, wraps
from math import isnan
from numbers import Integral, Real
from os import PathLike
from typing import Any

from geoplan.model.errors import GeoplanError, UsageError, show_value

_WAYS_OUT = {
    "Ledger": "build it with build_ledger(plan)",
    "Plan": "read it with read_plan or make_plan",
    "DataFrame": "",
    "GeoDataFrame": "read it with geopandas.read_file",
    "Series": "",
    "Equity": "make it with measure_equity(ledger)",
    "Allocation": "make it with allocate(needs, budget)",
    "Phasing": "make it with phase(ledger, ceilings)",
    "Publisher": "",
    "DistrictMeasure": "",
    "ExtraLayer": "",
    "Origin": "make one with Origin(kind, path)",
}
"""Classes that are checked, and how to get one."""

_WAY_OF_TABLES = (
    "→ read plans with read_plan or make_plan, and build ledgers with build_ledger: they check their tables; "
    "or correct the columns named"
)

_WORDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "Amount": "a number or a string with it",
    "bool": "True or False",
    "Path": "a path",
    "Sequence": "a list",
    "Mapping": "a dict",
    "TableInput": "a file or a DataFrame",
}
"""Other types that are checked, in words. Further annotations are left to the function."""

_CHECKED = frozenset((*_WAYS_OUT, *_WORDS))


def check_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a public function that checks its arguments by their annotations before it runs.

    Swapped arguments, a plan instead of a ledger, a text instead of a number, and a table without a needed column
    raise `UsageError`.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        try:
            given = signature.bind(*args, **options).arguments
        except TypeError as error:
            names = ", ".join(signature.parameters) or "none"
            raise UsageError(f"{function.__name__}: {error}; its arguments are {names}") from None
        wrong = [
            f"{function.__name__}: {fault}"
            for name, value in given.items()
            for fault in _faults(name, value, str(signature.parameters[name].annotation))
        ]
        # make_plan reads its tables itself, as it reads files.
        tables = {
            name: value
            for name, value in given.items()
            if "TableInput" not in str(signature.parameters[name].annotation)
        }
        if wrong := wrong or _table_faults(function.__name__, tables):
            raise UsageError(wrong)
        try:
            return function(*args, **options)
        except KeyError as error:
            raise UsageError(_missing_column(function.__name__, error)) from error
        except Exception as error:
            if isinstance(error, GeoplanError) or not _blames_tables(error) or not _takes_tables(given):
                raise
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise UsageError(
                f"{function.__name__}: an argument cannot be used ({reason[0]}); see help(geoplan.{function.__name__}), "
                "and read tables with read_plan or make_plan, which check them"
            ) from error

    return checked


def _faults(name: str, value: Any, annotation: str) -> list[str]:
    """List what is wrong with an argument; nothing if any part of its annotation fits, or is not checked."""
    kinds = [kind for kind in _parts(annotation) if kind != "None"]
    is_optional = "None" in _parts(annotation)
    if any(_outer(kind) not in _CHECKED for kind in kinds) or (value is None and is_optional):
        return []
    if any(_fits(value, kind) for kind in kinds):
        return []
    wanted = " or ".join(_in_words(kind) for kind in kinds)
    ways = [_WAYS_OUT[_outer(kind)] for kind in kinds if _WAYS_OUT.get(_outer(kind))]
    shown = show_value(value) if isinstance(value, str | bytes | int | float) else type(value).__name__
    if isinstance(value, list | tuple | set) and (
        bad := [entry for entry in value if not any(_fits([entry], kind) for kind in kinds)]
    ):
        shown += f" with {show_value(bad[0])}"
    return [f"{name} must be {wanted}, not {shown}" + "".join(f": {way}" for way in ways[:1])]


def _table_faults(function: str, given: Mapping[str, Any]) -> list[str]:
    """List what is wrong in the tables of the plans and ledgers among the arguments, and the way out."""
    from geoplan.model.hand_made_tables import find_ledger_faults, find_plan_faults, find_table_faults

    faults = []
    for name, value in given.items():
        of_frame = partial(find_table_faults, argument=name)
        finders: dict[str, Callable[[Any], list[str]]] = {
            "Plan": find_plan_faults,
            "Ledger": find_ledger_faults,
            "DataFrame": of_frame,
            "GeoDataFrame": of_frame,
        }
        find = finders.get(type(value).__name__, lambda _: [])
        faults += [f"{function}: {name}: {fault}" for fault in find(value)]
    return [*faults, _WAY_OF_TABLES] if faults else []


def _in_words(kind: str) -> str:
    """Name a type with what it has.

    >>> _in_words("Sequence[str]"), _in_words("Ledger"), _in_words("Mapping[int, Amount]")
    ('a list, each a string', 'a Ledger', 'a dict, each from a whole number to a number or a string with it')
    """
    outer, inner = _outer(kind), kind.partition("[")[2].removesuffix("]")
    words = _WORDS.get(outer) or _with_article(outer)
    known = [_WORDS.get(part) or _with_article(part) for part in inner.split(", ") if part in _CHECKED]
    if outer == "Mapping" and len(known) == 2:
        return f"{words}, each from {known[0]} to {known[1]}"
    return f"{words}, each {known[0]}" if outer == "Sequence" and known else words


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def _parts(annotation: str) -> list[str]:
    """Split an annotation at the bars outside its brackets.

    >>> _parts("str | Sequence[str | int] | None")
    ['str', 'Sequence[str | int]', 'None']
    """
    return [part.strip() for part in re.split(r"\|(?![^\[]*\])", annotation)]


def _outer(kind: str) -> str:
    """Return the name of a type without its module and its contents.

    >>> _outer("pd.Series[float]"), _outer("Sequence[str]")
    ('Series', 'Sequence')
    """
    return kind.partition("[")[0].rpartition(".")[2]


def _fits(value: Any, kind: str) -> bool:
    """Tell whether a value is of a type, by name, so that no type needs to be imported here."""
    outer = _outer(kind)
    inner = kind[kind.index("[") + 1 : -1] if "[" in kind else ""
    checks: dict[str, Callable[[], bool]] = {
        "str": lambda: isinstance(value, str),
        "bool": lambda: isinstance(value, bool) or type(value).__name__ == "bool",
        "int": lambda: isinstance(value, Integral) and not isinstance(value, bool),
        "float": lambda: isinstance(value, Real) and not isinstance(value, bool) and not isnan(value),
        "Amount": lambda: isinstance(value, Real | Decimal | str) and not isinstance(value, bool),
        "Path": lambda: isinstance(value, PathLike),
        "TableInput": lambda: value is not None,  # make_plan says what is no table, for all tables at once
        "Mapping": lambda: isinstance(value, Mapping) and _entries_fit(value, inner),
        "Sequence": lambda: _is_list(value) and all(_fits_any(entry, inner) for entry in value),
    }
    if outer in checks:
        return checks[outer]()
    return outer in {base.__name__ for base in type(value).__mro__}


def _entries_fit(given: Mapping[Any, Any], annotation: str) -> bool:
    """Tell whether the keys and values of a dict are of their types; both are read at the last comma."""
    keys, _, values = annotation.rpartition(", ")
    return all(_fits_any(key, keys) and _fits_any(value, values) for key, value in given.items())


def _is_list(value: Any) -> bool:
    is_table = any(base.__name__ == "NDFrame" and value.ndim > 1 for base in type(value).__mro__)
    return isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping) and not is_table


def _fits_any(value: Any, annotation: str) -> bool:
    kinds = _parts(annotation)
    return any(_outer(kind) not in _CHECKED or _fits(value, kind) for kind in kinds)


def _blames_tables(error: Exception) -> bool:
    """Tell whether an error may come from tables made by hand, not from files, memory or the machine."""
    of_values = isinstance(error, AttributeError | IndexError | TypeError | ValueError | ArithmeticError)
    return of_values or type(error).__module__.partition(".")[0] in ("pandas", "shapely", "pyproj")


def _takes_tables(given: Mapping[str, Any]) -> bool:
    """Tell whether an argument is a table, or has tables that its caller may have made by hand."""
    names = {base.__name__ for value in given.values() for base in type(value).__mro__}
    return not names.isdisjoint(("DataFrame", "Plan", "Ledger", "Series", "Mapping", "dict"))


def _missing_column(function: str, error: KeyError) -> str:
    said = str(error.args[0] if error.args else "")
    # pandas names one missing column by itself, and several in brackets: "['a', 'b'] not in index".
    quoted = re.search(r"\['([^']*)'", said)
    column = quoted[1] if quoted else said
    what = "; its amounts are whole minor units, such as cents" if column.endswith("_minor") else ""
    return (
        f"{function}: a table has no column {show_value(column)}{what}; tables of a plan have the "
        "columns of geoplan.model.schema, and read_plan and make_plan fill them in"
    )
