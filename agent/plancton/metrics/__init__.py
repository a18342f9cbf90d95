"""What Prometheus is told: one table of metrics, the sums behind them, and their rendering."""
