"""The configuration that the role writes for Alertmanager, made from the role's own template and defaults."""

from __future__ import annotations

import json
from pathlib import Path

import jinja2
import yaml

ROLE = Path(__file__).resolve().parents[1] / "ansible" / "roles" / "alertmanager"


def configuration(**variables: object) -> str:
    """What Ansible would write with these variables of the inventory."""
    environment = jinja2.Environment(  # noqa: S701 - YAML, as Ansible makes it
        loader=jinja2.FileSystemLoader(ROLE / "templates"), trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["to_json"] = json.dumps
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    template = environment.get_template("alertmanager.yml.j2")
    return template.render({"ansible_managed": "Made by a test"} | defaults | variables)
