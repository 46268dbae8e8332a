"""The graph, or a part of it, in the formats of other tools: one small writer a format, fed a piece at a time."""

from cmdb.export.formats import FORMATS, Format
from cmdb.export.selection import Selection, Wanted
from cmdb.export.writing import Writer, written

__all__ = ["FORMATS", "Format", "Selection", "Wanted", "Writer", "written"]
