"""Values of each kind: what fits, and the sentence where one does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plancton.config.load import ConfigError, parse
from plancton.config.schema import Config, Mount


def refused(content: str) -> str:
    """The sentence. Its place, `f.yml:1: `, is taken off."""
    with pytest.raises(ConfigError) as error:
        parse(content, "f.yml")
    sentence = str(error.value)
    assert "\n" not in sentence
    assert sentence.startswith("f.yml:1: ")
    assert len(sentence) < 400
    return sentence.removeprefix("f.yml:1: ")


FIXTURE = Path(__file__).parents[1] / "fixtures" / "unfit_values.txt"
UNFIT = re.findall(r"^(\S.*)\n    (.*)$", FIXTURE.read_text(), re.MULTILINE)
NUMBERS = ["9" * 400, "-" + "9" * 400, "0x" + "f" * 9000, ".inf", "-.inf", ".nan", "1.0e+300"]
SIZES = {
    "8388608": 2**23,
    "8MiB": 2**23,
    "8 MiB": 2**23,
    "1.5GiB": 3 * 2**29,
    "1TiB": 2**40,
    "10485760B": 10 * 2**20,
}
ADDRESSES = ["127.0.0.1:1", ":10016", "[::1]:10016", "host.example.org:80", "0.0.0.0:9"]


@pytest.mark.parametrize(("content", "sentence"), UNFIT)
def test_a_value_that_does_not_fit_is_named_with_what_would(content: str, sentence: str) -> None:
    assert refused(content).startswith(sentence)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("key", ["grow: calm_seconds", "pool: max_pilots", "pool: memory_per_pilot"])
def test_numbers_beyond_all_meaning_are_refused(key: str, number: str) -> None:
    section, name = key.split(" ")
    assert "must be" in refused(f"{section} {{{name}: {number}}}")


def test_a_size_beyond_all_meaning_is_refused() -> None:
    assert "must be a size" in refused("pool: {memory_per_pilot: %sGiB}" % ("9" * 400))


@pytest.mark.parametrize(("written", "size_bytes"), SIZES.items())
def test_sizes_are_bytes_or_have_a_binary_unit(written: str, size_bytes: int) -> None:
    assert parse(f"pool: {{memory_per_pilot: {written}}}", "f").pool.memory_per_pilot == size_bytes


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1", ":10016", "[::1]:10016", "host.example.org:80", "0.0.0.0:9"]
)
def test_addresses_of_every_form_fit(address: str) -> None:
    assert parse(f"web: {{listen_address: '{address}'}}", "f").web.listen_address == address


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("mon-fri 19:00-07:00", "mon,tue,wed,thu,fri 19:00-07:00"),
        ("sat,sun", "sat,sun"),
        ("fri-mon 0:00-24:00", "mon,fri,sat,sun"),
        ("Mon,wed-thu 9:30-12:00", "mon,wed,thu 09:30-12:00"),
        ("22:00-6:00", "mon,tue,wed,thu,fri,sat,sun 22:00-06:00"),
        ("sun 22:00-0:00", "sun 22:00-24:00"),
    ],
)
def test_windows_of_the_week_are_days_times_or_both(written: str, read: str) -> None:
    windows = parse(f"signals: {{hours: ['{written}']}}", "f").signals.hours
    assert [str(window) for window in windows] == [read]
    assert parse(f"signals: {{hours: ['{read}']}}", "f").signals.hours == windows


def test_lists_and_mappings_are_read() -> None:
    content = """
    pilot:
      command: [sh, -c, "exit 0"]
      environment: {B: "2", A: "1"}
      mounts: [{source: /cvmfs, target: /cvmfs, propagation: rslave}]
      devices: [/dev/fuse, "/dev/kvm:/dev/kvm:rw"]
      tmpfs: {}
    """
    pilot = parse(content, "f").pilot
    assert pilot.command == ("sh", "-c", "exit 0")
    assert pilot.environment == (("A", "1"), ("B", "2"))
    assert pilot.mounts == (Mount("/cvmfs", "/cvmfs", read_only=True, propagation="rslave"),)
    assert (pilot.devices, pilot.tmpfs) == (("/dev/fuse", "/dev/kvm:/dev/kvm:rw"), ())


def test_a_configuration_can_be_hashed_and_compared() -> None:
    assert hash(parse("pilot: {environment: {A: b}}", "f")) != hash(Config())
