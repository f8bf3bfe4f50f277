"""Formulas of a rule: weighted sums of factors. A small parser reads them; they are never run as code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from geoplan.model.errors import UsageError, show_value

FACTORS = {
    "equal": "districts (each counts 1)",
    "population": "persons",
    "poor": "poor persons",
    "poverty_gap": "money that raises the districts with the least per poor person to one level",
    "poverty_rate": "poverty rate",
    "area": "km²",
    "villages": "villages",
    "received": "money received so far",
}
"""Factors of a formula, each with its unit."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?P<percent>\s*%)?|(?P<name>[A-Za-z_]\w*)|(?P<mark>[+*]))"
)
_EXAMPLE = "write it like 0.5*poor + 0.3*population + 0.2*area"


@dataclass(frozen=True)
class Term:
    """One term of a formula.

    Parameters
    ----------
    factor : str
        Among `FACTORS`.
    weight : Fraction
        Part of the whole, 0 to 1; the weights of a formula add up to 1.
    """

    factor: str
    weight: Fraction


def parse_formula(text: str) -> tuple[Term, ...]:
    """Read a formula: terms joined by ``+``, each a factor or a number times a factor.

    Parameters
    ----------
    text : str
        Such as ``0.5*poor + 0.3*population + 0.2*area``. 50% means 0.5.

    Returns
    -------
    tuple of Term
        One per factor, in the order of the text; weights divided by their sum.

    Raises
    ------
    UsageError
        The text has an unknown name or is no weighted sum.

    >>> [(term.factor, str(term.weight)) for term in parse_formula("3*poor + equal")]
    [('poor', '3/4'), ('equal', '1/4')]
    """
    weights: dict[str, Fraction] = {}
    for weight, name in _terms(_tokens(text), text):
        weights[name] = weights.get(name, Fraction(0)) + weight
    total = sum(weights.values(), Fraction(0))
    if total == 0:
        raise UsageError(f"all weights of the formula {show_value(text)} are 0: {_EXAMPLE}")
    return tuple(Term(name, weight / total) for name, weight in weights.items() if weight)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            rest = text[at:].strip()
            raise UsageError(
                f"cannot read the formula {show_value(text)} at {show_value(rest)}: use numbers of 0 or more, "
                f"names, * and +; {_EXAMPLE}"
            )
        kind = str(found.lastgroup)
        if found["number"] is not None:
            kind = "percent" if found["percent"] else "number"
        tokens.append((kind, found[found.lastgroup or 0] if kind in ("mark", "name") else found["number"]))
        at = found.end()
    return tokens


def _terms(tokens: list[tuple[str, str]], text: str) -> list[tuple[Fraction, str]]:
    """Split tokens at each ``+`` and read every part as numbers times one factor."""
    parts: list[list[tuple[str, str]]] = [[]]
    for token in tokens:
        if token == ("mark", "+"):
            parts.append([])
        else:
            parts[-1].append(token)
    return [_term(part, text) for part in parts]


def _term(part: list[tuple[str, str]], text: str) -> tuple[Fraction, str]:
    operands, stars = part[::2], part[1::2]
    names = [value for kind, value in operands if kind == "name"]
    if len(part) % 2 == 0 or len(names) != 1 or any(token != ("mark", "*") for token in stars):
        said = " ".join(value for _, value in part)
        raise UsageError(
            f"the part {show_value(said)} of the formula {show_value(text)} is not a number times a factor: {_EXAMPLE}"
        )
    weight = Fraction(1)
    for kind, value in operands:
        if kind != "name":
            weight *= Fraction(value) / (100 if kind == "percent" else 1)
    return weight, _known(names[0], text)


def _known(name: str, text: str) -> str:
    if name in FACTORS:
        return name
    from rapidfuzz import process

    close = process.extractOne(name.casefold(), list(FACTORS), score_cutoff=60)
    guess = f"did you mean {close[0]}? " if close else ""
    raise UsageError(
        f"{show_value(name)} in the formula {show_value(text)} is no factor: {guess}use {', '.join(FACTORS)}"
    )
