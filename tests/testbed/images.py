"""Makes a recipe's image, once: its tag is the digest of the recipe, so a later session finds it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.testbed import settings
from tests.testbed.command import must, run
from tests.testbed.recipes import FIRST_PROCESS, Recipe

BUILD_SECONDS = 600


def ensure(recipe: Recipe) -> str:
    """The image's name; it exists when this returns."""
    image = recipe.image
    if not run(["docker", "image", "inspect", image]).ok:
        _build(recipe, image)
    return image


def _build(recipe: Recipe, image: str) -> None:
    with tempfile.TemporaryDirectory(prefix="plancton-testbed-") as folder:
        tree = Path(folder, "tree.tar")
        must(run(_mmdebstrap(recipe, tree, Path(folder)), deadline=BUILD_SECONDS))
        must(run(["docker", "import", str(tree), image], deadline=BUILD_SECONDS))


def _mmdebstrap(recipe: Recipe, tree: Path, folder: Path) -> list[str]:
    options = [f"--aptopt={line}" for line in settings.apt_options()]
    first = f'install -m 755 {FIRST_PROCESS} "$1/sbin/testbed-first-process"'
    hooks = [f"--customize-hook={hook}" for hook in (first, *recipe.hooks)]
    sources = settings.apt_sources(recipe.suite, folder)
    packages = "--include=" + ",".join(recipe.packages)
    # A hook of ours empties them, and sets their age.
    fixed = ["--variant=minbase", "--dpkgopt=force-unsafe-io", "--skip=cleanup/apt", packages]
    return ["mmdebstrap", *fixed, *options, *hooks, recipe.suite, str(tree), *map(str, sources)]
