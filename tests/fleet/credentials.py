"""What agents of a fleet ask for: a certificate, and one a password, too, which its monitor has by vault."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from plancton.password import hashed
from tests.fleet.inventory import LENT
from tests.fleet.place import Place
from tests.testbed.command import must, run
from tests.testbed.host import Host

NAME, PASSWORD = "prometheus", "correct horse: ü"
TLS = "/etc/plancton/tls"
# Asks an agent, where Prometheus does, as each of these would; prints who gets an answer.
ASK = """
import base64, json, ssl, sys, urllib.request
donor, name, password = sys.argv[1:]
targets = json.load(open("/etc/plancton/prometheus/donors.json"))
(place,) = next(one["targets"] for one in targets if one["labels"]["instance"] == donor)
def is_let_in(scheme, shows, *words):
    request = urllib.request.Request(f"{scheme}://{place}/metrics")
    for word in words:
        credentials = base64.b64encode(f"{name}:{word}".encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
    context = ssl.create_default_context(cafile="TLS/ca.pem")
    if shows:
        context.load_cert_chain(shows)
    try:
        return urllib.request.urlopen(request, timeout=10, context=context).status == 200
    except OSError:
        return False
own = "TLS/prometheus.pem"
asked = {
    "all of it": is_let_in("https", own, password),
    "no password": is_let_in("https", own),
    "a wrong password": is_let_in("https", own, "wrong"),
    "no certificate": is_let_in("https", None, password),
    "no TLS": is_let_in("http", None, password),
}
print(json.dumps([who for who, is_in in asked.items() if is_in]))
""".replace("TLS/", f"{TLS}/")


@contextmanager
def of_a_vault(place: Place, guarded: str) -> Iterator[None]:
    """The variables beside the inventory, as an operator keeps them, for as long as the block lasts."""
    web = {**LENT["agent_config_web"], "basic_auth_users": {NAME: hashed(PASSWORD)}}
    _write(place.folder / "host_vars" / f"{guarded}.yml", {"agent_config_web": web})
    secret = _write(place.folder / "group_vars" / "monitors.yml", {"prometheus_agents_password": PASSWORD})
    key = place.folder / "vault-password"
    key.write_text("open, sesame\n")
    vault = str(Path(sys.executable).with_name("ansible-vault"))
    must(run([vault, "encrypt", "--vault-password-file", str(key), str(secret)]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", str(key))
        yield


def let_in(monitor: Host, donor: str) -> list[str]:
    """With what one is, of those who ask the donor's agent from the monitor's host."""
    told: list[str] = json.loads(monitor.read("python3", "-c", ASK, donor, NAME, PASSWORD))
    return told


def _write(path: Path, settings: dict[str, object]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(settings))
    return path
