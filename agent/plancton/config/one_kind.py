"""Each kind as if it were the only one: the host's own sections with what is given for the kind."""

from __future__ import annotations

from dataclasses import dataclass, replace

from plancton.config.kinds import KindOptions
from plancton.config.schema import KEYS_OF_A_KIND, Config


@dataclass(frozen=True)
class OneKind:
    """`config` is that of a host which has only this kind; `given` are the keys that the kind has itself."""

    name: str
    share: float
    config: Config
    given: frozenset[str] = frozenset()

    def place_of(self, section: str, key: str) -> str:
        """Where the value in force is written, for error messages."""
        return f"kinds.{self.name}.{key}" if key in self.given else f"{section}.{key}"


def kinds_of(config: Config) -> tuple[OneKind, ...]:
    """The kinds that are started on this host, at least one."""
    if not config.kinds:
        return (own_kind(config),)
    return tuple(_one(config, options) for options in config.kinds)


def own_kind(config: Config) -> OneKind:
    """The kind of the host's own sections."""
    return OneKind(config.pilot.kind, 1.0, replace(config, kinds=()))


def _one(config: Config, options: KindOptions) -> OneKind:
    given = dict(options.given)
    sections = {
        name: replace(getattr(config, name), **{key: given[key] for key in keys if key in given})
        for name, keys in KEYS_OF_A_KIND.items()
    }
    sections["pilot"] = replace(sections["pilot"], kind=options.name)
    return OneKind(options.name, options.share, replace(config, kinds=(), **sections), frozenset(given))
