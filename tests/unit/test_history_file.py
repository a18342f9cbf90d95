"""The file of decisions: what is written comes back, and what is not an entry harms nobody."""

from __future__ import annotations

import io
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancton.history import KEPT, LONGEST_SENTENCE, Entry, told
from plancton.history_file import HEADER, LARGEST_BYTES, MODE, Found, HistoryFile, decode, load, path_in
from tests.unit.entries import entry, some

moments = st.floats(0.0, 4e9)
entries = st.builds(
    Entry,
    at=moments,
    until=moments,
    sentence=st.text(max_size=60).map(told),
    limit=st.none() | st.sampled_from(["cpu", "wish"]),
    target=st.none() | st.integers(0, 5000),
    running=st.integers(0, 5000),
    frozen=st.integers(0, 5000),
    acted=st.booleans(),
)
histories = st.lists(entries, max_size=8, unique_by=lambda e: e.at)


@pytest.fixture
def file(tmp_path: Path) -> HistoryFile:
    return HistoryFile(path_in(str(tmp_path)))


def bytes_of(directory: Path, kept: list[Entry]) -> bytes:
    made = HistoryFile(path_in(str(directory)))
    made.rewrite(kept)
    return made.path.read_bytes()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shelf")


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """As on a disk with so much room: the kernel writes up to it and then refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@given(kept=histories)
def test_what_is_written_comes_back(shelf: Path, kept: list[Entry]) -> None:
    bytes_of(shelf, kept)
    assert load(path_in(str(shelf))) == Found(tuple(kept))


@given(kept=histories, data=st.data())
def test_a_file_that_was_cut_off_gives_what_is_whole_and_is_no_fault(
    shelf: Path, kept: list[Entry], data: st.DataObject
) -> None:
    whole = bytes_of(shelf, kept)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    count = max(cut.count(b"\n") - 1, 0)
    assert decode(io.BytesIO(cut)) == Found(tuple(kept[:count]))


@given(kept=histories, data=st.data())
def test_a_garbled_file_gives_what_stands_before_the_damage(
    shelf: Path, kept: list[Entry], data: st.DataObject
) -> None:
    whole = bytearray(bytes_of(shelf, kept))
    place = data.draw(st.integers(0, len(whole) - 1))
    count = max(whole[:place].count(b"\n") - 1, 0)
    whole[place] = 0xFF
    found = decode(io.BytesIO(bytes(whole)))
    assert found.entries == tuple(kept[:count])


@given(
    rest=st.binary(max_size=400) | st.text(max_size=200).map(str.encode),
    header=st.sampled_from([b"", HEADER]),
)
def test_no_bytes_make_the_reader_raise(rest: bytes, header: bytes) -> None:
    found = decode(io.BytesIO(header + rest))
    assert len(found.entries) <= rest.count(b"\n")


@pytest.mark.parametrize(
    "line",
    [
        "null",
        "[]",
        "{}",
        "[" * 5000,
        '{"at": NaN}',
        "1" * 5000,
        "x" * 100_000,
    ],
)
def test_a_line_that_is_no_entry_ends_it(line: str, file: HistoryFile) -> None:
    file.rewrite(some(2))
    with file.path.open("a") as it:
        it.write(line + "\n")
    assert load(file.path) == Found(tuple(some(2)), "is damaged in line 4")


@pytest.mark.parametrize(
    "changed",
    [
        {"at": -1.0},
        {"until": 1e12},
        {"until": True},
        {"at": "1"},
        {"sentence": None},
        {"limit": 5},
        {"target": -1},
        {"running": 1.5},
        {"frozen": True},
        {"acted": 1},
    ],
)
def test_a_value_that_cannot_be_ends_it(changed: dict[str, object], file: HistoryFile) -> None:
    file.rewrite([entry(1), replace(entry(2), **changed)])  # type: ignore[arg-type]
    assert load(file.path) == Found((entry(1),), "is damaged in line 3")


def test_nothing_that_moves_a_cursor_comes_out_of_a_file(file: HistoryFile) -> None:
    file.rewrite([replace(entry(1), sentence="\x1b[2Jhello\n\ud800" + "x" * 2000)])
    (found,) = load(file.path).entries
    assert found.sentence.startswith("?[2Jhello??xxx")
    assert len(found.sentence) == LONGEST_SENTENCE


def test_the_longest_sentence_of_any_alphabet_is_an_entry(file: HistoryFile) -> None:
    longest = replace(entry(1), sentence="🛑" * LONGEST_SENTENCE)
    file.rewrite([longest])
    assert load(file.path) == Found((longest,))


def test_an_entry_that_goes_on_takes_its_own_place(file: HistoryFile) -> None:
    file.rewrite([entry(1)])
    grown = replace(entry(1), until=9.0, sentence="later")
    assert file.append([grown, entry(2)])
    assert load(file.path) == Found((grown, entry(2)))


def test_only_the_latest_are_read(file: HistoryFile) -> None:
    file.rewrite(some(KEPT + 20))
    assert load(file.path).entries == tuple(some(KEPT + 20)[20:])


def test_a_file_is_bounded(file: HistoryFile) -> None:
    file.rewrite([entry(1)])
    burst = some(100)
    while file.append(burst):
        assert file.path.stat().st_size <= LARGEST_BYTES
    assert file.path.stat().st_size > LARGEST_BYTES / 2


def test_it_is_for_its_owner_and_group(file: HistoryFile) -> None:
    file.rewrite([])
    assert file.path.stat().st_mode & 0o777 == MODE
    assert list(file.path.parent.iterdir()) == [file.path]


@pytest.mark.parametrize("content", [b"hello", b"hello\n", b"\0" * 4096, b'{"format": "other"}\n'])
def test_a_foreign_file_is_told(content: bytes, file: HistoryFile) -> None:
    file.path.write_bytes(content)
    assert load(file.path) == Found(fault="does not begin as a history does")


def test_what_is_not_a_file_is_told_and_not_waited_for(file: HistoryFile) -> None:
    os.mkfifo(file.path)
    assert load(file.path) == Found(fault="is not a file")
    file.path.unlink()
    file.path.symlink_to("/etc/passwd")
    assert load(file.path) == Found(fault="cannot be read: Too many levels of symbolic links")
    file.path.unlink()
    assert load(file.path) == Found()


def test_a_bad_file_is_kept_once(file: HistoryFile) -> None:
    for content in ("one", "two"):
        file.path.write_text(content)
        file.set_aside()
    assert file.aside.read_text() == "two"
    assert not file.path.exists()
    file.set_aside()


def test_a_file_that_somebody_else_has_touched_is_not_added_to(file: HistoryFile) -> None:
    assert not file.append([entry(1)])  # nobody knows what is in it
    file.rewrite([entry(1)])
    other = file.path.with_name("other")
    other.write_text("precious\n")
    file.path.unlink()
    file.path.symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        file.append([entry(2)])
    file.rewrite([entry(1), entry(2)])
    assert other.read_text() == "precious\n"
    file.path.write_bytes(file.path.read_bytes() + b"mine\n")
    assert not file.append([entry(3)])
    file.rewrite([entry(1)])
    file.path.unlink()
    assert not file.append([entry(2)])


def test_a_draft_that_lies_in_the_way_is_replaced_and_not_followed(file: HistoryFile) -> None:
    other = file.path.with_name("other")
    other.write_text("precious\n")
    (file.path.parent / ".history.jsonl.new").symlink_to(other)
    file.rewrite([entry(1)])
    assert other.read_text() == "precious\n"
    assert load(file.path).entries == (entry(1),)


def test_a_full_disk_cuts_a_line_off_and_the_next_writing_mends_it(file: HistoryFile) -> None:
    file.rewrite(some(3))
    size = file.path.stat().st_size
    with files_of_at_most(size + 20), pytest.raises(OSError, match="No space left"):
        file.append([entry(4)])
    assert load(file.path) == Found(tuple(some(3)))
    assert not file.append([entry(4)])
    with files_of_at_most(20), pytest.raises(OSError, match="No space left"):
        file.rewrite(some(4))
    assert load(file.path) == Found(tuple(some(3)))
    assert list(file.path.parent.iterdir()) == [file.path]
    file.rewrite(some(4))
    assert file.append([entry(5)])
    assert load(file.path) == Found(tuple(some(5)))
