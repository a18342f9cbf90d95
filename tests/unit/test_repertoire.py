"""What a policy may say: neither less than it says, nor signals that it does not heed."""

from __future__ import annotations

from plancton.core.limits import LimitName
from plancton.core.policy import Mode, Policy
from plancton.core.repertoire import limits_of, reasons_of
from plancton.core.thresholds import Battery, Thresholds
from plancton.model import Freeze, Kill, Reason, Stop

ALL = Thresholds((), 900.0, ("game",), Battery.STOP, 80.0, 0.1, 0.1, 0.1, 0.1)
NONE = Thresholds(battery=Battery.IGNORE, disk_free_least_share=None)


def test_a_signal_that_is_not_heeded_is_no_limit_and_no_reason() -> None:
    of_signals = {"hours", "presence", "application", "battery", "temperature", "disk"}
    of_signals |= {f"{resource}_pressure" for resource in ("cpu", "io", "memory")}
    quiet, loud = Policy(signals=NONE), Policy(signals=ALL)
    every = {name.value for name in LimitName} - {"demand"}  # no kind asks for it
    assert every - {name.value for name in limits_of(quiet)} == of_signals
    assert every - {name.value for name in limits_of(loud)} == {"hours"}
    assert set(Reason) - set(reasons_of(loud)[Kill]) == {Reason.HOURS}
    assert {reason.value for reason in reasons_of(quiet)[Kill]} & of_signals == set()


def test_whom_freezing_would_not_help_is_never_frozen() -> None:
    found = reasons_of(Policy(signals=ALL))
    assert {Reason.MEMORY_PRESSURE, Reason.DISK, Reason.MEMORY} <= set(found[Kill]) - set(found[Stop])
    assert reasons_of(Policy(signals=NONE))[Freeze] == (Reason.OWNER_CPU,)


def test_a_dedicated_host_has_no_owner_who_could_be_present() -> None:
    dedicated = Policy(mode=Mode.DEDICATED, signals=ALL)
    assert LimitName.PRESENCE not in limits_of(dedicated)
    assert LimitName.TEMPERATURE in limits_of(dedicated)
