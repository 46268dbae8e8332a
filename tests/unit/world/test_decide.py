"""Transactions: what is refused leaves nothing behind, at any depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dcsim.errors import AlreadyExists, InvalidArgument, NotFound, NotSupported, VersionConflict
from dcsim.events import Actor
from emulators.world.commands import LAWS, Command, Request, decides, follows
from emulators.world.decide import Context, Decision, decide
from emulators.world.decisions.records import RECORD_CHANGED, RECORD_CREATED
from emulators.world.events import Event
from emulators.world.model import Site, Vm
from tests.unit.world.lab import NOW, Lab, image

SITE_MADE, SITE_CHANGED = RECORD_CREATED, RECORD_CHANGED
"""Event types that no law listens to: the ones for sites would do as well, if there were any."""


class Act(Command, frozen=True, kw_only=True):
    """Do whatever a test wants."""

    action: Any = None


@decides(Act)
def act(decision: Decision, command: Act) -> Any:
    return command.action(decision)


@pytest.fixture
def law() -> Iterator[Callable[..., Any]]:
    """Registers what follows from a new site, until the test is over."""
    yield follows(SITE_MADE)
    LAWS.pop(SITE_MADE.name, None)


def attempt(lab: Lab, action: Callable[[Decision], Any], **request: Any) -> list[Event]:
    command = request.pop("command", Act(action=action))
    return decide(lab.state, Request(command, Actor(), **request), Context(7, NOW, 1000, Actor()))[0]


def make_site(decision: Decision, name: str) -> Site:
    return decision.create(SITE_MADE, Site, name=name)


@pytest.mark.parametrize("error", [InvalidArgument("no"), KeyError("a bug")])
def test_whatever_is_raised_leaves_the_state_as_it_was(lab: Lab, error: Exception) -> None:
    before, number = lab.image(), lab.state.next_number

    def action(decision: Decision) -> None:
        make_site(decision, "a")
        vm = decision.update(SITE_CHANGED, lab.vm(), annotation="x")
        decision.delete(SITE_CHANGED, vm)
        raise error

    with pytest.raises(type(error)):
        attempt(lab, action)
    assert lab.image() == before
    assert list(lab.image()) == list(before), "in the same order too"
    assert lab.state.next_number == number


def test_a_savepoint_takes_back_its_block_and_only_that(lab: Lab) -> None:
    def action(decision: Decision) -> None:
        make_site(decision, "kept")
        with decision.savepoint() as refused:
            make_site(decision, "undone")
            raise NotFound("gone")
        assert refused.error is not None
        assert refused.error.message == "gone"
        assert decision.cause == ""
        make_site(decision, "after")

    attempt(lab, action)
    assert [site.name for site in lab.state.all(Site)] == ["ams1", "kept", "after"]


def test_a_savepoint_does_not_hide_bugs(lab: Lab) -> None:
    def action(decision: Decision) -> None:
        with decision.savepoint():
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        attempt(lab, action)


def test_a_refusal_deep_in_a_law_does_not_leave_its_cause_behind(lab: Lab, law: Callable[..., None]) -> None:
    def refuse(decision: Decision, event: Event) -> None:
        raise InvalidArgument("a law says no")

    law(refuse)

    def action(decision: Decision) -> str:
        with decision.savepoint():
            make_site(decision, "undone")
        return decision.cause

    assert decide(lab.state, Request(Act(action=action), Actor()), Context(7, NOW, 1000, Actor()))[1] == ""


def test_a_rehearsal_raises_what_would_be_refused_and_changes_nothing(lab: Lab) -> None:
    before = lab.image()

    def action(decision: Decision) -> tuple[str, str]:
        decision.rehearse(lambda: make_site(decision, "tried"))
        with pytest.raises(AlreadyExists):
            decision.rehearse(lambda: decision.create(SITE_MADE, Site, uid=lab.vm().uid, name="taken"))
        return decision.new_uid("site"), str(decision.state.next_number)

    drawn = []
    attempt(lab, lambda decision: drawn.append(action(decision)))
    attempt(lab, lambda decision: drawn.append((decision.new_uid("site"), str(decision.state.next_number))))
    assert drawn[0] == drawn[1], "a rehearsal draws no ids or numbers"
    assert lab.image() == before


def test_what_follows_names_its_cause(lab: Lab, law: Callable[..., None]) -> None:
    def mark(decision: Decision, event: Event) -> None:
        decision.update(SITE_CHANGED, lab.vm(), annotation=event.subject)

    law(mark)
    made, followed = attempt(lab, lambda decision: make_site(decision, "a"))
    assert made.cause == ""
    assert followed.cause == made.id


def test_an_update_that_changes_nothing_says_nothing(lab: Lab) -> None:
    assert attempt(lab, lambda decision: decision.update(SITE_CHANGED, lab.vm(), name="web")) == []


def test_the_same_seed_and_sequence_draw_the_same_ids(lab: Lab) -> None:
    def draw(decision: Decision) -> tuple[str, ...]:
        return decision.new_uid("vm"), decision.new_uid("vm"), decision.new_uuid(), decision.new_mac()

    drawn: list[tuple[str, ...]] = []
    for _ in range(2):
        attempt(lab, lambda decision: drawn.append(draw(decision)))
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0])) == 4


def test_an_expected_version_must_be_the_subject_s(lab: Lab) -> None:
    vm = lab.vm()
    rename = Act(action=lambda decision: decision.update(SITE_CHANGED, decision.get(Vm, vm.uid), annotation="x"))
    with pytest.raises(VersionConflict, match=r"web has changed.*version 1, not 5"):
        attempt(lab, print, command=rename, subject=vm.uid, expected_version=5)
    with pytest.raises(NotFound):
        attempt(lab, print, command=rename, subject="vm-nobody", expected_version=1)
    assert len(attempt(lab, print, command=rename, subject=vm.uid, expected_version=1)) == 1


def test_a_command_that_nobody_decides_is_not_supported(lab: Lab) -> None:
    class Unheard(Command, frozen=True, kw_only=True):
        """Nobody knows it."""

    with pytest.raises(NotSupported, match="Unheard"):
        attempt(lab, print, command=Unheard())


def test_two_deciders_of_one_command_are_a_bug() -> None:
    with pytest.raises(TypeError, match="decided twice"):
        decides(Act)(lambda decision, command: None)


def test_an_endless_chain_of_laws_is_cut(lab: Lab, law: Callable[..., None]) -> None:
    before = image(lab.state)

    def again(decision: Decision, event: Event) -> None:
        make_site(decision, "again")

    law(again)
    with pytest.raises(RecursionError):
        attempt(lab, lambda decision: make_site(decision, "a"))
    assert lab.image() == before


def test_a_command_may_make_more_events_than_any_chain_has(lab: Lab, law: Callable[..., None]) -> None:
    law(lambda decision, event: None)
    number = 12_000

    def many(decision: Decision) -> None:
        for place in range(number):
            with decision.savepoint():
                make_site(decision, f"site-{place}")

    assert len(attempt(lab, many)) == number


# -- what comes afterwards ---------------------------------------------------------------------------------------------------------


def test_what_is_put_off_comes_after_all_else_with_its_cause(lab: Lab, law: Callable[..., None]) -> None:
    @law
    def follow(decision: Decision, event: Event) -> None:
        decision.afterwards(lambda: decision.emit(SITE_CHANGED, f"after {event.subject}"))

    def action(decision: Decision) -> None:
        for name in ("a", "b"):
            make_site(decision, name)

    first, second, *after = attempt(lab, action)
    assert [(event.subject, event.cause) for event in after] == [
        (f"after {first.subject}", first.id),
        (f"after {second.subject}", second.id),
    ]


def test_what_is_put_off_goes_with_what_is_taken_back(lab: Lab) -> None:
    def put_off(decision: Decision, name: str) -> None:
        decision.afterwards(lambda: make_site(decision, name))

    def action(decision: Decision) -> None:
        put_off(decision, "kept")
        with decision.savepoint():
            put_off(decision, "undone")
            raise NotFound("gone")
        decision.rehearse(lambda: put_off(decision, "rehearsed"))

    attempt(lab, action)
    assert [site.name for site in lab.state.all(Site)] == ["ams1", "kept"]
