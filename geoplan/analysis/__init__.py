"""Analysis: measures of the ledger, such as whether the money reaches the poor and who works where.

Belongs here: everything that interprets the ledger's sums: `equity`, `coordination` and
`alignment` of funders (`funder_names`), projects that may be `duplicates`, `planned_vs_paid`, `gaps`,
`rates` per person and km², and the `comparison` of two plans. Each result is a table or a frozen dataclass.

Does not belong here: sums themselves (`ledger.summary`), proposals for new money (`planning`),
and tables as text, sheets or charts (`outputs`).
"""
