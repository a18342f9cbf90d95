"""What a firewall has, from `iptables -S`; and the transactions that put our part there or take it away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plancton.network.rules import Filter

Chains = Mapping[str, tuple[str, ...]]


def parse(listing: str) -> dict[str, tuple[str, ...]]:
    """Every chain with its rules, in their order, as `iptables -S` prints them."""
    chains: dict[str, tuple[str, ...]] = {}
    for line in listing.splitlines():
        command, _, rest = line.partition(" ")
        name, _, rule = rest.partition(" ")
        if command in {"-P", "-N"}:
            chains.setdefault(name, ())
        elif command == "-A":
            chains[name] = (*chains.get(name, ()), rule)
    return chains


def fault(wanted: Filter, there: Chains, printed: Chains) -> str | None:
    """What is not as it should be. `printed` is how this iptables prints our chains when they are well."""
    for chain in wanted.chains:
        if chain not in there:
            return f"the chain {chain} is not there"
        if there[chain] != printed.get(chain):
            return f"the chain {chain} has other rules"
    for source, chain in wanted.jumps:
        rules, jump = there.get(source, ()), wanted.jump_to(chain)
        if rules[:1] != (jump,):
            return f"{source} does not lead to {chain} first"
        if rules.count(jump) > 1:
            return f"{source} leads to {chain} twice"
    return None


def installing(wanted: Filter, there: Chains) -> str:
    """For iptables-restore: all of it at once or nothing, so that there is no moment without a filter."""
    lines = [f":{chain} - [0:0]" for chain in wanted.chains]
    lines += [f"-A {chain} {rule}" for chain, rules in wanted.chains.items() for rule in rules]
    lines += _without_jumps(wanted.chains, there)
    lines += [f"-I {source} 1 {wanted.jump_to(chain)}" for source, chain in wanted.jumps]
    return _transaction(lines)


def removing(chains: Iterable[str], there: Chains) -> str | None:
    """The same for the way back; None where nothing of ours is there."""
    ours = [chain for chain in chains if chain in there]
    if not ours:
        return None
    lines = _without_jumps(ours, there)
    lines += [f"-F {chain}" for chain in ours] + [f"-X {chain}" for chain in ours]
    return _transaction(lines)


def _without_jumps(ours: Iterable[str], there: Chains) -> list[str]:
    """Whatever leads to our chains, wherever it stands. Nobody else's rule does."""
    targets = tuple(f"-j {chain}" for chain in ours)
    rules = [(source, rule) for source, listed in there.items() for rule in listed]
    return [f"-D {source} {rule}" for source, rule in rules if rule.endswith(targets)]


def _transaction(lines: list[str]) -> str:
    return "\n".join(["*filter", *lines, "COMMIT", ""])
