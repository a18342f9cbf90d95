"""Operators' own images, as archives on the control node: which there are, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# As engines call what kernels call otherwise.
ARCHITECTURES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "armv6l": "arm",
    "i386": "386",
    "i686": "386",
}


def archive_paths(settings: dict[str, Any]) -> list[str]:
    """Where a host's archives are on the control node. A relative path begins at the inventory's folder."""
    folder = Path(settings.get("inventory_dir") or ".")
    given = settings.get("pilot_image_archives") or []
    names = given.split(",") if isinstance(given, str) else given  # what Ansible, too, takes for a list
    return [str(folder / Path(name.strip()).expanduser()) for name in names]


def archive_problems(told: dict[str, dict[str, Any]], paths: list[str], host: str, machine: str) -> list[str]:
    """Sentences, each naming the file.

    ``told``: what is in the files, as look.py says; ``machine``: what the host is, as its kernel says.
    """
    wanted = ARCHITECTURES.get(machine, machine)
    problems = []
    bringer: dict[str, str] = {}
    for path in paths:
        about = told[path]
        if "problem" in about:
            problems.append(f"pilot_image_archives: {about['problem']}")
            continue
        for image in about["images"]:
            if image["architecture"] != wanted:
                is_for = f"{path} is for {image['architecture']}, and {host} is {wanted}"
                problems.append(f"pilot_image_archives: {is_for}")
            for tag in image["tags"]:
                other = bringer.setdefault(tag, path)
                if other != path:
                    problems.append(f"pilot_image_archives: {other} and {path} both bring {tag}")
    return problems


class FilterModule:
    """What Ansible calls."""

    def filters(self) -> dict[str, Any]:
        """Name → function."""
        return {"archive_paths": archive_paths, "archive_problems": archive_problems}
