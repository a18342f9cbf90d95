"""Pieces of PromQL that occur more than once."""

from __future__ import annotations

from collections.abc import Mapping

from grafana.builder.words import E, Word, codes

HOURS = 3600

# Matchers.
RUNNING = 'state="running"'
FROZEN = 'state="frozen"'
LENT = 'consumer="pilots"'
NOT_USED_BY_OWNERS = 'consumer!="owner"'
USEFUL = 'fate="useful"'
LOST = 'fate="lost"'
STARTED = 'result="started"'


def of_sites(metric: str, *more: str) -> str:
    """A recording rule's series of the chosen sites. `more`: further matchers."""
    return _select(metric, 'job=~"$job"', 'site=~"$site"', *more)


def of_kinds(metric: str, *more: str) -> str:
    """Those of the chosen kinds at the chosen sites."""
    return of_sites(metric, 'kind=~"$kind"', *more)


def of_hosts(metric: str, *more: str) -> str:
    """A recording rule's series of the chosen hosts at the chosen sites."""
    return of_sites(metric, 'instance=~"$instance"', *more)


def of_host(metric: str, *more: str) -> str:
    """The agent's own series, on the page of one host."""
    return _select(metric, 'job=~"$job"', 'instance=~"$instance"', *more)


def word_of(series: str, label: str, words: Mapping[E, Word]) -> str:
    """Which value of an enumeration holds, as its number in `codes`: `series` has one of 0 or 1 for each."""
    numbers = " or ".join(
        f'label_replace(vector({number}), "{label}", "{value}", "", "")'
        for value, number in codes(words).items()
    )
    return f"sum by (job, instance) ({series} * on ({label}) group_left () ({numbers}))"


def quantile(part: float, buckets: str) -> str:
    """A quantile of a histogram whose buckets are the sum of what is given."""
    return f"histogram_quantile({part:g}, sum by (le) ({buckets}))"


def in_each_step(series: str) -> str:
    """What has come together in the step that begins at a point: `series` are increases of five minutes.

    A day is so under its own date, and today is there so far.
    """
    return f"sum_over_time({series}[$__interval] offset -$__interval)"


def grown(counter: str, function: str = "increase") -> str:
    """The same of a counter of the agent's own."""
    return f"{function}({counter}[$__rate_interval] offset -$__rate_interval)"


def _select(metric: str, *matchers: str) -> str:
    return f"{metric}{{{', '.join(matchers)}}}"
