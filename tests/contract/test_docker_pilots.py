"""What a pilot really is on this host, and how it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plancton.config.schema import MIB, Config, Mount
from plancton.engine.base import EngineError, NoImage
from plancton.model import PilotState
from plancton.pilot_spec import hostname_of
from tests.contract.benches import DockerBench, state_of
from tests.contract.docker_cli import docker, inspect, make_image


def with_pilot(config: Config, **options: object) -> Config:
    return replace(config, pilot=replace(config.pilot, **options))  # type: ignore[arg-type]


# --- every door is closed


def test_a_pilot_has_the_security_settings_of_its_description(real: DockerBench) -> None:
    about = inspect(real.engine.start("default-1", real.long).id)
    host, config = about["HostConfig"], about["Config"]
    assert config["User"] == "10001:10001"
    assert (host["CapDrop"], host["CapAdd"] or []) == (["ALL"], [])
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["ReadonlyRootfs"] is True
    assert host["NetworkMode"] == "none"
    assert (host["Privileged"], host["PidMode"], about["Mounts"]) == (False, "", [])
    assert host["OomScoreAdj"] == 1000
    assert host["RestartPolicy"]["Name"] == "no"
    assert host["LogConfig"] == {"Type": "none", "Config": {}}
    assert host["ShmSize"] == 64 * MIB
    assert {(u["Name"], u["Soft"], u["Hard"]) for u in host["Ulimits"]} == {("core", 0, 0)}


def test_a_pilot_has_the_limits_that_the_kernel_offers(real: DockerBench) -> None:
    facts = real.engine.facts()
    host = inspect(real.engine.start("default-1", real.long).id)["HostConfig"]
    assert host["NanoCpus"] == (10**9 if facts.cpu_quota else 0)
    assert host["Memory"] == host["MemorySwap"] == (512 * MIB if facts.memory_limit else 0)
    assert (host["PidsLimit"] or 0) == (512 if facts.pids_limit else 0)


def test_the_kernel_agrees(real: DockerBench) -> None:
    """Not what was asked for, but what the pilot's first process has."""
    pid = inspect(real.engine.start("default-1", real.long).id)["State"]["Pid"]
    status = Path(f"/proc/{pid}/status").read_text()
    assert re.search(r"^Uid:\s+10001\s+10001\s", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000"


def test_pilots_live_below_the_agents_own_cgroup(real: DockerBench) -> None:
    pilot = real.engine.start("default-1", real.long)
    pid = inspect(pilot.id)["State"]["Pid"]
    paths = [line.split(":", 2)[2] for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]
    assert any(real.config.name in path and pilot.id in path for path in paths)


def test_a_mounted_directory_is_read_only_unless_said(real: DockerBench, tmp_path: Path) -> None:
    mounts = (Mount(str(tmp_path), "/in"), Mount(str(tmp_path), "/out", read_only=False))
    spec = real.spec_of(with_pilot(real.config, mounts=mounts))
    found = inspect(real.engine.start("default-1", spec).id)["Mounts"]
    assert {m["Destination"]: m["RW"] for m in found} == {"/in": False, "/out": True}


def test_a_pilot_is_told_where_it_is_and_has_a_name_of_its_own(real: DockerBench) -> None:
    one, two = (inspect(real.engine.start(f"default-{n}", real.long).id)["Config"] for n in (1, 2))
    assert "PLANCTON_HOST=contract.example.org" in one["Env"]
    assert "PLANCTON_CPUS=1" in one["Env"]
    assert [c["Hostname"] for c in (one, two)] == [
        hostname_of(f"default-{n}", "contract.example.org") for n in (1, 2)
    ]


def test_a_signal_that_there_is_not_is_refused_in_a_sentence(real: DockerBench) -> None:
    pilot = real.engine.start("default-1", real.long)
    with pytest.raises(EngineError, match="SIGNONE"):
        real.engine.tell(pilot.id, "SIGNONE")
    assert state_of(real.engine, pilot) is PilotState.RUNNING


# --- how pilots end


def test_the_exit_code_is_told(real: DockerBench) -> None:
    pilot = real.engine.start("default-1", real.spec("sh", "-c", "exit 7"))
    real.let_end(pilot)
    ending = real.engine.reap(pilot.id)
    assert ending is not None
    assert (ending.exit_code, ending.out_of_memory) == (7, False)


def test_the_kernels_out_of_memory_kill_is_told(real: DockerBench) -> None:
    if not real.engine.facts().memory_limit:
        pytest.fail("this kernel has no memory cgroup: boot it with cgroup_enable=memory")
    small = replace(real.config, pool=replace(real.config.pool, memory_per_pilot=16 * MIB))
    spec = real.spec_of(with_pilot(small, command=("tail", "/dev/zero")))
    pilot = real.engine.start("default-1", spec)
    real.let_end(pilot)
    ending = real.engine.reap(pilot.id)
    assert ending is not None
    assert (ending.exit_code, ending.out_of_memory) == (137, True)


def test_a_pilot_frozen_by_hand_is_frozen_and_can_be_killed(real: DockerBench) -> None:
    pilot = real.engine.start("default-1", real.long)
    docker("pause", pilot.id)
    assert state_of(real.engine, pilot) is PilotState.FROZEN
    real.engine.kill(pilot.id)
    assert state_of(real.engine, pilot) is PilotState.ENDED


def test_a_container_that_was_created_only_is_reaped(real: DockerBench) -> None:
    """What an agent leaves that dies in the middle of a start."""
    image = real.config.pilot.image
    docker("create", "--label", f"plancton.agent={real.config.name}", image)
    (left,) = real.engine.pilots()
    assert left.state is PilotState.CREATED
    assert real.engine.reap(left.id) is not None
    assert real.engine.pilots() == ()


# --- a failed start leaves nothing behind


@pytest.mark.parametrize(
    "options",
    [
        {"command": ("/no/such/command",)},
        {"network": "no-such-network"},
        {"mounts": (Mount("/no/such/directory", "/data"),)},
        {"devices": ("/dev/no-such-device",)},
        {"user": "no-such-user"},
        {"capabilities": ("NO_SUCH_CAPABILITY",)},
    ],
    ids=lambda options: next(iter(options)),
)
def test_a_failed_start_says_why_and_leaves_nothing(real: DockerBench, options: dict[str, object]) -> None:
    spec = real.spec_of(with_pilot(real.config, **options))
    with pytest.raises(EngineError) as refused:
        real.engine.start("default-1", spec)
    assert not isinstance(refused.value, NoImage)
    assert str(refused.value)
    assert docker("ps", "--all", "--quiet", "--filter", f"name={real.config.name}") == ""


# --- an image's own volumes


@pytest.fixture
def with_volume(real: DockerBench) -> Iterator[str]:
    image = f"{real.config.name}-volume:test"
    make_image(image, "VOLUME /data")
    yield image
    docker("rmi", "--force", image)


def test_a_volume_that_the_image_brings_is_refused_beside_a_root_that_cannot_be_written(
    real: DockerBench, with_volume: str
) -> None:
    before = docker("volume", "ls", "--quiet")
    with pytest.raises(EngineError, match=r"declares the volume /data: cover it by pilot\.tmpfs"):
        real.engine.start("default-1", real.spec_of(with_pilot(real.config, image=with_volume)))
    assert real.engine.pilots() == ()
    assert docker("volume", "ls", "--quiet") == before


@pytest.mark.parametrize(
    "options", [{"tmpfs": (("/data", "rw,size=1m"),)}, {"read_only_root": False}], ids=["covered", "open"]
)
def test_a_volume_that_is_covered_or_allowed_is_none_of_our_business(
    real: DockerBench, with_volume: str, options: dict[str, object]
) -> None:
    spec = real.spec_of(with_pilot(real.config, image=with_volume, **options))
    pilot = real.engine.start("default-1", spec)
    assert state_of(real.engine, pilot) is PilotState.RUNNING
