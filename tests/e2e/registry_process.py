"""A real image registry on the loopback. Docker trusts 127.0.0.0/8 without TLS."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import docker
import yaml

from tests.e2e.waiting import free_port, wait_for


class RegistryProcess:
    """Starts, is filled, stops. Its data stay in the directory, so that it can be started again."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.repository = f"127.0.0.1:{self.port}/plancton-test-pilot"
        self.image = f"{self.repository}:latest"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir()
        config = {
            "version": 0.1,
            "storage": {"filesystem": {"rootdirectory": str(directory / "data")}},
            "http": {"addr": f"127.0.0.1:{self.port}"},
        }
        (directory / "config.yml").write_text(yaml.safe_dump(config))

    def start(self) -> None:
        with (self._directory / "log").open("ab") as log:
            command = ["docker-registry", "serve", str(self._directory / "config.yml")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def push(self, client: docker.DockerClient, local: str, **environment: str) -> str:
        """Put a new image under the name that pilots use; gives its id and keeps no copy here."""
        # By another name of the same registry: the name that pilots use stays as their engine has it.
        repository = f"localhost:{self.port}/plancton-test-pilot"
        container = client.containers.create(local, environment=environment)
        image = container.commit(repository, "latest")
        container.remove()

        def pushed() -> bool:
            told = client.images.push(repository, "latest")
            return "errorDetail" not in told

        wait_for("the registry to take the image", pushed, 20)
        image_id = str(image.id)
        client.images.remove(f"{repository}:latest")
        return image_id

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=20)

    def clean_up(self, client: docker.DockerClient) -> None:
        self.stop()
        for image in client.images.list():
            if any(self.repository in name for name in (*image.tags, *image.attrs["RepoDigests"])):
                with contextlib.suppress(docker.errors.DockerException):
                    client.images.remove(str(image.id), force=True)
