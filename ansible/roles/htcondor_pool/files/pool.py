#!/usr/bin/env python3
"""Run, ask or remove an HTCondor pool in a container.

  pool.py ensure  have it run, with this image and these settings; wait until it answers
  pool.py key     a fingerprint of the key that its tokens are signed with
  pool.py token   make a token
  pool.py status  say how many slots and jobs there are, as soon as the pool answers; none without a pool
  pool.py ask     run one of HTCondor's tools in it, as given after --, and print what it prints
  pool.py rekey   make another key, with which all tokens of before are invalid; restart the pool
  pool.py remove  remove the container, its queue and keys, and our images

The others print one line of JSON with "changed" and a "say"; exit status 1 with a sentence otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from engine import Engine, labels

SPEC = "plancton.pool.spec"
OURS = "plancton.image.inputs"  # the label of what image.py has made
# JobStatus of those that are still to come back; removed and completed ones only leave.
STATES = {"1": "idle", "2": "running", "5": "held"}
KEY = "/pool-data/keys/POOL"
NEW_KEY = f"umask 077; head -c 64 /dev/urandom >{KEY}.new && mv {KEY}.new {KEY}"
# Whether a silent pilot is still there is asked every 2 s, and what it does not take is sent again for
# 13 s or so. The kernel's own are 75 s and a quarter of an hour. HTCondor sets neither, and a host's are
# not ours to change.
SYSCTLS = {"net.ipv4.tcp_keepalive_intvl": "2", "net.ipv4.tcp_retries2": "5"}


def describe(args: argparse.Namespace, image: str) -> dict[str, Any]:
    """The container: no root, no capability, a read-only system; queue and keys on a volume."""
    settings = hashlib.sha256(b"".join(f.read_bytes() for f in sorted(Path(args.settings).iterdir())))
    body: dict[str, Any] = {
        "Image": args.image,
        # A fast shutdown: a graceful one would evict every job that runs, for nothing.
        "StopSignal": "SIGQUIT",
        "HostConfig": {
            "NetworkMode": "host",
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "ReadonlyRootfs": True,
            "Tmpfs": {"/tmp": "rw,nosuid,nodev,size=64m"},  # noqa: S108 - the container's own
            "Mounts": [
                {"Type": "volume", "Source": args.name, "Target": "/pool-data"},
                {"Type": "bind", "Source": args.settings, "Target": "/pool-config", "ReadOnly": True},
            ],
            "RestartPolicy": {"Name": "unless-stopped"},
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "2"}},
            "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
        },
    }
    if args.publish:
        port = f"{args.publish}/tcp"
        body["ExposedPorts"] = {port: {}}
        body["HostConfig"] |= {
            "NetworkMode": "bridge",
            "PortBindings": {port: [{"HostPort": str(args.publish)}]},
            "Sysctls": SYSCTLS,
        }
    text = json.dumps(body, sort_keys=True) + image + settings.hexdigest()
    body["Labels"] = {SPEC: hashlib.sha256(text.encode()).hexdigest()[:12]}
    return body


def ensure(engine: Engine, args: argparse.Namespace) -> dict:
    """Jobs survive that their pool is put in another container: the queue is on the volume."""
    if engine.image(args.image) is None and not args.check and args.pull:
        engine.post("/images/create?" + urlencode({"fromImage": args.image}))
    image = engine.image(args.image)
    if image is None:
        if args.check:
            return {"changed": True, "say": "the pool would be started"}
        raise SystemExit(f"there is no image {args.image}")
    body = describe(args, image["Id"])
    there = engine.ask("GET", f"/containers/{quote(args.name)}/json", fine=(404,))
    same = bool(there) and labels(there).get(SPEC) == body["Labels"][SPEC]
    running = same and there["State"]["Running"]
    if not running and not args.check:
        if there and not same:
            engine.ask("POST", f"/containers/{quote(args.name)}/stop?t=30", fine=(304,))
            engine.ask("DELETE", f"/containers/{quote(args.name)}?force=true")
        if not same:
            engine.ask("POST", "/containers/create?" + urlencode({"name": args.name}), body)
        engine.ask("POST", f"/containers/{quote(args.name)}/start", fine=(304,))
    if not args.check:
        wait(engine, args)
    return {"changed": not running, "say": "the pool runs"}


def wait(engine: Engine, args: argparse.Namespace) -> None:
    """Until the pool shows its own queue."""
    end = time.monotonic() + args.seconds
    while True:
        question = ["condor_status", "-schedd", "-af", "Name"]
        status, out, err = engine.run_in(args.name, question)
        if status == 0 and out.strip():
            return
        if time.monotonic() > end:
            raise SystemExit(f"the pool does not answer after {args.seconds} s: {(out + err).strip()}")
        time.sleep(0.5)


def tell(engine: Engine, args: argparse.Namespace, argv: list[str]) -> str:
    """What a command in the pool prints."""
    status, out, err = engine.run_in(args.name, argv)
    if status:
        raise SystemExit(f"{argv[0]} failed in {args.name}: {err.strip()}")
    return out.strip()


def key(engine: Engine, args: argparse.Namespace) -> dict:
    """The key is 64 random bytes: its digest tells nothing of it."""
    return {"changed": False, "say": tell(engine, args, ["sha256sum", KEY])[:16]}


def token(engine: Engine, args: argparse.Namespace) -> dict:
    """For one identity, for some rights, for a time."""
    argv = ["condor_token_create", "-identity", args.identity, "-lifetime", str(args.lifetime)]
    argv += [word for right in args.right for word in ("-authz", right)]
    return {"changed": True, "say": tell(engine, args, argv)}


def status(engine: Engine, args: argparse.Namespace) -> dict:
    """Slots and jobs in a few words. That a pool does not answer does not mean that it has none."""
    if engine.ask("GET", f"/containers/{quote(args.name)}/json", fine=(404,)) is None:
        return {"changed": False, "say": "there is no pool", "jobs": 0}
    wait(engine, args)
    slots = tell(engine, args, ["condor_status", "-startd", "-af", "Name"]).splitlines()
    states = tell(engine, args, ["condor_q", "-allusers", "-af", "JobStatus"]).split()
    jobs = Counter(STATES[state] for state in states if state in STATES)
    counts = ", ".join(f"{jobs[state]} {state}" for state in STATES.values())
    return {"changed": False, "say": f"{len(slots)} slots; jobs: {counts}", "jobs": sum(jobs.values())}


def ask(engine: Engine, args: argparse.Namespace) -> int:
    """The tool's own output and exit status: for who would run it here, if it were here."""
    status, out, err = engine.run_in(args.name, args.tool)
    sys.stdout.write(out)
    sys.stderr.write(err)
    return status


