"""The Docker Engine. The only module that knows the package `docker`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import docker
import requests
from docker.errors import APIError, DockerException, NotFound
from docker.errors import ImageNotFound as DockerImageNotFound

from plancton.engine.base import EngineError, Facts, NoImage, NotLetIn, Unreachable
from plancton.model import Ending, Pilot, PilotState
from plancton.network.bridge import Bridge
from plancton.pilot_spec import AGENT_LABEL, KIND_LABEL, SPEC_LABEL, Spec

R = TypeVar("R")

STATES = {
    "created": PilotState.CREATED,
    "running": PilotState.RUNNING,
    "restarting": PilotState.RUNNING,
    "paused": PilotState.FROZEN,
    "removing": PilotState.ENDED,
    "exited": PilotState.ENDED,
    "dead": PilotState.ENDED,
}
# Images come over slow lines; a pull has a lane of its own and delays nothing.
PULL_DEADLINE_SECONDS = 1800
CONFLICT = 409


class DockerEngine:
    """Speaks to one engine for one agent. Safe to use from several threads."""

    def __init__(self, url: str, agent: str, deadline_seconds: float) -> None:
        self._url = url
        self._agent = agent
        self._deadline = deadline_seconds
        self._client: docker.APIClient | None = None
        self._replaced: set[str] = set()

    def facts(self) -> Facts:
        """See Engine."""
        self._ask(lambda client: _refuse_imitations(client.version(), self._url))
        info = self._ask(lambda client: client.info())
        _refuse_without_root(info, self._url)
        return _facts(info)

    def pilots(self) -> tuple[Pilot, ...]:
        """See Engine."""
        ours = {"label": f"{AGENT_LABEL}={self._agent}"}
        return self._ask(lambda client: tuple(map(self._pilot, client.containers(all=True, filters=ours))))

    def _pilot(self, entry: dict[str, Any]) -> Pilot:
        labels = entry.get("Labels") or {}
        names = entry.get("Names") or [""]
        return Pilot(
            id=entry["Id"],
            name=names[0].removeprefix(f"/{self._agent}-"),
            kind=labels.get(KIND_LABEL, "unknown"),
            state=STATES.get(entry.get("State", ""), PilotState.RUNNING),
            created_at=float(entry.get("Created", 0)),
            spec=labels.get(SPEC_LABEL, ""),
        )

    def has_image(self, image: str) -> bool:
        """See Engine."""
        return self._id_of(image) is not None

    def pull(self, image: str) -> None:
        """See Engine."""
        before = self._id_of(image)
        self._ask(lambda client: client.pull(image), deadline=PULL_DEADLINE_SECONDS)
        if before not in {None, self._id_of(image)}:
            self._replaced.add(str(before))
        self._remove_replaced()

    def _id_of(self, image: str) -> str | None:
        try:
            return str(self._ask(lambda client: client.inspect_image(image))["Id"])  # type: ignore[no-untyped-call]
        except NoImage:
            return None

    def _remove_replaced(self) -> None:
        """An owner's disk must not fill with our old images. One still in use waits for the next pull."""
        for image_id in list(self._replaced):
            try:
                self._ask(lambda client, old=image_id: _remove_unnamed(client, old))  # type: ignore[misc]
            except _Conflict:
                continue
            except EngineError:
                pass  # it is gone
            self._replaced.discard(image_id)

    def ensure_network(self, bridge: Bridge) -> None:
        """See Engine."""
        try:
            labels = self._ask(lambda client: client.inspect_network(bridge.name))["Labels"] or {}
        except (NoImage, _Gone):
            self._make_network(bridge)
            return
        if labels.get(AGENT_LABEL) != bridge.agent:
            raise EngineError(f"the network {bridge.name} is there and is not this agent's")
        if labels.get(SPEC_LABEL) != bridge.digest:
            self._replace_network(bridge)

    def _replace_network(self, bridge: Bridge) -> None:
        try:
            self._ask(lambda client: client.remove_network(bridge.name))
        except _Gone:
            pass
        except EngineError as error:
            in_use = f"the network {bridge.name} is not as configured, and somebody is in it"
            raise (EngineError(in_use) if "active endpoints" in str(error) else error) from None
        self._make_network(bridge)

    def _make_network(self, bridge: Bridge) -> None:
        try:
            self._ask(lambda client: client.create_network(**_network(bridge)))
        except _Conflict:
            return  # another thread of ours was first

    def start(self, name: str, spec: Spec) -> Pilot:
        """See Engine."""
        if spec.bridge is not None:
            self.ensure_network(spec.bridge)
        created_at = time.time()
        container = f"{self._agent}-{name}"
        made = self._ask(
            lambda client: client.create_container_from_config(spec.body_of(name), container)  # type: ignore[no-untyped-call]
        )
        pilot_id = str(made["Id"])
        try:
            if spec.body["HostConfig"]["ReadonlyRootfs"]:
                self._ask(lambda client: _refuse_volumes(client.inspect_container(pilot_id), spec.image))
            self._ask(lambda client: client.start(pilot_id))
        except EngineError:
            self._discard(pilot_id)
            raise
        return Pilot(pilot_id, name, spec.kind, PilotState.RUNNING, created_at, spec.digest)

    def _discard(self, pilot_id: str) -> None:
        """Remove what a failed start left. When that fails too, its label lets the agent reap it."""
        try:
            self._ask(lambda client: client.remove_container(pilot_id, v=True, force=True))
        except EngineError:
            return

    def freeze(self, pilot_id: str) -> None:
        """See Engine."""
        with _harmless("is already paused", "is not running", "cannot pause a stopped container"):
            self._ask(lambda client: client.pause(pilot_id))

    def thaw(self, pilot_id: str) -> None:
        """See Engine."""
        with _harmless("is not paused", "is not running"):
            self._ask(lambda client: client.unpause(pilot_id))

    def stop(self, pilot_id: str) -> None:
        """See Engine."""
        with _harmless("is not running"):
            self._ask(lambda client: client.kill(pilot_id, "SIGTERM"))
        # Some engines leave a frozen container frozen, and the signal waits with it.
        self.thaw(pilot_id)

    def tell(self, pilot_id: str, signal: str) -> None:
        """See Engine."""
        with _harmless("is not running"):
            self._ask(lambda client: client.kill(pilot_id, signal))

    def kill(self, pilot_id: str) -> None:
        """See Engine."""
        with _harmless("is not running"):
            self._ask(lambda client: client.kill(pilot_id))

    def reap(self, pilot_id: str) -> Ending | None:
        """See Engine."""
        try:
            ending = self._ask(lambda client: _ending(client.inspect_container(pilot_id)["State"]))
            if ending is None:
                raise EngineError(f"container {pilot_id[:12]} is running and will not be removed")
            self._ask(lambda client: client.remove_container(pilot_id, v=True))
        except _Gone:
            return None
        return ending

    def _ask(self, question: Callable[[docker.APIClient], R], deadline: float | None = None) -> R:
        """One call, with every way in which it fails turned into an EngineError."""
        try:
            return self._put(question, deadline)
        except Unreachable:
            # What comes back may be another engine, which speaks another version of the API.
            self._client = None
            raise

    def _put(self, question: Callable[[docker.APIClient], R], deadline: float | None) -> R:
        try:
            return question(self._connected() if deadline is None else self._connect(deadline))
        except DockerImageNotFound as error:
            raise NoImage(str(error.explanation or error)) from None
        except NotFound as error:
            explanation = str(error.explanation or error)
            raise (NoImage if "image" in explanation.lower() else _Gone)(explanation) from None
        except APIError as error:
            explanation = str(error.explanation or error)
            if "client version" in explanation:
                raise Unreachable(
                    f"the engine at {self._url} has changed its version: {explanation}"
                ) from None
            raise (_Conflict if error.status_code == CONFLICT else EngineError)(explanation) from None
        except (requests.exceptions.RequestException, DockerException, OSError) as error:
            # The package wraps a time-out of its first question into an error of its own.
            if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error):
                waited = self._deadline if deadline is None else deadline
                raise EngineError(f"the engine at {self._url} did not answer within {waited:g} s") from None
            raise _unreachable(self._url, str(error)) from None
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            # An address that is none, or an answer that is not Docker's.
            raise Unreachable(
                f"the engine at {self._url} does not speak Docker's language: {error}"
            ) from None

    def _connected(self) -> docker.APIClient:
        if self._client is None:
            self._client = self._connect(self._deadline)
        return self._client

    def _connect(self, deadline: float) -> docker.APIClient:
        return docker.APIClient(base_url=self._url, version="auto", timeout=deadline)  # type: ignore[arg-type]


