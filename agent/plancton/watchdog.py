"""systemd's notifications: that the agent is ready, and that its loop turns."""

from __future__ import annotations

import os
import socket


def notify(message: str) -> None:
    """Tell the service manager, where there is one. Source: sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        try:
            sock.connect("\0" + address[1:] if address.startswith("@") else address)
            sock.sendall(message.encode())
        except OSError:
            return  # the manager is restarting; it asks again by its own watchdog
