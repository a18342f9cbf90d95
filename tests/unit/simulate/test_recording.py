"""A recording says what was seen, is small, and is refused in one sentence where it is none."""

from __future__ import annotations

import gzip
import random
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.model import CpuCounters, MemoryReading, Missing, PoolCounters
from plancton.recording.reading import read
from plancton.recording.unpacking import LONGEST_LINE, BadRecording
from plancton.recording.writing import Reading, Writer
from plancton.simulate.replay import replay
from tests.unit.simulate.makers import GIB

MIB = 1024**2
HEADER = Writer(1.0, 4, 8 * GIB).header(1_790_000_000.0)
CORES = ":1: cores must be a whole number from 1 to 65536,"
GONE = Missing("not now")


def reading(
    at: float,
    busy: float = 0.0,
    pilots: float = 0.0,
    taken: int = 2 * GIB,
    *,
    steal: float = 0.0,
    cores: int = 4,
) -> Reading:
    """`taken`: memory that is not available; the pilots hold a GiB of it."""
    return Reading(
        at,
        CpuCounters(busy, steal, cores),
        PoolCounters(pilots, frozenset(), memory_bytes=GIB),
        MemoryReading(8 * GIB, 8 * GIB - taken),
    )


def saved(path: Path, *readings: Reading) -> Path:
    writer = Writer(1.0, 4, 8 * GIB)
    text = writer.header(1_790_000_000.0) + "".join(writer.line(r) for r in readings)
    path.write_bytes(gzip.compress(text.encode()))
    return path


counters = st.integers(0, 10**9).map(lambda centi: centi / 100)
mebibytes = st.integers(0, 8192).map(lambda mib: mib * MIB)
pools = st.builds(PoolCounters, counters, st.just(frozenset()), memory_bytes=mebibytes)
readings = st.builds(
    Reading,
    st.just(0.0),
    st.one_of(st.just(GONE), st.builds(CpuCounters, counters, counters, st.integers(1, 256))),
    st.one_of(st.just(GONE), pools),
    st.one_of(st.just(GONE), st.builds(MemoryReading, st.just(8 * GIB), mebibytes)),
)


@given(st.lists(readings, min_size=2, max_size=30), st.lists(st.integers(1, 10**6), min_size=30, max_size=30))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, told: list[Reading], gaps: list[int]
) -> None:
    times = [sum(gaps[:i]) / 1000 for i in range(len(told))]
    told = [Reading(1234.5 + at, r.cpu, r.pool, r.memory) for at, r in zip(times, told, strict=False)]
    found = read(saved(tmp_path_factory.mktemp("r") / "r.gz", *told))
    assert (found.interval_seconds, found.cores, found.memory_bytes) == (1.0, 4, 8 * GIB)
    again = list(found.readings)
    assert [r.at for r in again] == pytest.approx(times)
    for was, now in zip(told, again, strict=True):
        for name in ("cpu", "pool", "memory"):
            before, after = getattr(was, name), getattr(now, name)
            assert isinstance(after, Missing) if isinstance(before, Missing) else after == before


def test_a_quiet_second_is_an_empty_line() -> None:
    writer = Writer(1.0, 4, 8 * GIB)
    writer.line(reading(100.0, 12.34))
    assert writer.line(reading(101.0, 12.34)) == "\n"
    assert writer.line(reading(102.003, 12.36)) == "3 2\n"
    assert writer.line(reading(103.0, 12.36, 0.5, 3 * GIB)) == "-3 0 50 -1024\n"
    assert writer.line(Reading(104.0, GONE, GONE, GONE)) == "0 - - - - -\n"
    assert writer.line(reading(105.0, 12.36, 0.5, 3 * GIB, cores=2)) == '{"cores": 2}\n\n'


def test_a_day_of_a_busy_host_is_far_below_ten_megabytes() -> None:
    rng, writer = random.Random(1), Writer(1.0, 64, 256 * GIB)
    text, busy, pilots = [writer.header(0.0)], 0.0, 0.0
    for second in range(3600):
        busy, pilots = busy + rng.uniform(0, 64), pilots + rng.uniform(0, 64)
        taken = rng.randrange(100 * GIB)
        text.append(writer.line(reading(second + rng.uniform(0, 0.01), busy, pilots, taken, cores=64)))
    size = len(zlib.compress("".join(text).encode(), 9))
    assert size * 24 < 2_000_000


