"""What a facility leaves on a host: looked for by name, and by comparing the host with itself before."""

from __future__ import annotations

from pathlib import Path

from tests.testbed import stranger
from tests.testbed.host import Host
from tests.testbed.own_figures import DROP_IN

# Elsewhere names change by themselves, or belong to the engine and not to us.
SEARCHED = "/etc /home /opt /root /run /srv /sys/fs/cgroup /tmp /usr /var"
ENGINES = ("/var/lib/docker", "/var/lib/containerd", "/run/docker", "/run/containerd")

# What a set-up may change for good: files under these that come and go with any package's installation.
STATE = {
    "package": r"dpkg-query --show --showformat '${Package} ${db:Status-Abbrev}\n'",
    "account": "getent passwd; getent group",
    "file": "find /etc /opt /usr/local /srv -not -type d",
    "unit": "ls /etc/systemd/system/*.wants 2>/dev/null",
    "rc link": "ls /etc/rc?.d 2>/dev/null",
    "bridge": "ls /sys/class/net",
}


def by_name(host: Host, clone: str) -> list[str]:
    """Whatever bears the project's name or runs on its behalf, outside the user's clone."""
    skip = " -o ".join(f"-path {folder}" for folder in (*ENGINES, str(Path(DROP_IN).parent), clone))
    return _look(
        host,
        {
            "file": f"find {SEARCHED} \\( {skip} \\) -prune -o -iname '*plancton*' -print",
            "account": "getent passwd plancton; getent group plancton",
            "process": "pgrep --full --list-full '[p]lancton|[p]rometheus|[a]lertmanager'",
            "container": f"docker ps --all --format '{{{{.Names}}}}' | grep -vx {stranger.NAME}",
            "image": f"docker images --format '{{{{.Repository}}}}:{{{{.Tag}}}}' | grep -vx {stranger.IMAGE}",
            "volume": "docker volume ls --quiet",
            "chain": "iptables -S 2>/dev/null | grep -i plancton",
            "network": "docker network ls --format '{{.Name}}' | grep plancton",
        },
    )


def state(host: Host) -> set[str]:
    """The host's packages, accounts, settings, boot links and interfaces, to be compared with later ones."""
    return set(_look(host, STATE))


def _look(host: Host, scripts: dict[str, str]) -> list[str]:
    found = {what: host.run("sh", "-c", script).stdout.splitlines() for what, script in scripts.items()}
    return [f"{what} {line}" for what, lines in found.items() for line in lines]
