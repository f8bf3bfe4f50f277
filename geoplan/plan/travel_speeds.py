"""Travel speeds: the section ``[travel]`` of a plan file, km/h by class of road, each with its source and year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geoplan.model.errors import Problem

TRAVEL_KEYS = ("speeds",)
SPEED_KEYS = ("kmh", "source", "year")

_EXAMPLE = '{ kmh = 4.5, source = "…", year = 2015 }'


@dataclass(frozen=True)
class TravelSpeeds:
    """Speeds on roads and on foot.

    Parameters
    ----------
    kmh : mapping of str to float
        By class of road; ``walking`` is the speed on foot, and 0 closes a class.
    said : str
        Sources and years, for people.
    """

    kmh: Mapping[str, float] = field(default_factory=dict)
    said: str = ""


def read_travel(section: Mapping[str, Any] | None, source: str) -> tuple[TravelSpeeds | None, list[Problem]]:
    """Read the section ``[travel]`` of a plan file, and list its errors."""
    if section is None:
        return None, []
    advice = f"known are {', '.join(TRAVEL_KEYS)}"
    problems = [
        Problem(source, "unknown key in [travel]", values=(key,), way_out=advice)
        for key in section
        if key not in TRAVEL_KEYS
    ]
    speeds = section.get("speeds", {})
    if not isinstance(speeds, dict):
        advice = f"write [travel.speeds] with lines such as walking = {_EXAMPLE}"
        return None, [
            *problems,
            Problem(source, "speeds in [travel] must be a table", values=(speeds,), way_out=advice),
        ]
    for name, speed in speeds.items():
        problems += _wrong_speed(name, speed, source)
    if "walking" not in speeds:
        advice = f"add walking = {_EXAMPLE}"
        problems.append(Problem(source, "[travel.speeds] has no speed on foot", way_out=advice))
    if problems:
        return None, problems
    sources = dict.fromkeys(f"{speed['source']}, {speed['year']}" for speed in speeds.values())
    kmh = {name: float(speed["kmh"]) for name, speed in speeds.items()}
    return TravelSpeeds(kmh, "; ".join(sources)), []


def _wrong_speed(name: str, speed: object, source: str) -> list[Problem]:
    """List the errors of one class of road."""
    where = f"{name} in [travel.speeds]"
    if not isinstance(speed, dict):
        message = f"{where} needs a speed with its source and year"
        return [Problem(source, message, values=(speed,), way_out=f"write it like {_EXAMPLE}")]
    kmh, cited, year = (speed.get(key) for key in SPEED_KEYS)
    is_speed = isinstance(kmh, int | float) and not isinstance(kmh, bool) and 0 <= kmh <= 300
    is_year = isinstance(year, int) and not isinstance(year, bool) and 1900 <= year <= 2100
    is_open = name != "walking" or kmh != 0
    checks = {
        "kmh": (is_speed and is_open, "write km/h, such as 4.5; 0 closes a class of road"),
        "source": (isinstance(cited, str) and cited.strip() != "", "say where the speed is from"),
        "year": (is_year, "write the year of the source, such as 2015"),
    }  # fmt: skip
    problems = [
        Problem(source, f"{where} has unknown keys", values=(key,), way_out=f"write it like {_EXAMPLE}")
        for key in speed
        if key not in SPEED_KEYS
    ]
    for key, (fine, advice) in checks.items():
        if not fine:
            message = f"{key} of {where}" if key in speed else f"{where} has no {key}"
            values = (speed[key],) if key in speed else ()
            problems.append(Problem(source, message, values=values, way_out=advice))
    return problems
