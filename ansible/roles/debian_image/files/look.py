#!/usr/bin/env python3
"""Say what is in archives of images, on the control node: `look.py ARCHIVE…`.

Prints one line of JSON: for each path its "images" (tags, ids, architecture, parts), or the "problem", one
sentence.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from archive import Unreadable, read


def told(path: str) -> dict:
    """Of one archive. The labels are nobody's concern here."""
    try:
        images = read(Path(path))
    except Unreadable as error:
        return {"problem": str(error)}
    keys = ("tags", "ids", "architecture", "parts")
    return {"images": [{key: getattr(one, key) for key in keys} for one in images]}


if __name__ == "__main__":
    print(json.dumps({path: told(path) for path in sys.argv[1:]}))
