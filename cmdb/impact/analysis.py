"""The two questions: what does a failure do, and what does a CI stand on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from cmdb.impact.condition import Baseline
from cmdb.impact.report import Impact, Needed, Upstream, impact, ref
from cmdb.impact.spread import Spread
from cmdb.impact.states import State
from cmdb.impact.view import View
from cmdb.stores.port import GraphStore
from dcsim.errors import InvalidArgument

MOST: Final = 1_000
"""How many CIs one question may let fail."""


async def impact_of(store: GraphStore, failed: Collection[str], *, spent: Collection[str] = ()) -> Impact:
    """What comes of it when all *failed* CIs (uids) go down together.

    *spent* are CIs that will be away anyhow (planned work): their redundancy is gone before, and what they take with them is not counted.
    Raises NotFound for an unknown CI, InvalidArgument for none or more than `MOST`, and the store's errors.
    """
    if not failed or len(failed) + len(spent) > MOST:
        raise InvalidArgument(f"Name 1 to {MOST} CIs.", field="failed")
    view = View(store)
    baseline = Baseline(view)
    before, then = Spread(view, baseline), Spread(view, baseline)
    if spent:
        await before.run(spent)
    await then.run([*spent, *failed])
    return await impact(view, failed, then, before)


async def needs_of(store: GraphStore, uid: str) -> Upstream:
    """What a CI needs, down to the power, and which of it are single points of failure.  Raises NotFound and the store's errors."""
    view = View(store)
    baseline = Baseline(view)
    await view.known([uid])
    closure = await view.expand([uid], through=True)
    baseline.settle(closure)
    scope = frozenset(closure)
    needs = []
    for target in closure:
        if target != uid:
            spread = Spread(view, baseline, scope)
            await spread.run([target])
            cause = spread.assumption.cause(uid)
            state = spread.assumption.state(uid)
            needs.append(Needed(ref(view.cis[target]), baseline.state(target).word, state.word, cause.reason if cause else ""))
    now = baseline.state(uid)
    single = tuple(one.ci for one in needs if one.is_single_point) if now is not State.DOWN else ()
    return Upstream(ref(view.cis[uid]), now.word, tuple(needs), single)
