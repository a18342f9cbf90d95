"""A report is what the agents have counted, restarts included; a fleet looks the same both ways."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.agent_process import AgentProcess
from tests.e2e.monitoring import Monitoring
from tests.e2e.two_agents import PATIENCE, SHORT, WHATS, Facility, plancton
from tests.e2e.waiting import wait_for

# One percent; and what is left of a figure that is rounded to a millionth of a core-hour.
RELATIVE, ROUNDING = 0.01, 0.004


@pytest.fixture
def agents(tmp_path: Path, image: str) -> Iterator[dict[str, AgentProcess]]:
    """Two hosts. Their pilots work for three seconds, and nobody takes the CPU from them."""
    found = {}
    for name in ("pc01", "pc02"):
        (tmp_path / name).mkdir()
        found[name] = AgentProcess(tmp_path / name, image)
        found[name].configure(
            mode="dedicated",
            pool={"max_pilots": 1, "memory_per_pilot": "32MiB"},
            pilot=SHORT,
            # A busy machine's engine may take long to start one; here that is no failure.
            engine={"deadline_seconds": 30},
        )
    found["pc02"].configure(kinds={"alice": {"share": 1}})
    yield found
    for agent in found.values():
        print(agent.log())
        agent.clean_up()


@pytest.fixture
def monitoring(tmp_path: Path, agents: dict[str, AgentProcess]) -> Iterator[Monitoring]:
    stack = Monitoring(tmp_path / "monitoring", agents["pc01"].port)
    sites = {"pc01": "lab", "pc02": "hall"}
    targets = [
        {"targets": [f"127.0.0.1:{agent.port}"], "labels": {"instance": name, "site": sites[name]}}
        for name, agent in agents.items()
    ]
    (stack.directory / "targets.json").write_text(json.dumps(targets))
    stack.start()
    yield stack
    stack.close()


def moment(wall: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(wall))


@pytest.fixture
def facility(agents: dict[str, AgentProcess], monitoring: Monitoring) -> Facility:
    return Facility(agents, monitoring)


def close(expected: dict[str, float]) -> Any:
    return pytest.approx(expected, rel=RELATIVE, abs=ROUNDING)


def test_report_and_fleet(facility: Facility, tmp_path: Path) -> None:
    before = moment(time.time() - 5)
    for agent in facility.agents.values():
        agent.start()
    facility.work_and_rest("pc01")
    facility.book("pc01")
    between = moment(time.time())
    # Everything that this agent counts begins at zero again.
    first = facility.agents["pc01"]
    first.end()
    assert first.run("resume").returncode in {0, 1}  # there is nobody to say that the wish is taken in
    first.configure(pilot=SHORT)
    first.start()
    facility.work_and_rest("pc01")
    facility.book("pc01")
    facility.work_and_rest("pc02")
    facility.book("pc02")

    found = facility.by_host("--from", before)
    assert all(seconds > 0 for host in facility.truth.values() for seconds in host.values())
    assert set(found) == set(facility.truth)
    for name, expected in facility.truth.items():
        assert found[name] == close(expected), name
    check_parts(facility, before, between, found)
    check_formats(facility, before)
    check_fleet(facility, tmp_path)


def check_parts(facility: Facility, before: str, between: str, found: dict[str, dict[str, float]]) -> None:
    """Two reports of adjoining times are one of both, and every grouping adds up to the same."""
    early = facility.by_host("--from", before, "--to", between)
    late = facility.by_host("--from", between)
    for name, whole in found.items():
        assert {what: early[name][what] + late[name][what] for what in WHATS} == close(whole), name
    [sites] = facility.report("--from", before)["periods"]
    [kinds] = facility.report("--from", before, "--by", "kind")["periods"]
    assert [row["site"] for row in sites["rows"]] == ["hall", "lab"]
    assert [row["kind"] for row in kinds["rows"]] == ["alice", "default"]
    for period in (sites, kinds):
        useful = sum(row["useful_core_hours"] for row in period["rows"]) * 3600
        assert useful == pytest.approx(sum(host["useful"] for host in facility.truth.values()), rel=RELATIVE)


def check_formats(facility: Facility, before: str) -> None:
    """The table, CSV and JSON say the same of a time that is over."""
    options = ["--from", before, "--to", moment(time.time()), "--by", "host"]
    [period] = facility.report(*options)["periods"]
    command = ["report", "--prometheus", facility.url, *options]
    lines = list(csv.DictReader(io.StringIO(plancton(*command, "--format", "csv"))))
    table = [line.split() for line in plancton(*command).splitlines() if line.startswith("pc")]
    cells = {words[0]: words[1:4] for words in table}
    assert [line["host"] for line in lines] == [row["host"] for row in period["rows"]] == sorted(cells)
    for row, line in zip(period["rows"], lines, strict=True):
        for what, cell in zip(WHATS, cells[row["host"]], strict=True):
            figure = row[f"{what}_core_hours"]
            assert float(line[f"{what}_core_hours"]) == figure
            assert float(cell) == pytest.approx(figure, abs=0.00006)


def check_fleet(facility: Facility, directory: Path) -> None:
    """Prometheus and the agents themselves show the same hosts, and one that is gone as down."""
    inventory = directory / "inventory"
    hosts = [
        f"{name} ansible_connection=local agent_scrape_address=127.0.0.1:{agent.port}"
        for name, agent in facility.agents.items()
    ]
    inventory.write_text("\n".join(["[donors]", *hosts]))
    ways = (["--prometheus", facility.url], ["--inventory", str(inventory)])

    def states(way: list[str]) -> dict[str, tuple[str, str, int]]:
        rows = json.loads(plancton("fleet", "--json", *way))["hosts"]
        return {row["host"]: (row["state"], row["mode"], row["running"]) for row in rows}

    for way in ways:
        wait_for(
            f"both hosts, {way}",
            lambda way=way: (
                states(way)
                == {  # type: ignore[misc]
                    "pc01": ("paused", "dedicated", 0),
                    "pc02": ("paused", "dedicated", 0),
                }
            ),
            PATIENCE,
        )
    facility.agents["pc02"].end()
    for way in ways:
        wait_for(f"one host, {way}", lambda way=way: states(way)["pc02"][0] == "down", PATIENCE)  # type: ignore[misc]
