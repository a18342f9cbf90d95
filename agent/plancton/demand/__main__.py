"""`python3 -m plancton.demand`: the service where nothing else of ours is."""

from __future__ import annotations

import argparse
import sys

from plancton.demand.command import add_options, serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="plancton demand", allow_abbrev=False)
    add_options(parser)
    sys.exit(serve(parser.parse_args()))
