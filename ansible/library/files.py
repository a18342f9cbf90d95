"""Ansible module: several files, directories and links in one go.

Each task costs a host half a second, whatever it does; the dozen files of one role would cost it six.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: files
short_description: Have several files, directories and links as they should be
options:
  entries:
    description:
      - In this order; each is written whole or not at all.
      - C(content) makes it a file, C(src) a link to that place, neither a directory.
      - C(validate) is the argv of a command that must accept the new content; C(%s) is its file.
    type: list
    elements: dict
  absent:
    description: Paths that are to go, with all that is below them, and without what a link leads to.
    type: list
    elements: path
"""
RETURN = """
written:
  description: The paths that were, or in check mode would be, changed.
  type: list
"""

RIGHTS = ("owner", "group", "mode")
ENTRY = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str"},
    "src": {"type": "path"},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "raw", "default": "0644"},
    "validate": {"type": "list", "elements": "str"},
}


class Discreet(AnsibleModule):
    """Ansible would write all that a module is given, here whole files, into the log of the host."""

    def log(self, msg: str, log_args: dict | None = None) -> None:  # noqa: ARG002 - what is given
        """That it was invoked, and no more."""
        super().log(msg.partition(" with ")[0])


def have(module: AnsibleModule, entry: dict) -> dict:
    """Bring one entry about; the difference, empty if there was none."""
    path = Path(entry["path"])
    if entry["src"] is not None:
        return _have_link(module, path, entry["src"])
    before = _read(path)
    new = not path.is_dir() if entry["content"] is None else before != entry["content"]
    rights = module.load_file_common_arguments({key: entry[key] for key in RIGHTS}, str(path))
    if not new:
        change: dict = {}
        return change if module.set_fs_attributes_if_different(rights, False, change) else {}
    if not module.check_mode:
        if entry["content"] is None:
            path.mkdir(parents=True)
            module.set_fs_attributes_if_different(rights, False)
        else:
            _write(module, entry, rights)
    return _difference(path, before, entry["content"] or "directory\n")


def remove(module: AnsibleModule, path: Path) -> dict:
    """Have it go, whatever it is; the difference, empty if there was nothing."""
    if not os.path.lexists(path):
        return {}
    kind = "link" if path.is_symlink() else "directory" if path.is_dir() else "file"
    if not module.check_mode:
        if kind == "directory":
            shutil.rmtree(path)
        else:
            path.unlink()
    return _difference(path, f"{kind}\n", "")


def _have_link(module: AnsibleModule, path: Path, target: str) -> dict:
    before = str(path.readlink()) if path.is_symlink() else None
    if before == target:
        return {}
    if before is None and path.exists():
        module.fail_json(msg=f"{path} is not a link, and not ours to replace")
    if not module.check_mode:
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.symlink_to(target)
        fresh.replace(path)
    return _difference(path, before, f"{target}\n")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _write(module: AnsibleModule, entry: dict, rights: dict) -> None:
    """Beside its place and with its rights before it gets there: it may be a secret."""
    path = Path(entry["path"])
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(entry["content"])
        if entry["validate"]:
            _validate(module, [fresh if word == "%s" else word for word in entry["validate"]], path, fresh)
        module.set_fs_attributes_if_different(rights | {"path": fresh}, False)
        Path(fresh).replace(path)
    finally:
        Path(fresh).unlink(missing_ok=True)


def _validate(module: AnsibleModule, argv: list[str], path: Path, fresh: str) -> None:
    code, out, error = module.run_command(argv)
    if code:
        said = f"{out}\n{error}".strip()  # some tell why on the one, some on the other
        module.fail_json(msg=f"{path} is refused: {said.replace(fresh, str(path))}")


def _difference(path: Path, before: str | None, after: str) -> dict:
    return {"before_header": str(path), "after_header": str(path), "before": before or "", "after": after}


def main() -> None:
    """Entry by entry."""
    spec = {
        "entries": {"type": "list", "elements": "dict", "options": ENTRY, "default": []},
        "absent": {"type": "list", "elements": "path", "default": []},
    }
    module = Discreet(argument_spec=spec, supports_check_mode=True)
    changes = [(entry["path"], have(module, entry)) for entry in module.params["entries"]]
    changes += [(path, remove(module, Path(path))) for path in module.params["absent"]]
    written = [path for path, difference in changes if difference]
    module.exit_json(changed=bool(written), written=written, diff=[one for _, one in changes if one])


if __name__ == "__main__":
    main()
