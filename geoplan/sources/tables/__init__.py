"""Tables: text files and workbooks, from their bytes to checked columns.

Belongs here: encodings, sheets, the header row, headers and what they mean, numbers, dates and
years as people write them. `table_files.read_table` is the way in.
"""
