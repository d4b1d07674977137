"""Runs a script as if samescale weren't installed: `_without.py SCRIPT ARGUMENT…`."""

from __future__ import annotations

import importlib.abc
import runpy
import sys
from typing import Any, final


@final
class Absent(importlib.abc.MetaPathFinder):
    """samescale isn't there, as far as this process knows."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """Refuse samescale; leave all else to others."""
        del path, target
        if fullname.partition(".")[0] == "samescale":
            raise ModuleNotFoundError(f"No module named '{fullname}'", name=fullname)


def main() -> None:
    """Run what the arguments name, as the main script."""
    sys.meta_path.insert(0, Absent())
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
