"""Contracts: columns of the tables, money, errors, periods, choices and the version.

Belongs here: what a table, an amount, a problem or a period *is*. Modules here import only each other.

Does not belong here: reading files, and anything that needs a plan.
"""