def test_a_recording_that_was_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = saved(tmp_path / "r.gz", *(reading(s, random.Random(s).uniform(0, 99)) for s in range(1000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert 100 < len(list(read(path).readings)) < 900


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("", ":1: must be a JSON object, not ''"),
        ("[1]\n", ":1: must be a JSON object, not '[1]'"),
        ("[" * 300 + "\n", ":1: must be a JSON object, not '" + "[" * 39),
        ('{"format": "x"}\n', ":1: is not the beginning of a recording"),
        (HEADER.replace('"version": 1', '"version": 2'), ":1: version must be 1, not 2"),
        (HEADER.replace('"cores": 4', '"cores": 0'), CORES + " not 0"),
        (HEADER.replace('"cores": 4', '"cores": true'), CORES + " not True"),
        (HEADER.replace('"interval_ms": 1000', '"interval_ms": 1'), ":1: interval_ms must be a whole number"),
        (HEADER, ": holds 0 readings, but a rate needs 2"),
        (HEADER + "\n1\n2\n3 x\n", ":5: 'x' is not a whole number"),
        (HEADER + "\n1  2\n", ":3: '' is not a whole number"),
        (HEADER + "\n0 1e3\n", ":3: '1e3' is not a whole number"),
        (HEADER + "\n0 " + "9" * 20 + "\n", ":3: '" + "9" * 20 + "' is not a whole number"),
        (HEADER + "\n0 1 2 3 4 5 6\n", ":3: has 7 numbers and not 6"),
        (HEADER + "\n-1000\n", ":3: time does not advance"),
        (HEADER + "\n- 1\n", ":3: time does not advance"),
        (HEADER + '\n{"cores": "many"}\n', ":3" + CORES[2:] + " not 'many'"),
        (HEADER + "\n{\n", ":3: must be a JSON object, not '{'"),
        (HEADER + "\n" + "1" * (LONGEST_LINE + 1), ":3: is longer than a reading can be"),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused_in_one_sentence(tmp_path: Path, lines: str, sentence: str) -> None:
    path = tmp_path / "r.gz"
    path.write_bytes(gzip.compress(lines.encode()))
    with pytest.raises(BadRecording) as refused:
        replay(path)
    assert str(refused.value).startswith(f"{path}{sentence}")
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_packed_missing_or_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.gz"
    with pytest.raises(BadRecording, match=r"r\.gz: cannot be read: No such file or directory$"):
        replay(path)
    path.write_text(HEADER)
    with pytest.raises(BadRecording, match=r"r\.gz: is not a gzipped recording$"):
        replay(path)
    saved(path, *(reading(s, random.Random(s).uniform(0, 99)) for s in range(30_000)))
    content = bytearray(path.read_bytes())
    content[-200:-100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(BadRecording, match=r"r\.gz:\d+: is damaged$"):
        replay(path)


def test_what_unpacks_to_gigabytes_is_refused_before_it_does(tmp_path: Path) -> None:
    path = tmp_path / "r.gz"
    path.write_bytes(gzip.compress(HEADER.encode() + b"1" * 50_000_000))
    with pytest.raises(BadRecording, match=":2: is longer than a reading can be"):
        replay(path)


# --- the demand in it ----------------------------------------------------------------------------


def steps(path: Path, *told: Reading) -> list[tuple[float, float, int]]:
    return [(s.at, s.cores, s.memory_bytes) for s in replay(saved(path / "r.gz", *told)).steps]


def test_the_owner_is_the_host_without_the_pilots(tmp_path: Path) -> None:
    found = steps(
        tmp_path,
        reading(50),
        reading(51, 2, 1.5),
        reading(52, 4, 3.0),
        reading(53, 7, 3.0, 3 * GIB),
        reading(54, 7, 3.0),
    )
    assert found == [(0, 0.5, GIB), (2, 3.0, 2 * GIB), (3, 0.0, GIB)]


def test_noise_makes_no_steps(tmp_path: Path) -> None:
    busy = [0.0, 0.5, 1.04, 1.52, 2.0, 2.7]
    assert steps(tmp_path, *(reading(i, b) for i, b in enumerate(busy))) == [(0, 0.5, GIB), (4, 0.7, GIB)]


def test_a_missing_reading_repeats_the_one_before(tmp_path: Path) -> None:
    hole = Reading(2.0, GONE, GONE, GONE)
    assert steps(tmp_path, reading(0), reading(1, 1.0), hole, reading(3, 9.0), reading(4, 11.0)) == [
        (0, 1.0, GIB), (3, 2.0, GIB),
    ]  # fmt: skip


def test_a_counter_that_jumps_back_is_no_rate(tmp_path: Path) -> None:
    assert steps(tmp_path, reading(0, 5), reading(1, 6), reading(2, 0), reading(3, 1)) == [(0, 1.0, GIB)]


def test_what_a_hypervisor_takes_and_cores_that_go_are_nobody_elses(tmp_path: Path) -> None:
    found = steps(
        tmp_path, reading(0), reading(1, 1.0), reading(2, 2.0, steal=0.5), reading(3, 3.0, steal=0.5, cores=2)
    )
    assert found == [(0, 1.0, GIB), (1, 1.5, GIB), (2, 3.0, GIB)]
