"""Questions that people have named and kept: what they are, who may see them, and how they are answered."""

from cmdb.queries.shapes import ImpactQuestion, ListQuestion, NeedsQuestion, Question, SavedQuery
from cmdb.queries.shelf import Shelf

__all__ = ["ImpactQuestion", "ListQuestion", "NeedsQuestion", "Question", "SavedQuery", "Shelf"]
