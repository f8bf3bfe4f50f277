"""Text: how district names are spelled and matched, and the languages and fonts of what geoplan writes.

Belongs here: everything about words that needs no table of a plan. The matching of names
(`names`, `layer_names`), what counts when two names are compared (`spelling`), catalogues of texts and numbers
by language (`languages`), and the fonts that travel inside pages and reports (`fonts`).

Does not belong here: which district a location is in (`ledger.placement`), and how a text
file is decoded (`sources.tables.encodings`).
"""
