"""Plancton: lends the idle cycles of a host to pilot containers and gives them back at once."""

__version__ = "0.1.0"
