"""The images of a worker and of a manager, made by the script that the Ansible role uses; once a machine."""

from __future__ import annotations

from tests.e2e import htcondor_images

WORKER = "plancton-test/work-queue-worker:e2e"
MANAGER = "plancton-test/work-queue-manager:e2e"


def ensure() -> None:
    """Make what is missing."""
    htcondor_images.build("work_queue_image", worker=WORKER, manager=MANAGER)
