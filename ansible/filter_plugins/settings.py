"""What is wrong with the settings of an agent, in the agent's own words."""

from __future__ import annotations

import re

SOURCE = "settings"


def settings_problem(text: str) -> str:
    """One sentence about the text of a configuration file, "" if the agent can use it; any host's will do."""
    # Here, not above: Ansible loads all filters for every task on every host.
    from plancton.config.load import ConfigError, parse  # noqa: PLC0415

    try:
        parse(text, SOURCE)
    except ConfigError as error:
        return "agent_config_" + re.sub(rf"^{SOURCE}(:\d+)?: ", "", str(error))
    return ""


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict:
        """Names for templates."""
        return {"settings_problem": settings_problem}