def rekey(engine: Engine, args: argparse.Namespace) -> dict:
    """Jobs go on: their pilots and the queue know each other by what they agreed on when the job began."""
    tell(engine, args, ["sh", "-c", NEW_KEY])
    engine.ask("POST", f"/containers/{quote(args.name)}/restart?t=30")
    wait(engine, args)
    return {"changed": True, "say": "the pool has another key"}


def remove(engine: Engine, args: argparse.Namespace) -> dict:
    """What is not there is fine. An image that we have not made is not ours."""
    place = f"/containers/{quote(args.name)}"
    there = bool(engine.ask("GET", f"{place}/json", fine=(404,)))
    images = [name for name in args.ours if OURS in labels(engine.image(name))]
    if not args.check:
        engine.ask("DELETE", f"{place}?force=true", fine=(404,))
        engine.ask("DELETE", f"/volumes/{quote(args.name)}?force=true", fine=(404,))
        for name in images:  # where a container of somebody else's uses it, the engine says 409 and it stays
            engine.ask("DELETE", f"/images/{quote(name)}", fine=(404, 409))
    return {"changed": there or bool(images), "say": "the pool is removed"}


VERBS = {"ensure": ensure, "key": key, "token": token, "rekey": rekey, "status": status, "remove": remove}


def main() -> int:
    """Do one verb."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("verb", choices=sorted([*VERBS, "ask"]))
    parser.add_argument("tool", nargs="*", help="with its arguments, for ask")
    parser.add_argument("--socket", default="/var/run/docker.sock")
    parser.add_argument("--name", required=True, help="of the container and of its volume")
    parser.add_argument("--image", default="")
    parser.add_argument(
        "--pull", action="store_true", help="fetch the image from its registry if it is missing"
    )
    parser.add_argument("--settings", default="", help="a directory of HTCondor's settings, read last")
    parser.add_argument(
        "--publish", type=int, default=0, help="a network of its own, with this port; 0: the host's network"
    )
    parser.add_argument("--seconds", type=int, default=60, help="how long it may take to answer")
    parser.add_argument("--identity", default="", help="user@domain of the token")
    parser.add_argument("--right", action="append", default=[], help="what the token is good for")
    parser.add_argument("--lifetime", type=int, default=0, help="of the token, in seconds")
    parser.add_argument("--ours", action="append", default=[], help="an image that is removed if we made it")
    parser.add_argument("--check", action="store_true", help="only say what would be done")
    args = parser.parse_args()
    try:
        if args.verb == "ask":
            return ask(Engine(args.socket), args)
        print(json.dumps(VERBS[args.verb](Engine(args.socket), args)))
    except OSError as error:
        raise SystemExit(f"the engine on {args.socket} cannot be asked: {error}") from error
    return 0


if __name__ == "__main__":
    sys.exit(main())
