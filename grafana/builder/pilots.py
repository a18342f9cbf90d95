"""Whose time it was: what pilots did, by kind and site, and the accounts of days and months."""

from __future__ import annotations

from grafana.builder import accounts, pilots_course
from grafana.builder.document import dashboard
from grafana.builder.layout import Section
from grafana.builder.panel import Json
from grafana.builder.variables import ANY, label_values

PILOTS = "site_kind:plancton_pilots:sum"


def page() -> Json:
    """The dashboard `plancton-pilots`."""
    variables = [
        label_values("job", PILOTS, "Prometheus' job that scrapes the agents."),
        label_values("site", PILOTS + '{job=~"$job"}', "Sites that are added up.", pattern=ANY),
        label_values("kind", PILOTS + '{job=~"$job", site=~"$site"}', "Kinds of pilots that are added up."),
        label_values(
            "instance",
            'instance:up:max{job=~"$job", site=~"$site"}',
            "Hosts of the lists of hosts. What is added up is always that of whole sites.",
        ),
    ]
    sections = [
        Section("Now and lately", [accounts.figures(), [pilots_course.by_kind_and_site()]]),
        Section("Core-hours", [[accounts.by_day(), accounts.by_month()], accounts.whose()]),
        Section("In the course of time", pilots_course.lines()),
    ]
    about = "Pilots by kind and site: started, useful, lost, frozen; and core-hours by day and by month."
    return dashboard("plancton-pilots", about, variables, sections, since="now-7d", refresh="5m")
