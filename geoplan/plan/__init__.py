"""The plan: its file, its five tables, and everything that prepares them for the ledger.

Belongs here: `geoplan.toml` (`plan_file`, `plan_keys`), reading the tables and checking them against each
other (`plan_tables`, `plan_inputs`, `project_rows`, `cross_checks`), the plan file that fits a planner's lists
(`plan_draft`, `list_columns`), merging several sources (`merge_sources`), the boundary layer (`districts`),
reviewed names (`name_decisions`), other vintages, currencies and prices (`vintages`, `exchange`, `prices`, all three
by `views`), and the layers that the map shows for orientation (`map_context`, `basemap`).

Does not belong here: how a file is read (`sources`), and in which district an amount is placed (`ledger`).
"""
