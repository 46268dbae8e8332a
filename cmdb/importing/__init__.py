"""Lists of CIs from elsewhere: read, checked row by row, and brought into the graph as the claims of a source of their own."""

from cmdb.importing.importer import Importer, Options, Outcome
from cmdb.importing.rows import Row, Rows, rows_of_csv

__all__ = ["Importer", "Options", "Outcome", "Row", "Rows", "rows_of_csv"]
