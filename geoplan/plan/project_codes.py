"""Project codes that lost their leading zeros in one table, as a spreadsheet program saves them, and not in another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from geoplan.model.errors import list_first, show_value
from geoplan.model.schema import SOURCE_FILE
from geoplan.sources.conform import Conformed
from geoplan.text.spelled_codes import as_number

_TABLES = ("projects", "locations", "spending")


def spell_projects_alike(read_ones: Mapping[str, Conformed]) -> dict[str, Conformed]:
    """Give project codes the zeros back that another table has: 1 is read as 001 if no table has both.

    Parameters
    ----------
    read_ones : dict of str to Conformed
        By table. A remark lists what is read so.
    """
    codes = {
        name: {*read_ones[name].frame["project"].dropna().astype(str)}
        for name in _TABLES
        if name in read_ones and "project" in read_ones[name].frame
    }
    whole = _with_zeros(codes)
    found = dict(read_ones)
    for name, given in codes.items():
        short = sorted(given & whole.keys())
        if not short:
            continue
        one = read_ones[name]
        projects = one.frame["project"].astype(object).map(lambda code: whole.get(code, code))
        files = list_first(one.frame[SOURCE_FILE].unique()) if SOURCE_FILE in one.frame else name
        pairs = list_first(f"{show_value(code)} as {show_value(whole[code])}" for code in short)
        said = (
            f"{files}: codes of projects without their leading zeros are read as in the other tables: {pairs}"
        )
        frame = one.frame.assign(project=projects)
        found[name] = replace(one, frame=frame, remarks=[*one.remarks, said], detected=[*one.detected, said])
    return found


def _with_zeros(codes: Mapping[str, set[str]]) -> dict[str, str]:
    """Return the code with zeros of each number that the tables spell in two ways, and no table in both."""
    everywhere = set().union(*codes.values())
    if not any(code.startswith("0") for code in everywhere):
        return {}
    spelled: dict[str, set[str]] = {}
    for code in everywhere:
        if (number := as_number(code)) is not None:
            spelled.setdefault(number, set()).add(code)
    return {
        number: min(ways)
        for number, ways in spelled.items()
        if len(ways) == 2 and number in ways and not any(ways <= given for given in codes.values())
    }
