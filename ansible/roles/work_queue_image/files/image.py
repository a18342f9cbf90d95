#!/usr/bin/env python3
"""Make the images of a worker and of a manager of Work Queue and TaskVine, without a registry.

image.py --worker NAME --manager NAME   make those of the two that are missing or out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from builder import HERE as BUILDER
from builder import Image, main
from tree import Contents

HERE = Path(__file__).parent
WORKER = Image(
    name="worker",
    contents=Contents(
        packages=("coop-computing-tools", "tini"),
        programs=("work_queue_worker", "vine_worker", "tini"),
    ),
    settings=(
        'ENTRYPOINT ["tini", "--", "/pilot"]',
        "USER 10001:10001",
        "WORKDIR /tmp",
        "ENV PATH=/usr/sbin:/usr/bin",
    ),
    files={"pilot": HERE / "worker/entry", "told.sh": BUILDER / "told.sh"},
    slim=True,
)
# For those who have no cctools yet: a Python that knows both managers, and a catalog.
MANAGER = Image(
    name="manager",
    contents=Contents(
        packages=("coop-computing-tools", "python3-workqueue", "python3-cloudpickle", "tini"),
    ),
    settings=(
        'ENTRYPOINT ["tini", "--"]',
        'CMD ["python3"]',
        "USER 10003:10003",
        "WORKDIR /tmp",
        "ENV PATH=/usr/sbin:/usr/bin",
    ),
)

if __name__ == "__main__":
    summary = "Make the images of a worker and of a manager of Work Queue and TaskVine."
    sys.exit(main(Path(__file__), summary, (WORKER, MANAGER)))
