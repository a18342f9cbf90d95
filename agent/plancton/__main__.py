"""`python -m plancton`."""

import sys

from plancton.cli.main import main

sys.exit(main())
