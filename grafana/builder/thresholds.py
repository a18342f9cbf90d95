"""Where a figure changes its colour, and why there."""

from __future__ import annotations

from grafana.builder.colours import BAD, GOOD, PLAIN, WARNING, thresholds

# The budget of an hour is 1 % (PlanctonOwnerImpact): a second or two, twenty times. 10 % is where
# PlanctonHostSaturated begins.
OWNER_WAITED = thresholds(GOOD, (0.01, WARNING), (0.1, BAD))

# A core is back within a second or two: the agent looks once a second, and a freeze takes 0.1 s.
RELEASE_SECONDS = thresholds(GOOD, (2, WARNING), (5, BAD))

# Pilots go at 5 % (signals.disk_free_least_share), and may return a fifth beyond that.
DISK_FREE = thresholds(BAD, (0.05, WARNING), (0.1, GOOD))

# Less than half of what lies idle is lent: something other than the owners keeps pilots away.
PART_LENT = thresholds(WARNING, (0.5, GOOD))

# A tenth of the work is lost to stops and kills: jobs too long for these hosts, or pilots not frozen first.
PART_LOST = thresholds(GOOD, (0.1, WARNING), (0.3, BAD))

# One of these is a matter for a person.
NONE_IS_RIGHT = thresholds(GOOD, (1, BAD))
ONE_MAY_BE_OFF = thresholds(GOOD, (1, WARNING))

# A turn of the loop has a second; half of it is where late turns begin to threaten.
TURN_SECONDS = thresholds(PLAIN, (0.5, WARNING), (1, BAD))
