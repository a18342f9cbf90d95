"""A manager as a scientist writes one; it runs in the manager's image and ends when all tasks are done.

    work_queue_script.py work_queue|taskvine PASSWORD_FILE TASKS COMMAND [PROJECT]

With a project it is known to the catalog that the environment names, as cctools have it.

Prints "listens", then what each task printed, as JSON, as it comes.
"""

from __future__ import annotations

import json
import sys
from typing import Any

PORT = 9123


def manager_of(system: str, password: str, project: str | None) -> tuple[Any, Any]:
    """The manager, and what makes a task of a command."""
    if system == "taskvine":
        from ndcctools import taskvine  # type: ignore[import-not-found]  # noqa: PLC0415

        manager = taskvine.Manager(port=PORT, name=project)
        manager.set_password_file(password)
        manager.disable_peer_transfers()
        return manager, taskvine.Task
    import work_queue  # type: ignore[import-not-found]  # noqa: PLC0415

    queue = work_queue.WorkQueue(port=PORT, name=project)
    queue.specify_password_file(password)
    return queue, work_queue.Task


def main() -> None:
    system, password, tasks, command, *project = sys.argv[1:]
    manager, task_of = manager_of(system, password, project[0] if project else None)
    for _ in range(int(tasks)):
        manager.submit(task_of(command))
    print("listens", flush=True)
    while not manager.empty() or tasks == "0":
        if task := manager.wait(1):
            print(json.dumps(task.output), flush=True)
    # Whoever counts the results knows by this that none is to come.
    print("all done", flush=True)


main()
