"""Names that users choose from, shared by the command line, the plan file and the library."""

from __future__ import annotations

KINDS = ("budget", "commitment", "disbursement", "expenditure")
"""Kinds of money."""

CORRECTABLE_KINDS = ("commitment", "disbursement", "expenditure")
"""Kinds in which a negative amount is a correction or a refund. A negative budget is an error."""

SPREADS = ("none", "even", "area", "population", "poor")
"""Ways to spread coarse money over the districts it could be in."""

SPLIT_RULES = ("equal", "population", "poor", "poverty-gap", "formula")
"""Rules for splitting a new budget over districts."""

LANGUAGES = ("en", "fr", "lo")
"""Languages of the page, pictures, reports and sentences about measures."""

CLUSTER_MEASURES = ("per_person", "per_poor_person", "spending", "poverty_rate")
"""Measures of districts that can cluster."""

FASTER, SLOWER = 1.2, 0.8
"""Speeds, as parts of those given, at which results by travel time are shown as well."""

PERMUTATIONS = 9_999
"""Number of permutations behind a p-value by default."""

DRAWS = 1_000
"""Number of draws that vary the weights of an index by default."""

SEED = 2_009
"""Seed of permutations and draws by default."""
