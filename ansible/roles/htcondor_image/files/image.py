#!/usr/bin/env python3
"""Make the images of an HTCondor pilot and of a pool in a container engine, without a registry.

image.py --pilot NAME --pool NAME   make those of the two that are missing or out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from builder import HERE as BUILDER
from builder import Image, main
from tree import Contents

HERE = Path(__file__).parent
PACKAGES = ("condor", "passwd", "tini")
PILOT = Image(
    name="pilot",
    contents=Contents(
        packages=PACKAGES,
        programs=(
            "condor_master",
            "condor_startd",
            "condor_starter",
            "condor_procd",
            "condor_ping",
            "tini",
            "/usr/libexec/condor/condor_gpu_discovery",
        ),
    ),
    settings=(
        'ENTRYPOINT ["tini", "--", "/pilot"]',
        "USER 10001:10001",
        "WORKDIR /tmp",
        "ENV PATH=/usr/sbin:/usr/bin CONDOR_CONFIG=/condor_config",
    ),
    files={
        "pilot": HERE / "pilot/entry",
        "condor_config": HERE / "pilot/condor_config",
        "told.sh": BUILDER / "told.sh",
    },
    slim=True,
)
POOL = Image(
    name="pool",
    contents=Contents(
        packages=PACKAGES,
        uploads=((HERE / "pool/entry", "/pool"), (HERE / "pool/condor_config", "/condor_config")),
        # Its user has the same number in every build, since data outlive it.
        last_touches=(
            'chroot "$1" groupmod --gid 10002 condor && chroot "$1" usermod --uid 10002 --gid 10002 condor',
            'mkdir "$1/pool-data" "$1/pool-config" && chown 10002:10002 "$1/pool-data"',
            'chmod 755 "$1/pool" && chmod 644 "$1/condor_config"',
        ),
    ),
    settings=(
        'ENTRYPOINT ["tini", "--", "/pool"]',
        "USER 10002:10002",
        "WORKDIR /pool-data",
        "ENV PATH=/usr/sbin:/usr/bin CONDOR_CONFIG=/condor_config",
        "EXPOSE 9618",
    ),
)

if __name__ == "__main__":
    sys.exit(main(Path(__file__), "Make the images of an HTCondor pilot and of a pool.", (PILOT, POOL)))