@contextlib.contextmanager
def _harmless(*sayings: str) -> Iterator[None]:
    """What was wanted is so already: the container is gone, or the engine refuses with one of these."""
    try:
        yield
    except _Gone:
        return
    except EngineError as error:
        if not any(saying in str(error) for saying in sayings):
            raise


def _refuse_imitations(version: dict[str, Any], url: str) -> None:
    """Podman answers as Docker does and is another engine: nothing here has been tried with it."""
    parts = [str((part or {}).get("Name", "")) for part in version.get("Components") or []]
    if any(name.startswith("Podman") for name in parts):
        raise Unreachable(f"the engine at {url} is Podman, which pilots do not run in: it must be Docker")


def _refuse_without_root(info: dict[str, Any], url: str) -> None:
    """Its pilots are in its user's group, if in any: neither limits nor a weight below the owner are sure."""
    if "name=rootless" in (info.get("SecurityOptions") or []):
        raise Unreachable(
            f"the engine at {url} runs without root, and cannot put pilots below the owner:"
            " it must run as root"
        )


def _facts(info: dict[str, Any]) -> Facts:
    return Facts(
        version=str(info.get("ServerVersion", "?")),
        cgroup_driver=str(info.get("CgroupDriver", "cgroupfs")),
        root=str(info.get("DockerRootDir", "")),
        cpu_quota=bool(info.get("CpuCfsQuota", False)),
        memory_limit=bool(info.get("MemoryLimit", False)),
        pids_limit=bool(info.get("PidsLimit", False)),
        swap_limit=bool(info.get("SwapLimit", False)),
    )


