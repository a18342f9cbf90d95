"""Tell, as one line of JSON, what a host is, and which of the users that are named it does not know.

In words that a Python of any age understands, so that it can say how old it is.
"""

import json
import os
import platform
import pwd
import sys


def knows(name):
    """Whether there is such a user."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


# No f-strings: a Python before 3.6 would end at them without a word about its age.
python = ".".join(map(str, sys.version_info[:2]))
told = {
    "python": python,
    # Hosts of one kind get the same archive.
    "kind": python + " " + platform.machine(),
    "cores": os.cpu_count() if hasattr(os, "cpu_count") else None,
    "logrotate": os.path.isdir("/etc/logrotate.d"),  # noqa: PTH112 - see above
    "strangers": [name for name in sys.argv[1:] if not knows(name)],
}
sys.stdout.write(json.dumps(told) + "\n")
