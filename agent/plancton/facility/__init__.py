"""The facility as a whole, from where its figures are gathered. Runs beside a monitor, never in an agent."""
