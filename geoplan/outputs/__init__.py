"""Outputs: tables as text and workbooks, exports, reports, pictures, and their manifests.

Belongs here: everything that is written, except for the map's page. `whole_files` is the one way
to write: a file appears complete or not at all. `exports` has one module per format, `report` the
report's contents and layouts, `manifests` the record of what an output was made from.

Does not belong here: what a figure means (`analysis`), and the page (`page`).
"""
