"""What every store refuses before it is asked to keep it."""

from __future__ import annotations

from cmdb.model.declare import class_of, relation_types
from cmdb.stores.port import Batch
from dcsim.errors import AlreadyExists, InvalidArgument


def check_batch(batch: Batch) -> None:
    """Raise InvalidArgument for CIs of undeclared or abstract classes, undeclared relations, and history that is numbered already."""
    for ci in batch.upserts:
        if class_of(ci.cls).abstract:
            raise InvalidArgument(f"{ci.cls} is abstract: a CI needs one of the classes below it.", subject=ci.uid, field="class")
    for relation in batch.related:
        if relation.type not in relation_types():
            raise InvalidArgument(f"There is no relation {relation.type!r}.", subject=relation.source, field="type")
    if any(row.number for row in batch.history):
        raise InvalidArgument("History rows get their numbers from the store.", field="number")


def check_processed(batch: Batch, known: set[str]) -> bool:
    """Whether all of the batch's events have been processed.  Raises AlreadyExists when only some have."""
    asked = {one.id for one in batch.processed}
    done = asked & known
    if done and done != asked:
        raise AlreadyExists(f"{len(done)} of the batch's {len(asked)} events have been processed before.", field="processed")
    return bool(done)
