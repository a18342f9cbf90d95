"""Goes into an emulated machine as its Python's `sitecustomize`: what was compiled out of an archive is kept.

Ansible brings each of its modules as an archive, and Python compiles all that is in it each time: in an
emulator for seconds. Of what lies in files Python keeps the bytecode by itself.
"""

from __future__ import annotations

import _imp
import marshal
import os
import zipimport
from types import CodeType
from typing import Any

FOLDER = "/var/cache/testbed-bytecode"
importer: Any = zipimport  # it tells nobody of the function that we take the place of
compile_source = importer._compile_source  # noqa: SLF001


def kept(path: str, source: bytes) -> CodeType:
    """Known by what it was compiled from, wherever that lies."""
    file = f"{FOLDER}/{_imp.source_hash(0, source).hex()}"
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - pathlib takes long to load
            found: CodeType = marshal.load(stream)  # noqa: S302
            return found
    except (OSError, EOFError, ValueError):
        code: CodeType = compile_source(path, source)
    part = f"{file}.{os.getpid()}"
    try:
        os.makedirs(FOLDER, exist_ok=True)  # noqa: PTH103
        with open(part, "wb") as stream:  # noqa: PTH123
            marshal.dump(code, stream)
        os.replace(part, file)  # noqa: PTH105
    except OSError:
        pass
    return code


importer._compile_source = kept  # noqa: SLF001