def _network(bridge: Bridge) -> dict[str, Any]:
    """The arguments of the library's create_network. Its pilots do not see each other, and have no IPv6."""
    pools = [] if bridge.subnet is None else [docker.types.IPAMPool(subnet=bridge.subnet)]
    return {
        "name": bridge.name,
        "driver": "bridge",
        "options": {
            "com.docker.network.bridge.name": bridge.interface,
            "com.docker.network.bridge.enable_icc": "false",
        },
        "ipam": docker.types.IPAMConfig(pool_configs=pools) if pools else None,
        "check_duplicate": True,
        "labels": {AGENT_LABEL: bridge.agent, SPEC_LABEL: bridge.digest},
        "enable_ipv6": False,
    }


def _remove_unnamed(client: docker.APIClient, image_id: str) -> None:
    """Remove the image unless it has a name (again): then somebody wants it, and it is not ours."""
    about = client.inspect_image(image_id)  # type: ignore[no-untyped-call]
    if not about.get("RepoTags"):
        client.remove_image(image_id)


def _refuse_volumes(container: dict[str, Any], image: str) -> None:
    """An image may declare volumes: without a limit, on the owner's disk, and writable in spite of all."""
    for mount in container.get("Mounts") or []:
        if mount.get("Type") == "volume":
            raise EngineError(
                f"the image {image} declares the volume {mount.get('Destination')}: "
                "cover it by pilot.tmpfs or pilot.mounts, or set pilot.read_only_root to false"
            )


def _ending(state: dict[str, Any]) -> Ending | None:
    """How it ended, None while it runs."""
    if state.get("Running"):
        return None
    lifetime = max(_seconds(state["FinishedAt"]) - _seconds(state["StartedAt"]), 0.0)
    return Ending(int(state["ExitCode"]), bool(state.get("OOMKilled")), lifetime)


class _Gone(EngineError):
    """The container does not exist (any more)."""


class _Conflict(EngineError):
    """The container is in a state that does not allow it."""


def _unreachable(url: str, error: str) -> Unreachable:
    if "Permission denied" in error:
        why = "does not let this user in (permission denied): is the user in the group docker?"
        return NotLetIn(f"the engine at {url} {why}")
    if "No such file" in error or "Connection refused" in error:
        return Unreachable(f"the engine at {url} cannot be reached: is it running?")
    return Unreachable(f"the engine at {url} cannot be reached: {error}")


def _seconds(stamp: str) -> float:
    """Docker's RFC 3339 time with nanoseconds; the year 1 stands for never."""
    whole = stamp.split(".", maxsplit=1)[0].removesuffix("Z")
    moment = datetime.fromisoformat(whole + "+00:00")
    return 0.0 if moment.year == 1 else moment.timestamp()
