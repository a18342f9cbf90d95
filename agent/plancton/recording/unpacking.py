"""A gzipped file becomes lines, as far as it goes and never more at once than a little."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

GZIP = 31  # what zlib calls a window of any size with a gzip header
CHUNK_BYTES = 64 * 1024
# A reading is a dozen characters. Whoever made a longer line did not mean a recording.
LONGEST_LINE = 400


class BadRecording(Exception):
    """The file is no recording. The message is one sentence that names the file, and the line."""


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The whole lines, numbered from 1. One that was cut short is none. Raises BadRecording."""
    rest, number = b"", 0
    try:
        for piece in _pieces(path):
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                number += 1
                yield number, line.decode("ascii", "replace")
            if len(rest) > LONGEST_LINE:
                raise BadRecording(f"{path}:{number + 1}: is longer than a reading can be")
    except OSError as error:
        raise BadRecording(f"{path}: cannot be read: {error.strerror}") from None
    except zlib.error:
        what = f"{path}:{number + 1}: is damaged" if number else f"{path}: is not a gzipped recording"
        raise BadRecording(what) from None


def _pieces(path: Path) -> Iterator[bytes]:
    unpack = zlib.decompressobj(GZIP)
    with path.open("rb") as file:
        while not unpack.eof and (packed := file.read(CHUNK_BYTES)):
            while packed:
                # A few bytes may unpack to gigabytes.
                yield unpack.decompress(packed, CHUNK_BYTES)
                packed = unpack.unconsumed_tail
    yield unpack.flush()
