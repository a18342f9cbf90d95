"""The sentence in which the end of a run tells what went wrong on a host."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit import loaded

FULL = "[Errno 28] No space left on device: '/opt/plancton/x'"
# What Ansible says where it can make no directory for a task, and calls it unreachable.
NO_DIRECTORY = (
    "Failed to create temporary directory. In some cases, you may have been able to authenticate and did not "
    'have permissions on the target directory. Failed command was: ( umask 77 && mkdir "` echo ~/.a `" ), '
    "exited with result 1, stderr output: mkdir: cannot create '/root/.a': No space left on device\n"
)


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"msg": "so it is"}, "so it is"),
        ({"msg": "non-zero return code", "stderr": "one\ntwo\n"}, "two"),
        (
            {"msg": "MODULE FAILURE\nSee it", "module_stderr": f"Traceback\nOSError: {FULL}"},
            f"OSError: {FULL}",
        ),
        ({"msg": "non-zero return code", "stderr": f"tar: {FULL}\ntar: exiting now"}, f"tar: {FULL}"),
        ({"msg": f"it stays: {FULL}", "stderr": FULL}, f"it stays: {FULL}"),
        (
            {"msg": NO_DIRECTORY},
            "nothing can be put there: mkdir: cannot create '/root/.a': No space left on device",
        ),
        ({"msg": "all items", "results": [{}, {"failed": True, "msg": "the second"}]}, "the second"),
    ],
)
def test_it_is_one_line_and_a_full_disk_is_the_reason(result: dict[str, Any], says: str) -> None:
    closing = loaded.load(loaded.ANSIBLE / "callback_plugins/closing.py")
    assert closing.sentence(result) == says
