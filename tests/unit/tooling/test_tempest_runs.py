"""What is counted of a run of Tempest, and by which lists."""

from __future__ import annotations

from typing import Any

from tests.clients.tempest import lists
from tests.clients.tempest.cloud import running_hosts, two_flavors
from tests.clients.tempest.report import Report

CLASS = "tempest.api.a.Things"


def told(name: str, status: str, why: str = "") -> dict[str, Any]:
    return {"name": name, "status": status, "why": why, "seconds": 0.5}


def test_the_lists_have_as_many_tests_as_their_makers_say() -> None:
    assert (len(lists.read("interop")), len(lists.interop()), len(lists.interop(administrator=False))) == (228, 227, 226)
    assert len(lists.smoke()) == 107
    assert len(set(lists.interop()) | set(lists.smoke())) == 301


def test_what_only_runs_with_logins_is_run_with_them() -> None:
    both = {*lists.interop(), *lists.smoke()}
    assert both >= lists.LOGIN_ONLY <= set(lists.validated())
    assert len(lists.without_logins(tuple(both))) == len(both) - 4


def test_every_known_failure_is_in_a_list_and_has_a_reason() -> None:
    known = lists.known_failures()
    assert known.keys() <= {*lists.interop(), *lists.smoke(), *lists.validated()}
    assert all(known.values())


def test_a_test_counts_as_it_ended() -> None:
    report = Report([told(f"{CLASS}.test_a[id-1,smoke]", "success"), told(f"{CLASS}.test_b[id-2]", "fail", "Traceback\n  x\nOops: no")])
    assert report.summary([f"{CLASS}.test_a", f"{CLASS}.test_b", f"{CLASS}.test_c"]).startswith("1 of 3 passed, 1 fail, 1 absent; 1 s")
    assert report.not_passed([f"{CLASS}.test_a", f"{CLASS}.test_b"]) == {f"{CLASS}.test_b": "fail: Oops: no"}


def test_a_class_that_cannot_be_set_up_or_taken_down_fails_its_tests() -> None:
    up = Report([told(f"setUpClass ({CLASS})", "skip", "no swift")])
    assert up.not_passed([f"{CLASS}.test_a"]) == {f"{CLASS}.test_a": "skip: no swift"}
    down = Report([told(f"{CLASS}.test_a", "success"), told(f"tearDownClass ({CLASS})", "fail", "Conflict: in use")])
    assert down.not_passed([f"{CLASS}.test_a"]) == {f"{CLASS}.test_a": "fail: Conflict: in use"}


def test_two_flavors_are_devstacks_or_the_smallest() -> None:
    def flavor(name: str, ram: int) -> dict[str, Any]:
        return {"id": f"id-{name}", "name": name, "ram": ram, "vcpus": 1, "disk": 1}

    assert two_flavors([flavor("m1.large", 4096), flavor("m1.micro", 192), flavor("m1.nano", 128)]) == ("id-m1.nano", "id-m1.micro")
    assert two_flavors([flavor("b", 512), flavor("c", 4096), flavor("a", 256)]) == ("id-a", "id-b")


def test_hosts_that_are_down_are_not_counted() -> None:
    zones: list[dict[str, Any]] = [
        {"hosts": {"h1": {"nova-compute": {"available": True}}, "h2": {"nova-compute": {"available": False}}}},
        {"hosts": {"controller": {"nova-conductor": {"available": True}}}},
        {"hosts": None},
    ]
    assert running_hosts(zones) == 1
