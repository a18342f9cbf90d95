"""Which rules a configuration becomes. Golden: what is opened or closed here is so on every host."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plancton.config.destinations import Destination
from plancton.config.load import parse
from plancton.config.schema import Config
from plancton.network.bridge import LONGEST_INTERFACE, bridge_of, interface_of, kinds_on_it
from plancton.network.rules import CLOSED, Guard, Surroundings, filter_v4, filter_v6, guard_of

GUARD = Guard("pl-x", internet=True, allow=())
FWD, IN = "PLANCTON-pl-x-FWD", "PLANCTON-pl-x-IN"


def forward(guard: Guard, around: Surroundings | None = None) -> tuple[str, ...]:
    return filter_v4(guard, around or Surroundings(), docker_user=True).chains[FWD]


def to_host(guard: Guard, around: Surroundings | None = None) -> tuple[str, ...]:
    return filter_v4(guard, around or Surroundings(), docker_user=True).chains[IN]


def test_by_default_pilots_reach_the_internet_and_neither_each_other_nor_private_networks() -> None:
    assert forward(GUARD) == (
        "-o pl-x -j DROP",
        "-d 0.0.0.0/8 -j DROP",
        "-d 10.0.0.0/8 -j DROP",
        "-d 100.64.0.0/10 -j DROP",
        "-d 127.0.0.0/8 -j DROP",
        "-d 169.254.0.0/16 -j DROP",
        "-d 172.16.0.0/12 -j DROP",
        "-d 192.168.0.0/16 -j DROP",
        "-d 224.0.0.0/4 -j DROP",
        "-d 240.0.0.0/4 -j DROP",
    )


def test_of_the_host_itself_they_reach_nothing() -> None:
    assert to_host(GUARD) == ("-j DROP",)


def test_a_network_that_the_host_is_in_is_closed_whatever_its_addresses() -> None:
    around = Surroundings(connected=("10.7.0.0/16", "131.154.0.0/16"))
    assert forward(GUARD, around)[len(CLOSED) + 1 :] == ("-d 131.154.0.0/16 -j DROP",)


def test_the_hosts_resolvers_answer_names_and_nothing_else() -> None:
    opened = (
        "-d 10.0.0.53/32 -p tcp -m tcp --dport 53 -j RETURN",
        "-d 10.0.0.53/32 -p udp -m udp --dport 53 -j RETURN",
    )
    around = Surroundings(nameservers=("10.0.0.53",))
    assert forward(GUARD, around)[1:3] == opened
    assert to_host(GUARD, around) == (*opened, "-j DROP")


@pytest.mark.parametrize(
    ("destination", "rules"),
    [
        (
            Destination("192.168.1.5/32", 9618, "tcp"),
            ("-d 192.168.1.5/32 -p tcp -m tcp --dport 9618 -j RETURN",),
        ),
        (
            Destination("192.168.1.5/32", 9618),
            (
                "-d 192.168.1.5/32 -p tcp -m tcp --dport 9618 -j RETURN",
                "-d 192.168.1.5/32 -p udp -m udp --dport 9618 -j RETURN",
            ),
        ),
        (Destination("10.1.0.0/16", None, "udp"), ("-d 10.1.0.0/16 -p udp -j RETURN",)),
        (Destination("10.1.0.0/16"), ("-d 10.1.0.0/16 -j RETURN",)),
    ],
)
def test_what_is_allowed_comes_before_what_is_closed_and_after_the_other_pilots(
    destination: Destination, rules: tuple[str, ...]
) -> None:
    guard = replace(GUARD, allow=(destination,))
    assert forward(guard)[: len(rules) + 1] == ("-o pl-x -j DROP", *rules)
    assert to_host(guard) == (*rules, "-j DROP")


def test_without_the_internet_the_list_is_all_there_is_and_names_are_not_answered() -> None:
    guard = replace(GUARD, internet=False, allow=(Destination("10.1.0.0/16"),))
    around = Surroundings(("10.0.0.53",), ("131.154.0.0/16",))
    assert forward(guard, around) == ("-o pl-x -j DROP", "-d 10.1.0.0/16 -j RETURN", "-j DROP")


def test_ipv6_leads_nowhere() -> None:
    wanted = filter_v6(replace(GUARD, allow=(Destination("10.1.0.0/16"),)))
    assert wanted.chains == {FWD: ("-j DROP",), IN: ("-j DROP",)}
    assert wanted.jumps == (("FORWARD", FWD), ("INPUT", IN))


def test_the_engines_chain_is_used_where_it_is() -> None:
    assert filter_v4(GUARD, Surroundings(), docker_user=True).jumps[2:] == (("DOCKER-USER", FWD),)
    assert filter_v4(GUARD, Surroundings(), docker_user=False).jumps == (("FORWARD", FWD), ("INPUT", IN))


def test_the_digest_tells_every_configuration_from_the_others() -> None:
    guards = [
        GUARD,
        replace(GUARD, interface="pl-y"),
        replace(GUARD, internet=False),
        replace(GUARD, allow=(Destination("10.0.0.1/32"),)),
        replace(GUARD, allow=(Destination("10.0.0.1/32", 1),)),
        replace(GUARD, allow=(Destination("10.0.0.1/32", 1, "tcp"),)),
    ]
    assert len({guard.digest for guard in guards}) == len(guards)


def test_the_name_of_the_interface_fits_the_kernel_and_is_each_agents_own() -> None:
    assert interface_of("plancton") == "pl-plancton"
    long = [interface_of(f"{'a' * 30}{n}") for n in range(2)]
    assert {len(name) for name in long} == {LONGEST_INTERFACE}
    assert long[0] != long[1]


def config(text: str) -> Config:
    return parse(text, "test")


def test_it_is_guarded_only_where_a_kind_is_in_it_and_unless_it_is_told_not_to_be() -> None:
    assert guard_of(config("{}")) is None
    assert guard_of(config("pilot: {network: bridge}")) is None
    assert guard_of(config("pilot: {network: own}\nnetwork: {guard: false}")) is None
    assert guard_of(config("pilot: {network: own}")) == Guard("pl-plancton", internet=True, allow=())
    asked = "pilot: {network: own}\nnetwork: {internet: false, allow: ['10.0.0.1:9618/tcp']}"
    allowed = (Destination("10.0.0.1/32", 9618, "tcp"),)
    assert guard_of(config(asked)) == Guard("pl-plancton", internet=False, allow=allowed)


def test_one_kind_may_be_in_it_and_another_not() -> None:
    both = config("kinds: {a: {network: own}, b: {}}")
    assert kinds_on_it(both) == ("a",)
    assert bridge_of(both).name == "plancton-pilots"
