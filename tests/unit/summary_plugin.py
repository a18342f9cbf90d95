"""The filter plugin that sums a run up. Ansible's plugins are files in no package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

PLUGIN = Path(__file__).resolve().parents[2] / "ansible" / "filter_plugins" / "summary.py"


def load() -> ModuleType:
    """The module."""
    spec = importlib.util.spec_from_file_location("summary", PLUGIN)
    assert spec is not None
    assert spec.loader is not None
    plugin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plugin)
    return plugin
