"""The command line `plancton`. Imports neither docker nor the agent's loop unless it runs them."""
