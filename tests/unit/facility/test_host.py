"""What the metrics of one host say about it, and the worst of it."""

from __future__ import annotations

import pytest

from plancton.facility.host import Host, Rates, State, down, read_host
from tests.unit.facility.makers import answers, sample

QUIET = Rates(1.0, 2.0, 1.0, 0.0)
FULL = Rates(2.0, 1.95, 0.05, 0.0)
DISTURBED = Rates(2.0, 1.95, 0.05, 0.2)


def test_a_healthy_host() -> None:
    assert read_host("pc01", "lab", answers(), QUIET) == Host(
        name="pc01",
        site="lab",
        state=State.OK,
        mode="opportunistic",
        limit="cpu",
        version="1.0.0",
        cores=4.0,
        rates=QUIET,
        running=2,
        frozen=1,
        target=2,
    )


@pytest.mark.parametrize(
    ("changes", "rates", "state"),
    [
        ({}, FULL, State.OK),  # full of pilots that are welcome is success
        ({"pilots_target": 1.0}, FULL, State.SATURATED),
        ({}, DISTURBED, State.SATURATED),
        ({"pilots_target": 1.0}, QUIET, State.OK),  # it gives back, and the owner has room meanwhile
        ({"engine_up": 0.0}, QUIET, State.ENGINE_DOWN),
        ({"sensor_up": 0.0}, QUIET, State.BLIND),
        ({"pool_weight_lowest": 0.0}, QUIET, State.NO_WEIGHT),
        ({"config_last_reload_successful": 0.0}, QUIET, State.OLD_CONFIG),
        ({"engine_up": 0.0, "sensor_up": 0.0}, QUIET, State.ENGINE_DOWN),
        ({"engine_up": 0.0, "pilots_target": 1.0}, FULL, State.SATURATED),
    ],
)
def test_the_worst_is_told(changes: dict[str, float], rates: Rates, state: State) -> None:
    assert read_host("pc01", "lab", answers(**changes), rates).state is state


@pytest.mark.parametrize(
    ("wish", "state"), [("pause", State.PAUSED), ("drain", State.DRAINED), ("run", State.OK)]
)
def test_the_owners_wish(wish: str, state: State) -> None:
    assert read_host("pc01", "lab", [*answers(), sample("intent", 1.0, intent=wish)], QUIET).state is state


def test_a_dry_run_has_no_weight_to_keep() -> None:
    samples = [s for s in answers(pool_weight_lowest=0.0) if "mode" not in s.labels]
    found = read_host("pc01", "lab", [*samples, sample("mode", 1.0, mode="dry-run")], QUIET)
    assert (found.state, found.mode) == (State.OK, "dry-run")


def test_kinds_are_added_up() -> None:
    found = read_host(
        "pc01", "lab", [*answers(), sample("pilots", 3.0, state="running", kind="alice")], QUIET
    )
    assert found.running == 5


def test_one_sensor_that_fails_is_enough() -> None:
    samples = [*answers(), sample("sensor_up", 0.0, sensor="disk"), sample("sensor_up", 1.0, sensor="cpu")]
    assert read_host("pc01", "lab", samples, QUIET).state is State.BLIND


def test_an_agent_that_has_only_just_started_says_little() -> None:
    found = read_host("pc01", "", [sample("build_info", 1.0, version="1.0.0", python="3.11.2")], Rates())
    assert (found.state, found.cores, found.target, found.running) == (State.OK, None, None, 0)


def test_down_is_the_worst() -> None:
    assert down("pc01", "lab", "no route").state is min(State)
    assert [state.word for state in (State.DOWN, State.ENGINE_DOWN, State.OK)] == [
        "down",
        "engine-down",
        "ok",
    ]
