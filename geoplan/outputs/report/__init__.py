"""What geoplan writes besides the page: tables as text and workbooks, the ledger in several formats."""
