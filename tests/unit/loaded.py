"""Scripts and plugins of Ansible's as modules: they are files in no package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

ANSIBLE = Path(__file__).resolve().parents[2] / "ansible"


def load(file: Path) -> ModuleType:
    """The module in a file, new with each call."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plugin(name: str) -> ModuleType:
    """A filter plugin."""
    return load(ANSIBLE / "filter_plugins" / f"{name}.py")
