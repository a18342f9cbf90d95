"""The page of one host: what its owner would ask. Several chosen hosts follow one another."""

from __future__ import annotations

from grafana.builder import host_course, host_now
from grafana.builder.document import dashboard
from grafana.builder.layout import Section
from grafana.builder.panel import Json
from grafana.builder.variables import ANY, label_values

INFO = "plancton_build_info"


def page() -> Json:
    """The dashboard `plancton-host`."""
    variables = [
        label_values("job", INFO, "Prometheus' job that scrapes the agents."),
        label_values("site", INFO + '{job=~"$job"}', "Whose hosts can be chosen from.", pattern=ANY),
        # All of them at once would add up a whole fleet from its raw series: that is the fleet's page.
        label_values(
            "instance",
            INFO + '{job=~"$job", site=~"$site"}',
            "The host; if there are several, one below the other.",
            all_of_them=False,
        ),
    ]
    lines = [
        host_now.line(),
        [host_course.consumers(), host_course.limit()],
        [host_course.pilots(), host_course.gave_way(), host_course.reasons()],
        [host_course.latency(), host_course.pressure(), host_course.endings()],
        [host_now.kinds(), host_now.disk(), host_now.temperature(), host_course.sensors()],
        [host_course.pace(), host_course.engine(), host_course.errors()],
    ]
    about = "What one host lends, what limits it, and what its owner feels of it."
    sections = [Section("$instance", lines, repeat="instance")]
    return dashboard("plancton-host", about, variables, sections, since="now-6h", refresh="30s")
