"""The last words of a run: what went wrong, and the summary that the playbook has prepared."""

from __future__ import annotations

from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: closing
type: aggregate
short_description: Ends a run with its failures and its summary
description:
  - Repeats, one sentence a host, what failed and was not made good, so that nobody has to scroll.
  - Prints the lines that a play has left with set_stats under C(summary).
"""


# How Ansible, which calls it unreachable, tells of a host where it can write nothing for a task.
NO_DIRECTORY = "Failed to create temporary directory"
# What a system says of a full disk. The line that has it is the reason, wherever it stands.
FULL = "No space left on device"


class CallbackModule(CallbackBase):
    """Listens for failures; speaks once, at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "closing"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._failed: dict[str, str] = {}
        self._unreachable: dict[str, str] = {}
        self._inventory = ""

    def v2_playbook_on_play_start(self, play) -> None:
        """Keep the inventory as the user named it."""
        sources = play.get_variable_manager()._inventory._sources  # noqa: SLF001 - there is no other way to it
        here = Path.cwd()
        paths = [Path(source) for source in sources]
        self._inventory = ", ".join(str(p.relative_to(here) if p.is_relative_to(here) else p) for p in paths)

    def v2_runner_on_failed(self, result, ignore_errors=False) -> None:  # noqa: FBT002 - Ansible's signature
        """Keep the sentence; whether it was made good is known at the end."""
        if not ignore_errors:
            self._failed[result._host.get_name()] = sentence(result._result)  # noqa: SLF001

    def v2_runner_on_unreachable(self, result) -> None:
        """Keep the reason, unless the play goes on without: another host may have been asked."""
        if result._task.ignore_unreachable:  # noqa: SLF001
            return
        host, said = result._host.get_name(), sentence(result._result)  # noqa: SLF001
        self._unreachable[host] = said if FULL in said else f"cannot be reached: {said}"

    def v2_playbook_on_stats(self, stats) -> None:
        """Speak."""
        wrong = {host: said for host, said in self._failed.items() if stats.summarize(host)["failures"]}
        wrong |= self._unreachable
        if wrong:
            self._display.display("\nWhat went wrong", color="red")
            for host, said in sorted(wrong.items()):
                place = f"{host}: " if host != "localhost" else ""  # what concerns the inventory as a whole
                self._display.display(f"  {self._inventory}: {place}{said}", color="red")
        lines = stats.custom.get("_run", {}).get("summary", [])
        if lines:
            self._display.display("\n" + "\n".join(lines))


def sentence(result: dict) -> str:
    """One line: the message of the task, or of the first item that failed."""
    items = [item for item in result.get("results", []) if item.get("failed")]
    told = items[0] if items else result
    text = str(told.get("msg") or "failed")
    everything = [text, *(str(told.get(key) or "") for key in ("stderr", "module_stderr", "exception"))]
    full = [line for line in "\n".join(everything).splitlines() if FULL in line]
    if full and text.startswith(NO_DIRECTORY):
        return f"nothing can be put there: {full[0].rpartition('stderr output: ')[2]}"
    if full and FULL not in text.splitlines()[0]:
        return full[0].strip()
    if text in ("non-zero return code", "MODULE FAILURE") or text.startswith("MODULE FAILURE"):
        text = (str(told.get("stderr") or told.get("module_stderr") or "").strip().splitlines() or [text])[-1]
    return " ".join(text.split())
