"""A past for a Prometheus that has not begun yet: series with a sample an hour, written into its data."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

HOUR_SECONDS = 3600
# Off the hour: a sample at midnight would belong to both days.
OFFSET_SECONDS = 420
# One block for all of it: blocks of two hours take promtool minutes.
BLOCK = "4000h"


def backfill(data: Path, series: Mapping[str, float], hours: Iterable[int]) -> None:
    """Write each series, given as in the exposition, with its value in each hour (Unix time / 3600)."""
    source = data.with_suffix(".openmetrics")
    source.write_text("\n".join(_lines(series, list(hours))) + "\n")
    command = ["promtool", "tsdb", "create-blocks-from", f"--max-block-duration={BLOCK}", "openmetrics"]
    done = subprocess.run([*command, str(source), str(data)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _lines(series: Mapping[str, float], hours: list[int]) -> Iterator[str]:
    typed = set()
    for one, value in sorted(series.items()):
        name = one.partition("{")[0]
        if name not in typed:
            typed.add(name)
            yield f"# TYPE {name} gauge"
        for hour in hours:
            yield f"{one} {value} {hour * HOUR_SECONDS + OFFSET_SECONDS}"
    yield "# EOF"
