"""What hosts have told of themselves, as the play diagnose.yml writes it down."""

from __future__ import annotations

import base64
import binascii
import zlib

MARK = "plancton-diagnostics:"
# Much more than a host ever tells; what it sends is not trusted.
MOST_BYTES = 8 * 1024**2


def diagnostics_text(told: dict) -> str:
    """The text in what the script has printed; empty where there is none."""
    _, found, packed = str(told.get("stdout", "")).partition(MARK)
    if not found or not packed.split():
        return ""
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(base64.b64decode(packed.split()[0], validate=True), MOST_BYTES)
    except (binascii.Error, zlib.error):
        return ""
    return content.decode(errors="replace") if unpacking.eof else ""


def diagnostics_summary(names: list[str], hosts: dict) -> list[str]:
    """A line a host: how much it has told, or why nothing."""
    return [f"{name}: {_outcome(hosts[name].get('diagnose_told'))}" for name in names]


def _outcome(told: dict | None) -> str:
    if told is None:
        return "was not asked"
    if told.get("unreachable"):
        return f"cannot be reached: {_line(told.get('msg'))}"
    text = diagnostics_text(told)
    if text:
        return f"{(len(text.encode()) + 1023) // 1024} KiB"
    return f"has told nothing: {_line((told.get('stderr_lines') or [told.get('msg')])[-1])}"


def _line(said: object) -> str:
    return " ".join(str(said or "it does not say why").split())


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict:
        """Names for templates."""
        return {"diagnostics_text": diagnostics_text, "diagnostics_summary": diagnostics_summary}
