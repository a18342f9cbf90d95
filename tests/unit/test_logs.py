"""One line an event, as logfmt or JSON, whatever the message holds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import logging, sys
from plancton.logs import set_up
set_up(sys.argv[1], sys.argv[2])
log = logging.getLogger("plancton.test")
log.debug("quiet")
log.info(sys.argv[3])
logging.getLogger("docker").info("a library's chatter")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("broken")
"""
MESSAGES = ["plain", "two words", 'a "quoted" one', "two\nlines", "", "ümlaut ☂", "key=value", "back\\slash"]


def lines(level: str, style: str, message: str = "hello there") -> list[str]:
    """In a process of its own: the set-up is that of the whole process."""
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, level, style, message], capture_output=True, text=True, check=True
    )
    assert ran.stdout == ""
    return ran.stderr.splitlines()


@pytest.mark.parametrize("message", MESSAGES)
def test_json_says_what_was_said(message: str) -> None:
    told, broken = (json.loads(line) for line in lines("info", "json", message))
    assert (told["msg"], told["level"]) == (message, "info")
    assert broken["msg"].startswith("broken\nTraceback")
    assert "ZeroDivisionError" in broken["msg"]


@pytest.mark.parametrize("message", MESSAGES)
def test_logfmt_quotes_what_needs_it_and_stays_on_one_line(message: str) -> None:
    told, broken = lines("info", "logfmt", message)
    stamp, level, rest = told.split(" ", 2)
    assert stamp.startswith("time=2")
    assert stamp.endswith("Z")
    assert level == "level=info"
    value = rest.removeprefix("msg=")
    assert (json.loads(value) if value.startswith('"') else value) == message
    assert "ZeroDivisionError" in broken


def test_the_level_holds_for_us_and_libraries_are_heard_from_warning_on() -> None:
    assert [json.loads(line)["msg"][:6] for line in lines("debug", "json")] == ["quiet", "hello ", "broken"]
    assert [json.loads(line)["msg"][:6] for line in lines("error", "json")] == ["broken"]
