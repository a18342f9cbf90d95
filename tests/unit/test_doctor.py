"""What keeps a host from lending its cycles, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.cli.main import main
from plancton.config.schema import Config, EngineOptions, Grow, Paths, PilotOptions, Pool
from plancton.config.software import Software
from plancton.core.policy import Mode
from plancton.doctor import Finding, examine, room
from tests.unit.docker_server import Docker, listen


def findings(tmp_path: Path) -> list[Finding]:
    """On a host whose engine is not there."""
    engine = EngineOptions(url=f"unix://{tmp_path}/none.sock")
    return examine(replace(Config(), engine=engine, paths=Paths(str(tmp_path), f"{tmp_path}/none")))


def test_an_engine_that_is_away_comes_first_with_advice(tmp_path: Path) -> None:
    first = findings(tmp_path)[0]
    assert (first.subject, first.well) == ("engine", False)
    assert first.said == f"the engine at unix://{tmp_path}/none.sock cannot be reached: is it running?"
    assert "systemctl start docker" in first.advice


def test_what_needs_no_engine_is_examined_all_the_same(tmp_path: Path) -> None:
    assert [f.subject for f in findings(tmp_path)] == [
        "engine",
        "cores",
        "web",
        "pressure",
        "clock",
        "permission",
        "permission",
    ]


def test_directories_are_well_if_owners_can_use_them(tmp_path: Path) -> None:
    run, state = findings(tmp_path)[-2:]
    assert (run.well, run.said) == (True, f"paths.run_directory {tmp_path} can be entered by you")
    assert (state.well, state.said) == (
        False,
        f"paths.state_directory {tmp_path}/none cannot be written by you",
    )


def software(tmp_path: Path, *repositories: str) -> list[Finding]:
    """What is said of a kind that needs these of the host."""
    pilot = PilotOptions(
        software=Software.CVMFS, software_path=str(tmp_path), software_repositories=repositories
    )
    engine = EngineOptions(url=f"unix://{tmp_path}/none.sock")
    found = examine(replace(Config(), engine=engine, pilot=pilot))
    return [f for f in found if f.subject == "software"]


def test_software_that_does_not_answer_is_told(tmp_path: Path) -> None:
    first = software(tmp_path, "alice.example.org")[0]
    assert (first.well, first.said) == (False, f"{tmp_path}/alice.example.org: No such file or directory")
    (tmp_path / "alice.example.org" / "etc").mkdir(parents=True)
    first = software(tmp_path, "alice.example.org")[0]
    assert (first.well, first.said) == (True, f"{tmp_path}: alice.example.org answers")
    assert "cvmfs_config probe" in first.advice


def test_a_mount_that_pilots_would_not_see_later_is_told_with_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr("plancton.mountinfo.MOUNTINFO", mounts)
    mounts.write_text("27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n")
    assert len(software(tmp_path)) == 1
    mounts.write_text("27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n")
    told = software(tmp_path)[1]
    assert (told.well, told.advice) == (False, "as root, now and at every boot: mount --make-rshared /")


@pytest.mark.parametrize("mode", Mode)
def test_a_host_on_which_the_usual_reserve_leaves_no_room_is_told_which_key_to_set(mode: Mode) -> None:
    small = room(replace(Config(), mode=mode), cores=1)
    assert (small.subject, small.well) == ("cores", False)
    assert small.said == "1 in all, 1 kept idle, 1 for each pilot: room for 0"
    assert "pool.reserve_cores" in small.advice


@pytest.mark.parametrize(
    ("config", "cores", "well"),
    [
        (Config(), 2, True),
        (Config(pool=Pool(reserve_cores=0.0)), 1, True),
        (Config(pool=Pool(max_pilots=0)), 1, True),
        (Config(pool=Pool(reserve_cores=1.25)), 2, True),
        (Config(pool=Pool(reserve_cores=1.25), grow=Grow(tolerance_cores=0.0)), 2, False),
        (Config(pool=Pool(cpus_per_pilot=4.0)), 4, False),
        (Config(pool=Pool(reserve_cores=0.9, cpus_per_pilot=0.1), grow=Grow(tolerance_cores=0)), 1, True),
    ],
)
def test_there_is_room_if_one_pilot_fits_beside_the_reserve(config: Config, cores: int, well: bool) -> None:  # noqa: FBT001
    assert room(config, cores).well is well


@pytest.mark.parametrize(("key", "subject"), [("SwapLimit", "limit swap"), ("PidsLimit", "limit pids")])
def test_a_limit_that_the_kernel_cannot_keep_is_told(
    tmp_path: Path, key: str, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plancton.doctor.swap_bytes", lambda: 1)
    info = dict.fromkeys(["CpuCfsQuota", "MemoryLimit", "PidsLimit", "SwapLimit"], True)
    server = listen(Docker(info={**info, key: False}), tmp_path / "none.sock")
    limits = {f.subject: f.well for f in findings(tmp_path) if f.subject.startswith("limit ")}
    server.shutdown()
    server.server_close()
    assert len(limits) == len(info)
    assert [name for name, well in limits.items() if not well] == [subject]


def test_a_host_without_swap_needs_no_limit_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plancton.doctor.swap_bytes", lambda: 0)
    info = dict.fromkeys(["CpuCfsQuota", "MemoryLimit", "PidsLimit"], True)
    server = listen(Docker(info=info), tmp_path / "none.sock")
    assert all(f.well for f in findings(tmp_path) if f.subject.startswith("limit "))
    server.shutdown()
    server.server_close()


def test_whatever_is_wrong_has_advice(tmp_path: Path) -> None:
    assert all(finding.well or finding.advice for finding in findings(tmp_path))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "p.yml"
    path.write_text(f"engine: {{url: 'unix://{tmp_path}/none.sock'}}")
    return path


def test_the_command_ends_with_one_and_tells_it(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config.file", str(config)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("WRONG  engine        the engine at unix://")
    assert lines[1].strip().startswith("→ start it")


def test_as_json_it_can_be_read_by_machines(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--config.file", str(config)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert set(found[0]) == {"subject", "well", "said", "advice"}
