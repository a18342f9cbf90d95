"""The facility's small authority: what it makes, when it makes it anew, and what it refuses."""

from __future__ import annotations

import datetime
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.unit import loaded

SCRIPT = loaded.ANSIBLE / "roles/authority/files/authority.py"
HERE = ("--address", "127.0.0.1", "--address", "pc01.example.org")


def run(
    directory: Path, *more: str, name: str = "pc01", days: str = "365"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--directory", str(directory), "--name", name, "--days", days]
    command += ["--use", "server", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def told(directory: Path, *more: str) -> dict[str, Any]:
    ran = run(directory, *more)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_a_certificate_is_for_its_addresses_and_its_use_and_of_the_authority(tmp_path: Path) -> None:
    said = told(tmp_path / "a", *HERE)
    made = x509.load_pem_x509_certificate(Path(said["file"]).read_bytes())
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(Path(said["ca"]).read_bytes()))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["127.0.0.1", "pc01.example.org"]
    use = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(use) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_it_is_made_anew_when_something_differs_and_only_then(tmp_path: Path) -> None:
    directory = tmp_path / "a"
    assert told(directory, "--check", *HERE)["changed"]
    assert not directory.exists()
    assert told(directory, *HERE)["changed"]
    assert not told(directory, *HERE)["changed"]
    assert told(directory, "--check", *HERE[:2])["changed"]
    assert not told(directory, *HERE)["changed"]
    assert told(directory, *HERE[:2])["changed"]
    assert told(directory, *HERE[:2], "--renew")["changed"]
    (directory / "authority.pem").unlink()
    assert told(directory, *HERE[:2])["changed"]
    assert not told(directory, *HERE[:2])["changed"]


@pytest.mark.parametrize(("days", "due"), [(0, False), (60, False), (70, True), (200, True)])
def test_it_is_due_when_a_third_of_its_life_is_left(tmp_path: Path, days: int, *, due: bool) -> None:
    script: Any = loaded.load(SCRIPT)
    authority = script.Authority(tmp_path)
    content = authority.sign("pc01", "server", ["127.0.0.1"], 99)
    later = script.now() + datetime.timedelta(days=days)
    script.now = lambda: later
    assert authority.is_due(content, ["127.0.0.1"]) is due


def test_an_authority_that_ends_before_its_certificates_says_so(tmp_path: Path) -> None:
    script: Any = loaded.load(SCRIPT)
    authority = script.Authority(tmp_path)
    later = script.now() + datetime.timedelta(days=script.AUTHORITY_DAYS - 100)
    script.now = lambda: later
    with pytest.raises(
        SystemExit,
        match=r"ends on 2\d\d\d-\d\d-\d\d, before a certificate of 101 days: `make rotate KEYS=true`",
    ):
        authority.sign("pc01", "server", ["127.0.0.1"], 101)


def test_what_makes_no_certificate_is_told_in_a_sentence(tmp_path: Path) -> None:
    for ran, says in (
        (run(tmp_path, *HERE, name="../pc01"), "'../pc01' is no name for a file"),
        (run(tmp_path, *HERE, days="0"), "authority_days must be 1 or more, not 0"),
        (run(tmp_path, "--address", "pc\u00fc"), "pc01: no certificate for pc\u00fc: "),
    ):
        assert ran.returncode == 1
        assert ran.stderr.startswith(says)
        assert len(ran.stderr.splitlines()) == 1


def trusted(directory: Path) -> int:
    return (directory / "ca.pem").read_bytes().count(b"BEGIN CERTIFICATE")


def test_the_authority_changes_in_two_steps_between_which_both_are_trusted(tmp_path: Path) -> None:
    directory = tmp_path / "a"
    assert run(directory, "--change", "begin").returncode == 0
    assert not (directory / "authority.pem").exists()
    file = Path(told(directory, *HERE)["file"])
    first, before = (directory / "ca.pem").read_bytes(), file.read_bytes()
    assert told(directory, "--change", "begin", "--check")["changed"]
    assert (directory / "ca.pem").read_bytes() == first
    assert told(directory, "--change", "begin")["changed"]
    both = (directory / "ca.pem").read_bytes()
    assert (trusted(directory), first in both) == (2, True)
    # One that was broken off is gone on with, and not begun again.
    assert not told(directory, "--change", "begin")["changed"]
    assert (directory / "ca.pem").read_bytes() == both
    assert told(directory, *HERE)["changed"]
    assert file.read_bytes() != before
    assert told(directory, "--change", "end")["changed"]
    assert (trusted(directory), first in (directory / "ca.pem").read_bytes()) == (1, False)
    assert not told(directory, "--change", "end")["changed"]
    assert not told(directory, *HERE)["changed"]


def test_a_change_that_was_cut_off_before_the_new_key_is_begun_again(tmp_path: Path) -> None:
    told(tmp_path, *HERE)
    first = (tmp_path / "ca.pem").read_bytes()
    (tmp_path / "former.pem").write_bytes(first)
    told(tmp_path, "--change", "begin")
    assert (trusted(tmp_path), first in (tmp_path / "ca.pem").read_bytes()) == (2, True)


def test_a_certificate_is_for_an_address(tmp_path: Path) -> None:
    ran = run(tmp_path)
    assert (ran.returncode, ran.stderr) == (1, "pc01: no certificate without --address\n")


def test_a_look_tells_what_is_to_be_on_each_host_and_makes_nothing(tmp_path: Path) -> None:
    directory, wanted = tmp_path / "a", json.dumps({"pc01": ["127.0.0.1"], "pc02": ["127.0.0.1"]})
    nothing = {"file": "", "ca": ""}
    assert told(directory, "--look", wanted) == {"pc01": nothing, "pc02": nothing}
    assert not directory.exists()
    made = told(directory, "--address", "127.0.0.1")
    file, ca = (hashlib.sha256(Path(made[key]).read_bytes()).hexdigest() for key in ("file", "ca"))
    looked = told(directory, "--look", wanted)
    assert looked == {"pc01": {"file": file, "ca": ca}, "pc02": {"file": "", "ca": ca}}
    assert told(directory, "--look", wanted, "--renew")["pc01"] == {"file": "", "ca": ca}
    assert told(directory, "--look", json.dumps({"pc01": ["127.0.0.2"]}))["pc01"]["file"] == ""
