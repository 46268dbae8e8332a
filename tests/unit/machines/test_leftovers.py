"""Rules about interfaces that are gone, and about no others, are forgotten."""

from __future__ import annotations

from emulators.machines.leftovers import removals

KEPT = """*nat
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.77.0.0/22 ! -o br-gone -j MASQUERADE
-A POSTROUTING -s 10.78.0.0/22 ! -o br-stays -j MASQUERADE
COMMIT
*raw
-A PREROUTING -i eth0 -j ACCEPT
COMMIT
*filter
-A FORWARD -o br-gone -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i br-stays -o br-gone -j ACCEPT
-A FORWARD -i br-gone2 -o br-stays -j ACCEPT
-A INPUT -s 10.0.0.1/32 -j ACCEPT
COMMIT
"""


def test_only_rules_that_name_them_go() -> None:
    assert list(removals(KEPT, {"br-gone"})) == [
        "*nat",
        "-D POSTROUTING -s 10.77.0.0/22 ! -o br-gone -j MASQUERADE",
        "COMMIT",
        "*filter",
        "-D FORWARD -o br-gone -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-D FORWARD -i br-stays -o br-gone -j ACCEPT",
        "COMMIT",
    ]


def test_nothing_is_said_when_there_are_none() -> None:
    assert list(removals(KEPT, {"br-other"})) == []
