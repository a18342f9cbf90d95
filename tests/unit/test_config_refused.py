"""Files that cannot be used: one sentence that names the place, and no harm to the reader."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from plancton.config.load import LARGEST_FILE_BYTES, ConfigError, load, parse

TOO_LARGE = f"is larger than {LARGEST_FILE_BYTES} bytes"


def refused(content: str) -> str:
    with pytest.raises(ConfigError) as error:
        parse(content, "f.yml")
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("pool:\n  max_pilot: 3\n", "f.yml:2: pool.max_pilot is not a known key; did you mean max_pilots?"),
        ("\npools: {}\n", "f.yml:2: pools is not a known key; did you mean pool?"),
        ("zebra: 1\n", "f.yml:1: zebra is not a known key"),
        ("pool: {1: 2}\n", "f.yml:1: pool.1 is not a known key"),
        ("pool:\n\n  reserve_cores: many\n", "f.yml:3: pool.reserve_cores must be a number"),
        ("name: a\nname: b\n", "f.yml:2: name stands there twice"),
        ("pool: {max_pilots: 1,\n max_pilots: 2}", "f.yml:2: max_pilots stands there twice"),
        ("pilot: {environment: {A: x,\n A: y}}", "f.yml:2: A stands there twice"),
        ("kinds: [a]\n", "f.yml:1: kinds must be a mapping, each from a kind's name to its keys, not ['a']"),
        ("kinds:\n  Alice: {}\n", "f.yml:2: kinds.Alice is not the name of a kind: it must be a short lower"),
        ("kinds:\n  1: {}\n", "f.yml:2: kinds.1 is not the name of a kind"),
        ("kinds:\n  a: 60\n", "f.yml:2: kinds.a must be a mapping of keys to values, not 60"),
        ("kinds:\n  a:\n    imag: x\n", "f.yml:3: kinds.a.imag is not a known key; did you mean image?"),
        ("kinds:\n  a:\n    reserve_cores: 1\n", "f.yml:3: kinds.a.reserve_cores is not a known key"),
        ("kinds:\n  a:\n    kind: b\n", "f.yml:3: kinds.a.kind is not a known key"),
        ("kinds:\n  a:\n    share: 0\n", "f.yml:3: kinds.a.share must be a number above 0, not 0"),
        ("kinds:\n  a:\n\n    ttl_seconds: x\n", "f.yml:4: kinds.a.ttl_seconds must be a number"),
        ("kinds:\n  a: {mounts: [1]}\n", "f.yml:2: kinds.a.mounts has an unfit element 1: it must be"),
        ("kinds:\n  a: {}\n  a: {}\n", "f.yml:3: a stands there twice"),
        (
            f"kinds: {{{', '.join(f'k{n}: 1' for n in range(17))}}}",
            "f.yml:1: kinds has 17 entries, and at",
        ),
        ("name: [\n", "f.yml:2: is not valid YAML: "),
        ("name: 'a\n", "f.yml:2: is not valid YAML: "),
        ("a: 1\n---\nb: 2\n", "f.yml:2: is not valid YAML: "),
        ("name: *nobody\n", "f.yml:1: is not valid YAML: "),
        ("name: a\x01", "f.yml: is not valid YAML: "),
        ("- 1\n", "f.yml: the file must be a mapping of keys to values"),
        ("hello\n", "f.yml: the file must be a mapping of keys to values"),
    ],
)
def test_a_mistake_is_told_with_its_line(content: str, sentence: str) -> None:
    assert refused(content).startswith(sentence)


@pytest.mark.parametrize(
    "content",
    [
        "? [a, b]\n: c\n",
        "? {a: b}\n: c\n",
        "pilot: {mounts: [{source: /a, target: /b, [1]: 2}]}",
        "name: 2024-13-45",
        "pool: {max_pilots: 0b_}",
        "pool: {max_pilots: %s}" % ("9" * 5000),
        "name: !!int foo",
        "name: !!bool foo",
        "name: !!float foo",
        "name: !!timestamp foo",
        "name: !!binary x",
        "name: !!set {a}",
        "name: &a [*a]",
        "&a\npool: *a\n",
        "pool: {=: 3}",
        "null: 1",
    ],
)
def test_oddities_of_yaml_are_refused_like_anything_else(content: str) -> None:
    assert refused(content).startswith("f.yml:")


@pytest.mark.parametrize(
    "tag", ["python/object/apply:os.system [id]", "python/name:os.system", "python/object/new:os.system [id]"]
)
def test_a_file_runs_no_code(tag: str) -> None:
    assert "could not determine a constructor" in refused(f"name: !!{tag}")


def anchors(first: str, again: Callable[[str], str]) -> str:
    """Ten levels, each nine times the one before."""
    levels = [f"&a0 {first}"]
    levels += [f"&a{n} {again(', '.join([f'*a{n - 1}'] * 9))}" for n in range(1, 10)]
    return f"name: [{', '.join(levels)}]"


@pytest.mark.parametrize(
    "bomb",
    [
        anchors("[lol]", lambda nine: f"[{nine}]"),
        anchors("{k: 1}", lambda nine: f"{{<<: [{nine}]}}"),
        anchors("[lol]", lambda nine: f"[{nine}]").replace("name:", "pilot: {mounts: ") + "}",
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 100_000,
        f"a0: &a {{{', '.join(f'k{n}: 1' for n in range(9_000))}}}\n"
        + "".join(f"a{n}: *a\n" for n in range(1, 9_000)),
    ],
    ids=["billion laughs", "merge keys", "in mounts", "deep lists", "deep mappings", "deep blocks", "wide"],
)
def test_a_small_file_cannot_fill_the_memory_or_the_day(bomb: str) -> None:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    refused(bomb)
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"#" * (LARGEST_FILE_BYTES + 1), TOO_LARGE),
        (
            b"#" + "é".encode() * LARGEST_FILE_BYTES + b"\nnme: x",
            f"is larger than {LARGEST_FILE_BYTES} bytes",
        ),
        (b"name: \xff\xfe", "is not text in UTF-8"),
    ],
)
def test_what_is_no_page_of_text_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "c.yml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        load(path)
    assert str(error.value) == f"{path}: {why}"


def test_the_largest_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_text("#".ljust(LARGEST_FILE_BYTES - 8) + "\nname: z")
    assert load(path).name == "z"


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError) as error:
            load(path)
        assert str(error.value) == f"{path}: cannot be read: {why}"


def test_a_pipe_is_read_like_a_file() -> None:
    """`plancton check-config <(generate)`."""
    reading, writing = os.pipe()
    os.write(writing, b"name: piped")
    os.close(writing)
    try:
        assert load(Path(f"/dev/fd/{reading}")).name == "piped"
    finally:
        os.close(reading)
