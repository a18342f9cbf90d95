"""This machine's own way to the package registries, which its hosts need too."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from tests.testbed.command import must, run

APT = Path("/etc/apt")
CERTIFICATES = Path("/usr/local/share/ca-certificates")
PIP_CONFIGURATION = Path("/etc/pip.conf")
# How apt reaches an archive and what it believes of it; the rest is taste.
APT_OPTIONS = re.compile(r"^Acquire::(https?|Check-|Languages|Retries)", re.IGNORECASE)


def apt_options() -> list[str]:
    """The machine's effective settings, as lines of an apt.conf."""
    dump = must(run(["apt-config", "dump", "--no-empty", "--format", '%f "%v";%n'])).stdout
    return [line for line in dump.splitlines() if APT_OPTIONS.match(line)]


def apt_sources(suite: str, folder: Path) -> list[Path]:
    """Copies, in `folder`, of the machine's Debian sources, turned to the wanted suite."""
    here = platform.freedesktop_os_release()["VERSION_CODENAME"]
    found = [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*.list"))]
    found += sorted((APT / "sources.list.d").glob("*.sources"))
    texts = {file.name: file.read_text() for file in found if file.is_file()}
    copies = []
    for name, text in texts.items():
        # A third party's archive would need its key in the host as well, and is no part of a fresh Debian.
        if re.search(rf"^(deb |Suites:).*\b{here}\b", text, re.MULTILINE):
            copy = folder / name
            copy.write_text(re.sub(rf"\b{here}\b", suite, text))
            copies.append(copy)
    return copies


def certificates() -> dict[str, bytes]:
    """Path → content of the authorities that this machine's administrator added."""
    return {str(file): file.read_bytes() for file in sorted(CERTIFICATES.rglob("*.crt"))}


def pip_configuration() -> dict[str, bytes]:
    """Path → content of the machine-wide settings of pip, if there are any."""
    return {str(PIP_CONFIGURATION): PIP_CONFIGURATION.read_bytes()} if PIP_CONFIGURATION.is_file() else {}


def environment() -> dict[str, str]:
    """What a user's shell on this machine would tell pip and apt; folders of this machine are left out."""
    told = {name: value for name, value in os.environ.items() if _is_client_setting(name)}
    return {name: value for name, value in told.items() if not _is_folder(value)}


def _is_client_setting(name: str) -> bool:
    return name.startswith("PIP_") or name.lower() in {"http_proxy", "https_proxy", "no_proxy"}


def _is_folder(value: str) -> bool:
    return value.startswith("file:") or Path(value).is_dir()
