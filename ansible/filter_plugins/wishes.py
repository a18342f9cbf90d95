"""What the plays drain.yml and resume.yml refuse, and the lines that they end with."""

from __future__ import annotations

# A fleet's summary tells what differs, not two hundred hosts that are alike.
FEW = 5
OK = 200


def wish_problems(names: list[str], hosts: dict) -> list[str]:
    """Sentences, each once; none means that the variables make sense on all of these hosts."""
    found = [sentence for name in names for sentence in _problems(hosts[name])]
    return list(dict.fromkeys(found))


def _problems(host: dict) -> list[str]:
    # Here, not above: Ansible loads every filter again in the process of every task, on every host.
    from plancton.cli.wishes import BadWish, parse_duration  # noqa: PLC0415
    from plancton.intent import LONGEST_REASON, is_reason  # noqa: PLC0415

    found = []
    deadline, reason = host.get("drain_deadline"), host.get("drain_reason", "")
    seconds = str(host.get("drain_wait_seconds", 0))
    try:
        if deadline not in (None, ""):
            parse_duration(str(deadline))
    except BadWish as error:
        found.append(str(error).replace("DURATION", "drain_deadline"))
    if not isinstance(reason, str) or not is_reason(reason):
        found.append(f"drain_reason must be a line of at most {LONGEST_REASON} characters, not {reason!r}")
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= FEW):
        found.append(f"drain_wait_seconds must be a whole number from 0 to 99999, not {seconds!r}")
    return found


def wishes_summary(names: list[str], hosts: dict, checked: bool) -> list[str]:  # noqa: FBT001 - a template's
    """What is wished on each donor of the run: counted, and told one by one where it differs."""
    told = {name: _told(hosts[name]) for name in names}
    wishes = [wish for wish, _ in told.values()]
    counts = {wish: wishes.count(wish) for wish in wishes}
    most = max(counts, key=lambda wish: counts[wish])
    lines = [f"Wishes on {len(names)} donors" + ("; nothing was changed" if checked else "")]
    if len(names) > FEW:
        lines += [f"  {count} of {len(names)}: {wish}" for wish, count in counts.items()]
        told = {name: said for name, said in told.items() if said[0] != most}
    return lines + [f"  {name}: {'; '.join(part for part in said if part)}" for name, said in told.items()]


def _told(host: dict) -> tuple[str, str]:
    """Who wants what, and which pilots are there."""
    answer = host.get("wish_status")
    if answer is None:
        return "was not asked: see above", ""
    if answer.get("status") != OK:
        written = (host.get("wish_told") or {}).get("rc") == 1
        return "its agent does not answer", "it is written down for it" if written else ""
    status = answer["json"]
    intent, pilots = status["intent"], status.get("pilots")
    # An agent that is being replaced may be of an older release.
    asked = intent.get("asked") or intent["by"]
    wish = "pilots are welcome" if intent["kind"] == "run" else f"{intent['kind']}, asked by {asked}"
    if pilots is None:
        return wish, "nobody knows which pilots are there"
    return wish, "1 pilot is there" if len(pilots) == 1 else f"{len(pilots)} pilots are there"


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict:
        """Names for templates."""
        return {"wish_problems": wish_problems, "wishes_summary": wishes_summary}
