"""People's edits: what somebody states, takes back, relates and decides, written where the projection writes."""

from cmdb.editing.bodies import Edit, Founding, Removed, Whole
from cmdb.editing.editor import Editor

__all__ = ["Edit", "Editor", "Founding", "Removed", "Whole"]
