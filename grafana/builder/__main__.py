"""`python -m grafana.builder [DIRECTORY]`: write every dashboard as a file of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from grafana.builder import fleet, host, pilots
from grafana.builder.document import text
from grafana.builder.panel import Json

COMMITTED = Path(__file__).resolve().parents[1] / "dashboards"


def pages() -> dict[str, Json]:
    """Every dashboard by the name of its file."""
    return {f"{page['uid']}.json": page for page in (fleet.page(), host.page(), pilots.page())}


def main() -> None:
    """Write them into the directory of the command line, or where they are committed."""
    directory = Path(sys.argv[1]) if sys.argv[1:] else COMMITTED
    for name, page in pages().items():
        (directory / name).write_text(text(page))
        print(directory / name)


if __name__ == "__main__":
    main()
