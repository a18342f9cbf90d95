"""What Grafana shows: the dashboards, and the code that writes them."""
