"""The report of a plan: its contents, and its forms as workbook, page and charts."""
