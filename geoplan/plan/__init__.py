"""The plan: its file, its five tables together, and everything that prepares them for the ledger.

Belongs here: `geoplan.toml` (`plan_file`, `plan_keys`), the tables read and checked against each
other (`plan_tables`, `cross_checks`), several sources as one (`merge_sources`), the boundary layer
(`districts`), reviewed names (`name_decisions`), other vintages, currencies and prices
(`vintages`, `exchange`, `prices`), and what the map shows for orientation (`map_context`, `basemap`).

Does not belong here: how a file is read (`sources`), and where an amount lands (`ledger`).
"""
