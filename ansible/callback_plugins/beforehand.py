"""Loads once what every task would load anew."""

from __future__ import annotations

from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import filter_loader, test_loader

DOCUMENTATION = """
name: beforehand
type: aggregate
short_description: Loads all filters and tests before the first task
description:
  - Each task on each host is a process of its own, which has what its parent had and forgets what it loads.
    Ansible loads all filters where the first is used, which is in these processes. That is half of the time
    of a task that has nothing to do.
"""


class CallbackModule(CallbackBase):
    """Listens for the start alone: by then the playbook's own filters are known."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "beforehand"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook) -> None:  # noqa: ARG002 - Ansible's signature
        """Load them."""
        for loader in (filter_loader, test_loader):
            list(loader.all())
