"""Tables: text files and workbooks, from their bytes to checked columns.

Belongs here: encodings, sheets, the header row, what each header means, and how numbers, dates and
years are written. Start at `table_files.read_table`.
"""
