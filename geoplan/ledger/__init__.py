"""The ledger: every amount in exactly one district or named bucket, and everything summed from it.

Belongs here: the district of each location (`placement`), an amount over its locations (`split`),
the ledger and its reconciliation (`entries`, `entry_rows`), money that is placed coarser than a district
(`coarse_money`, `bounds`), sums (`summary`, `crosstab`), the way back to the input rows (`explain`),
names to review, warnings, and locations gathered for large maps (`hexagons`).

Does not belong here: measures that interpret the sums (`analysis`), and how tables are
written (`outputs`).
"""
