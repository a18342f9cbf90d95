"""Asking agents behind TLS: the real server of an agent, and what the roles keep beside the inventory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plancton.facility.agents import Asked
from plancton.facility.certificate import context_of
from plancton.facility.host import Host, State
from plancton.facility.inventory import BadInventory, Donor
from plancton.web.server import close
from tests.certificates import CLIENT, Authority
from tests.unit.test_web_tls import Facility


@pytest.fixture
def facility(tmp_path: Path) -> Iterator[Facility]:
    facility = Facility(tmp_path)
    try:
        yield facility
    finally:
        close(facility.server)


def kept(directory: Path, authority: Authority) -> Path:
    """As the roles keep it: the authority's certificate, and a monitor's with its key in one file."""
    files, beside = authority.sign("watch", CLIENT), directory / "authority"
    beside.mkdir()
    (beside / "ca.pem").write_bytes(authority.file.read_bytes())
    (beside / "client-watch.pem").write_bytes(files.key.read_bytes() + files.certificate.read_bytes())
    return beside


def look(facility: Facility, authority: Path) -> Host:
    donor = Donor("pc01", "", f"127.0.0.1:{facility.port}", tls=True)
    [host] = Asked([donor], context_of(authority)).look()
    return host


def test_an_agent_tells_who_has_the_certificate_of_a_monitor(facility: Facility) -> None:
    assert look(facility, kept(facility.directory, facility.ours)).state is State.OK


def test_nobody_else(facility: Facility) -> None:
    host = look(facility, kept(facility.directory, facility.theirs))
    assert host.state is State.DOWN
    assert "certificate verify failed" in host.because


def test_without_a_certificate_it_is_not_even_asked(facility: Facility) -> None:
    host = look(facility, facility.directory / "authority")
    assert host.state is State.DOWN
    assert "wants a certificate, and beside the inventory is none: ask Prometheus" in host.because


@pytest.mark.parametrize("broken", ["ca.pem", "client-watch.pem"])
def test_what_is_no_certificate_is_told_of(facility: Facility, broken: str) -> None:
    authority = kept(facility.directory, facility.ours)
    (authority / broken).write_text("nothing")
    with pytest.raises(BadInventory, match=rf"the certificates in {authority} are of no use: "):
        context_of(authority)
