"""Compiles the kernels in `src/samescale/native` when a wheel or an editable install is built.

    python hatch_build.py

builds them in place, by hand. Without a C compiler, or where one of them doesn't compile, the
install goes on: samescale computes the same bits with NumPy then, more slowly.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # by hand: nothing but Python and a compiler is needed
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
FOLDER = ROOT / "src" / "samescale" / "native"
WITHOUT = "samescale computes the same with NumPy there, more slowly."


def compiler() -> list[str] | None:
    """The command of the C compiler: `$CC`, or the first of cc, gcc and clang that is there."""
    named = shlex.split(os.environ.get("CC", ""))
    if named:
        return named if shutil.which(named[0]) else None
    return next(([name] for name in ("cc", "gcc", "clang") if shutil.which(name)), None)


def compile_all(folder: Path = FOLDER) -> list[Path]:
    """Compile what isn't compiled yet; the libraries that are there then."""
    recipe = runpy.run_path(str(folder / "recipe.py"))
    command = compiler()
    if command is None:
        _say(f"no C compiler was found. {WITHOUT}")
        return []
    made = []
    for kernel in recipe["kernels"](folder):
        digest = recipe["digest"](kernel, folder)
        for level, flags in recipe["levels"](kernel).items():
            path = folder / recipe["library"](kernel, level, digest)
            call = [*command, *recipe["FLAGS"], *flags]
            if path.exists() or _compiled(call, folder / f"{kernel}.c", path):
                made.append(path)
                _clear(folder, recipe["library"](kernel, level, "*"), path)
    return made


def _compiled(command: list[str], source: Path, target: Path) -> bool:
    # It gets its name when it is whole: another process may be building or loading the same.
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part = Path(folder) / target.name
        done = subprocess.run(  # noqa: S603 - the user's own compiler
            [*command, "-o", str(part), str(source), "-lm"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            first = "\n".join(done.stderr.splitlines()[:10])
            _say(f"{target.name} was not compiled. {WITHOUT}\n{first}")
            return False
        part.replace(target)
    return True


def _clear(folder: Path, pattern: str, kept: Path) -> None:
    """Remove what older sources were compiled to."""
    for path in set(folder.glob(pattern)) - {kept}:
        with contextlib.suppress(OSError):
            path.unlink()


def _say(text: str) -> None:
    print(f"samescale: {text}", file=sys.stderr)  # noqa: T201 - the build log


class Kernels(BuildHookInterface):
    """Puts the libraries into a wheel, which is then one for this platform and every Python 3."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile, and name the libraries to the builder."""
        libraries = compile_all()
        if not libraries:
            return
        from packaging.tags import sys_tags  # hatchling brings it

        platforms = (tag.platform for tag in sys_tags())
        # Which manylinux a library is good for, auditwheel says, not its builder.
        platform = next(name for name in platforms if not name.startswith(("many", "musl")))
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = False
        for path in libraries:
            build_data["force_include"][str(path)] = f"samescale/native/{path.name}"


if __name__ == "__main__":
    for library in compile_all():
        _say(library.name)
