"""Tell, as one line of JSON, what kind of system a host has."""

import json
import platform
import sys
from pathlib import Path

# Only what is not yet a release says no number: it is newer than any that does.
UNRELEASED = "9999"


def release() -> dict:
    """What /etc/os-release says, https://www.freedesktop.org/software/systemd/man/os-release.html."""
    for place in (Path("/etc/os-release"), Path("/usr/lib/os-release")):
        if place.exists():
            lines = (line.partition("=") for line in place.read_text(encoding="utf-8").splitlines())
            return {key.strip(): value.strip().strip("\"'") for key, sign, value in lines if sign}
    return {}


said = release()
name = said.get("ID", "linux")
kin = [name, *said.get("ID_LIKE", "").split()]
told = {
    "architecture": platform.machine(),
    "distribution": name.capitalize(),
    "distribution_major_version": said.get("VERSION_ID", UNRELEASED).partition(".")[0],
    "os_family": "Debian" if "debian" in kin else kin[-1].capitalize(),
    "python": {"executable": sys.executable},
    "python_version": platform.python_version(),
    # The test that systemd itself recommends, sd_booted(3).
    "service_mgr": "systemd" if Path("/run/systemd/system").is_dir() else "other",
}
sys.stdout.write(json.dumps(told) + "\n")
