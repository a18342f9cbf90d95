"""`plancton simulate`: its table, its JSON, its picture, and what it refuses."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from plancton.cli.main import main
from plancton.simulate.owners import OWNERS
from tests.unit.simulate.test_recording import reading, saved

KEYS = [
    "policy",
    "harvested_core_hours",
    "oracle_share",
    "stolen_core_hours",
    "stolen_share",
    "impact_seconds",
    "actions_per_day",
    "lost_core_hours",
]
BASELINES = ["original", "htcondor-desktop", "boinc", "never-release", "oracle"]
GIB = 1024**3


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Half an hour of four cores: ten minutes of nothing, of three cores, of nothing."""
    busy = [min(max(at - 600, 0), 600) * 3.0 for at in range(1801)]
    path = tmp_path_factory.mktemp("r") / "day.gz"
    return str(saved(path, *(reading(float(at), used, taken=2 * GIB) for at, used in enumerate(busy))))


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, float | str]]:
    assert main(["simulate", "--json", *arguments]) == 0
    found: list[dict[str, float | str]] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_an_object_for_each_policy(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "--policy", "defaults", "--recording", recording)
    assert [list(row) for row in found] == [KEYS] * 6
    assert [row["policy"] for row in found] == ["defaults", *BASELINES]
    by_name = {row["policy"]: row for row in found}
    # Beside nobody three pilots of four cores, beside three cores none: for twenty minutes.
    assert by_name["oracle"]["harvested_core_hours"] == pytest.approx(1.0, rel=0.01)
    assert by_name["oracle"]["oracle_share"] == 1
    assert 0.8 < float(by_name["defaults"]["oracle_share"]) < 1
    # Four containers on four cores beside three of the owner's.
    never = by_name["never-release"]
    assert never["stolen_core_hours"] == pytest.approx(600 * 0.09 / 3600, rel=0.01)
    assert never["stolen_share"] == pytest.approx(0.03, rel=0.01)
    assert never["impact_seconds"] == pytest.approx(600, abs=3)
    assert never["actions_per_day"] == pytest.approx(4 * 48)


def test_equal_weights_are_the_baselines_only(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    usual = rows(capsys, "--recording", recording)
    equal = rows(capsys, "--recording", recording, "--equal-weight")
    assert usual[0] == equal[0]
    assert float(equal[4]["stolen_share"]) == pytest.approx(1 - 4 / 7, rel=0.01)


def test_several_policies_compete_in_one_run(
    recording: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bold, timid = tmp_path / "bold.yml", tmp_path / "timid.yml"
    bold.write_text("{pool: {reserve_cores: 0}, grow: {calm_seconds: 5}}")
    timid.write_text("{pool: {max_pilots: 1}}")
    found = rows(capsys, "--policy", str(bold), "--policy", str(timid), "--recording", recording)
    assert [row["policy"] for row in found[:2]] == [str(bold), str(timid)]
    assert float(found[0]["oracle_share"]) > 0.9
    assert float(found[1]["oracle_share"]) < 0.3


def test_the_sums_are_the_same_with_any_number_of_processes(
    recording: str, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = ["--recording", recording, "--recording", recording]
    one, two = rows(capsys, *twice, "--jobs", "1"), rows(capsys, *twice, "--jobs", "2")
    assert one == two
    single = rows(capsys, "--recording", recording)
    assert one[0]["harvested_core_hours"] == pytest.approx(2 * float(single[0]["harvested_core_hours"]))
    assert one[0]["actions_per_day"] == single[0]["actions_per_day"]


def test_the_table_is_markdown(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--policy", "defaults", "--recording", recording]) == 0
    title, empty, head, rule, *lines = capsys.readouterr().out.splitlines()
    assert (title, empty) == (f"{recording}: 0.02083 host-days", "")
    assert head.startswith("| policy ")
    assert [line.split()[1] for line in lines] == ["defaults", *BASELINES]
    assert len({len(line) for line in [head, rule, *lines]}) == 1


def test_figures_of_each_owner(recording: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = saved(tmp_path / "other.gz", *(reading(float(at)) for at in range(100)))
    both = ["--recording", recording, "--recording", str(other)]
    found = rows(capsys, *both, "--by-owner")
    assert [row["owner"] for row in found] == [recording] * 6 + [str(other)] * 6
    assert main(["simulate", *both, "--by-owner"]) == 0
    assert capsys.readouterr().out.count("| policy ") == 3


def test_a_synthetic_owner_is_played(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "--owner", "batch", "--cores", "4", "--memory", "8GiB", "--seed", "3", "--jobs", "1")
    assert 10 < float(found[-1]["harvested_core_hours"]) < 72
    assert all(0 <= float(row["stolen_share"]) <= 0.03 for row in found)


def test_the_picture_shows_every_policy(
    recording: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.svg"
    policy = tmp_path / "a-policy-with-a-name.yml"
    policy.write_text("")
    assert main(["simulate", "--policy", str(policy), "--recording", recording, "--svg", str(path)]) == 0
    assert capsys.readouterr().out
    texts = ["".join(e.itertext()) for e in ET.fromstring(path.read_text()).iter() if e.tag.endswith("text")]  # noqa: S314
    assert all(texts.count(name) == 7 for name in ["…y-with-a-name.yml", *BASELINES])
    assert main(["simulate", "--recording", recording, "--svg", str(tmp_path / "no" / "p.svg")]) == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--owner nobody", f"--owner: there is no 'nobody', but there are {', '.join(OWNERS)}"),
        ("--policy /no.yml", "/no.yml: cannot be read: No such file or directory"),
        ("--policy defaults --policy defaults", "--policy: the same is given twice"),
        ("--recording /no.gz", "/no.gz: cannot be read: No such file or directory"),
    ],
)
def test_bad_input_is_one_sentence_and_two(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", "--jobs", "1", *line.split()]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"plancton: {sentence}\n")


def test_a_policy_that_cannot_be_on_that_host_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.yml"
    path.write_text("pool: {reserve_cores: 16}")
    assert main(["simulate", "--policy", str(path), "--cores", "8"]) == 2
    assert "reserve_cores is 16, but this host has 8 cores" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["--days 0", "--cores x", "--memory much", "--jobs -1", "--seed 1.5"])
def test_numbers_that_are_none_are_refused(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", *line.split()])
    assert ended.value.code == 2
    assert f"argument {line.split(maxsplit=1)[0]}: " in capsys.readouterr().err
