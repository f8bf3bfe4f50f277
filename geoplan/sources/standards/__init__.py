"""Data standards: IATI, AidData, OC4IDS and HXL, each read as the five tables.

Belongs here: what a published standard says about projects, places and money, and the codes it
uses. One module or package per standard.
"""
