"""Writes the dashboards of grafana/dashboards: `make dashboards`. Never edit those by hand.

One module for each page (fleet, host, pilots), and the parts that they are made of. The JSON is Grafana's
classic model; what is used of it is understood by 9.4 to 12.
"""
