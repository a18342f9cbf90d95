"""The page for five seconds a day: is all well, what is harvested, and which hosts want a look."""

from __future__ import annotations

from grafana.builder import fleet_course, fleet_hosts, fleet_now
from grafana.builder.document import dashboard
from grafana.builder.layout import Section
from grafana.builder.panel import Json
from grafana.builder.variables import ANY, label_values

HOSTS = "instance:up:max"


def page() -> Json:
    """The dashboard `plancton-fleet`."""
    variables = [
        label_values("job", HOSTS, "Prometheus' job that scrapes the agents."),
        label_values("site", HOSTS + '{job=~"$job"}', "Sites that are added up.", pattern=ANY),
        label_values(
            "instance",
            HOSTS + '{job=~"$job", site=~"$site"}',
            "Rows of the tables of hosts. What is added up is always that of whole sites.",
        ),
    ]
    sections = [
        Section("Now", [fleet_now.first_line(), fleet_now.second_line()]),
        Section("In the course of time", fleet_course.lines()),
        Section("Hosts", fleet_hosts.lines()),
    ]
    about = "What all hosts together lend, what their owners feel of it, and which of them want a look."
    return dashboard("plancton-fleet", about, variables, sections, since="now-24h", refresh="1m")
