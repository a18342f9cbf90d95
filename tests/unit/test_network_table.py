"""What `iptables -S` prints is understood, and the transactions touch what is ours and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.network.rules import Filter
from plancton.network.table import fault, installing, parse, removing

A, B = "PLANCTON-pl-x-FWD", "PLANCTON-pl-x-IN"
WANTED = Filter({A: ("-d 10.0.0.0/8 -j DROP",), B: ("-j DROP",)}, (("FORWARD", A), ("INPUT", B)), "pl-x")
BEFORE = """\
-P INPUT ACCEPT
-P FORWARD DROP
-P OUTPUT ACCEPT
-N DOCKER-USER
-N f2b-sshd
-A INPUT -p tcp -m multiport --dports 22 -j f2b-sshd
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -j RETURN
-A f2b-sshd -s 203.0.113.9/32 -m comment --comment "two words" -j REJECT
"""
AFTER = f"""\
-P INPUT ACCEPT
-P FORWARD DROP
-N {A}
-N {B}
-A INPUT -i pl-x -j {B}
-A INPUT -p tcp -j f2b-sshd
-A FORWARD -i pl-x -j {A}
-A FORWARD -j DOCKER-USER
-A {A} -d 10.0.0.0/8 -j DROP
-A {B} -j DROP
"""
PRINTED = {A: ("-d 10.0.0.0/8 -j DROP",), B: ("-j DROP",)}


def test_chains_come_with_their_rules_in_order() -> None:
    assert parse(BEFORE) == {
        "INPUT": ("-p tcp -m multiport --dports 22 -j f2b-sshd",),
        "FORWARD": ("-j DOCKER-USER",),
        "OUTPUT": (),
        "DOCKER-USER": ("-j RETURN",),
        "f2b-sshd": ('-s 203.0.113.9/32 -m comment --comment "two words" -j REJECT',),
    }
    assert parse("") == {}
    assert parse("# Warning: iptables-legacy tables present\n") == {}


def test_nothing_is_wrong_with_what_was_installed() -> None:
    assert fault(WANTED, parse(AFTER), PRINTED) is None


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        (f"-A {A} -d 10.0.0.0/8 -j DROP\n", "", f"the chain {A} has other rules"),
        (f"-A {B} -j DROP\n", f"-A {B} -j RETURN\n-A {B} -j DROP\n", f"the chain {B} has other rules"),
        (f"-A INPUT -i pl-x -j {B}\n", "", f"INPUT does not lead to {B} first"),
        (f"-A FORWARD -i pl-x -j {A}\n", f"-A FORWARD -j ACCEPT\n-A FORWARD -i pl-x -j {A}\n", "first"),
        (f"-A INPUT -i pl-x -j {B}\n", f"-A INPUT -i pl-x -j {B}\n" * 2, "twice"),
    ],
)
def test_what_somebody_changes_is_told(line: str, instead: str, said: str) -> None:
    assert line in AFTER
    changed = AFTER.replace(line, instead)
    assert said in (fault(WANTED, parse(changed), PRINTED) or "")


def test_a_chain_that_is_gone_is_told() -> None:
    gone = "".join(line for line in AFTER.splitlines(keepends=True) if line.split()[1] != A)
    assert fault(WANTED, parse(gone), PRINTED) == f"the chain {A} is not there"


def test_it_is_installed_in_one_transaction() -> None:
    assert installing(WANTED, parse(BEFORE)) == (
        "*filter\n"
        f":{A} - [0:0]\n"
        f":{B} - [0:0]\n"
        f"-A {A} -d 10.0.0.0/8 -j DROP\n"
        f"-A {B} -j DROP\n"
        f"-I FORWARD 1 -i pl-x -j {A}\n"
        f"-I INPUT 1 -i pl-x -j {B}\n"
        "COMMIT\n"
    )


def test_what_leads_to_it_already_is_taken_away_in_the_same_transaction() -> None:
    there = parse(AFTER + f"-A INPUT -i pl-x -j {B}\n")
    lines = installing(WANTED, there).splitlines()
    assert [line for line in lines if line.startswith("-D")] == [
        f"-D INPUT -i pl-x -j {B}",
        f"-D INPUT -i pl-x -j {B}",
        f"-D FORWARD -i pl-x -j {A}",
    ]
    assert lines.index(f"-D FORWARD -i pl-x -j {A}") < lines.index(f"-I FORWARD 1 -i pl-x -j {A}")


def test_removal_names_only_ours() -> None:
    assert removing((A, B), parse(AFTER)) == (
        f"*filter\n-D INPUT -i pl-x -j {B}\n-D FORWARD -i pl-x -j {A}\n"
        f"-F {A}\n-F {B}\n-X {A}\n-X {B}\nCOMMIT\n"
    )
    assert removing((A, B), parse(BEFORE)) is None


def test_another_agents_chains_are_not_ours() -> None:
    theirs = parse(AFTER.replace("pl-x", "pl-xx"))
    assert removing((A, B), theirs) is None
    assert "pl-xx" not in installing(WANTED, theirs)
    assert "-D" not in installing(replace(WANTED, jumps=()), theirs)
