"""What a kind says of the software that its jobs find below /cvmfs."""

from __future__ import annotations

from enum import Enum

from plancton.config.values import text

# Where jobs look for it, whatever the host calls it.
INSIDE = "/cvmfs"

REPOSITORY = text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a repository such as alice.cern.ch")
# The value of CVMFS_HTTP_PROXY: proxies in groups, DIRECT for none.
PROXY = text(r"[!-~]+", "a proxy such as http://squid.example.org:3128, or a list as CVMFS_HTTP_PROXY has it")


class Software(str, Enum):
    """Who brings it: nobody (or the image itself), the host's own mount, Parrot within the pilot."""

    NONE = "none"
    CVMFS = "cvmfs"
    PARROT = "parrot"
