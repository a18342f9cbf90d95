"""Whether a pilot would see what the host mounts later, from lines as the kernel writes them."""

from __future__ import annotations

import pytest

from plancton.mountinfo import MOUNTINFO, Point, point_of, points, why_not_passed_on

ROOT_PRIVATE = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard"
ROOT_SHARED = "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"
AUTOFS = "99 27 0:45 / /cvmfs rw,relatime shared:32 - autofs /etc/auto.cvmfs rw,fd=5,pgrp=1"
SLAVE = "99 27 0:45 / /cvmfs rw,relatime master:7 propagate_from:2 - autofs /etc/auto.cvmfs rw"
PRIVATE = "98 27 0:44 / /cvmfs rw,relatime - tmpfs tmpfs rw"
NEIGHBOUR = "97 27 0:43 / /cvmfs-old rw,relatime shared:9 - tmpfs tmpfs rw"
BLANKS = r"96 27 0:42 / /my\040soft\134ware rw shared:3 - tmpfs with\040blank rw"


def wrong(*lines: str, path: str = "/cvmfs") -> tuple[str, str] | None:
    return why_not_passed_on(path, points(lines))


@pytest.mark.parametrize(
    "lines", [[ROOT_PRIVATE, AUTOFS], [ROOT_PRIVATE, SLAVE], [ROOT_SHARED], [ROOT_PRIVATE, PRIVATE, AUTOFS]]
)
def test_a_mount_that_passes_on_is_well(lines: list[str]) -> None:
    assert wrong(*lines) is None
    assert wrong(*lines, path="/cvmfs/") is None


@pytest.mark.parametrize(
    ("lines", "mend"),
    [
        ([ROOT_PRIVATE, NEIGHBOUR], "mount --make-rshared /"),
        ([ROOT_SHARED, PRIVATE], "mount --make-rshared /cvmfs"),
        ([ROOT_SHARED, AUTOFS, PRIVATE], "mount --make-rshared /cvmfs"),
    ],
)
def test_a_private_mount_is_told_with_the_command_that_mends_it(lines: list[str], mend: str) -> None:
    found = wrong(*lines)
    assert found is not None
    assert found[0].startswith("/cvmfs lies on /")
    assert found[1] == mend


def test_names_with_blanks_are_read() -> None:
    assert points([BLANKS]) == [Point("/my soft\\ware", passes_on=True)]


def test_this_machines_own_mounts_are_read() -> None:
    with MOUNTINFO.open() as lines:
        found = points(lines)
    assert point_of("/proc/self", found) is not None
    assert point_of("/", found) is not None
