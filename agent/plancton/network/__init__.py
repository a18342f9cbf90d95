"""The pilots' own network: its bridge, and the filter in the host's firewall that guards it."""
