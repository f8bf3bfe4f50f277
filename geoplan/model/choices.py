"""Choices that users make by name, in one place for the command line, the plan file and the library."""

from __future__ import annotations

KINDS = ("budget", "commitment", "disbursement", "expenditure")
"""Kinds of money."""

CORRECTABLE_KINDS = ("commitment", "disbursement", "expenditure")
"""Kinds in which an amount below zero is a correction or a refund; a budget below zero is a mistake."""

SPREADS = ("none", "even", "area", "population", "poor")
"""What coarse money is spread by over the districts it could be in."""

SPLIT_RULES = ("equal", "population", "poor", "poverty-gap", "formula")
"""Rules that split a new budget over districts."""

LANGUAGES = ("en", "fr", "lo")
"""Languages of the page, the pictures, the report and the measures."""
