"""Contracts: columns of the tables, money, errors, periods, choices and the version.

Belongs here: definitions of a table, an amount, a problem and a period. Modules here import only each other.

Does not belong here: reading files, and anything that needs a plan.
"""
