"""The roles on this machine, below a directory of their own: the image, the password, a kind that works."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import htcondor_images, work_queue_images
from tests.e2e.htcondor import PILOT_UID, PROFILE
from tests.e2e.roles_play import DONORS, play
from tests.e2e.work_queue import PORT, Facility, exit_code, results

pytestmark = pytest.mark.timeout(1800)  # the images may have to be made first, on a busy machine

WORDS = "let me in\n"
PLAY = (
    DONORS
    + """\
    - ansible.builtin.include_role: {name: work_queue_donor, tasks_from: settings.yml}
    - ansible.builtin.include_role: {name: work_queue_donor}
    - ansible.builtin.copy:
        content: "{{ {'kinds': agent_config_kinds} | to_json }}"
        dest: "{{ told }}"
        mode: "0644"
"""
)


@pytest.fixture
def facility(tmp_path: Path) -> Iterator[Facility]:
    facility = Facility(tmp_path)
    try:
        yield facility
    finally:
        facility.clean_up()


def set_up(directory: Path, host: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "work_queue_image_sources": htcondor_images.sources(directory),
        "work_queue_image_directory": str(directory / "builder"),
        "work_queue_image_manager": work_queue_images.MANAGER,
        "work_queue_donor_directory": str(directory / "settings"),
        "work_queue_donor_image": work_queue_images.WORKER,
        "told": str(directory / "told"),
    }
    return play(directory, PLAY, f"[donors]\n{host}\n", settings)


def test_a_donor_is_set_up_once_and_its_kind_does_tasks(facility: Facility, tmp_path: Path) -> None:
    manager = facility.manager("work_queue", 1, "echo $((2 + 2))")
    (tmp_path / "vault").write_text(WORDS)
    host = f"here ansible_connection=local work_queue_donor_manager={manager.name}:{PORT}"
    host += f" work_queue_donor_password_file={tmp_path}/vault"
    first = set_up(tmp_path, host)
    assert first.returncode == 0, first.stdout + first.stderr
    again = set_up(tmp_path, host)
    assert "changed=0 " in again.stdout, again.stdout

    secret = tmp_path / "settings/secret/password"
    owners = [(path.stat().st_uid, oct(path.stat().st_mode & 0o777)) for path in (secret.parent, secret)]
    assert owners == [(PILOT_UID, "0o700"), (PILOT_UID, "0o600")]
    assert secret.read_text() == WORDS
    assert WORDS.strip() not in first.stdout + first.stderr

    check = [sys.executable, "-m", "plancton", "check-config", str(tmp_path / "told")]
    checked = subprocess.run(check, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    kind = json.loads((tmp_path / "told").read_text())["kinds"]["work_queue"]
    (mount,) = kind["mounts"]
    pilot = facility.run(
        kind["image"],
        environment=kind["environment"],
        volumes={mount["source"]: {"bind": mount["target"], "mode": "ro"}},
        **{**PROFILE, "user": kind["user"]},
    )
    assert results(manager) == ["4\n"]
    assert exit_code(pilot) == 0
