"""The page of the documentation, written from what was kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import figures
import stored

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"

_HEAD = """\
# Benchmarks

<!-- Written by `make bench`; what is changed by hand here is lost. -->

samescale beside the peers that learn or apply the same preprocessing. Everything here comes from
one command, and cases in which samescale is the slower one are in the tables like the others.

{machines}

How to read it: contenders of a table take turns, so that a machine which is slower in one minute
than in the next is so for all of them; **ratios hold on another machine far better than times do**.
The median round counts, unless another is named. Where a peer learned something else than the exact
values within what its arithmetic promises, the run fails: who computes something else isn't
compared.

```sh
make bench                                   # everything, and this page
make bench ARGS="--quick"                    # small sizes, in minutes: does everything run?
make bench ARGS="--parts bars"               # one part anew
make bench ARGS="--peers 'samescale|polars'" # some of them
python benchmarks/answering.py               # the bars of answering raw rows
python benchmarks/batch.py --gigabytes 5     # a batch job: cores, memory, interruptions
python benchmarks/memory.py                  # the memory of adapting a file
```
"""


def write(parts: Mapping[str, Any]) -> None:
    """Write the page and the pictures."""
    kept = {name: found for name in parts if (found := stored.kept(name)) is not None}
    PAGE.write_text(markdown(kept, parts), encoding="utf-8")
    if "figures" in kept:
        figures.write(kept["figures"]["found"])


def markdown(kept: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """The page."""
    sections = [
        f"## {parts[name].TITLE}\n\n{parts[name].show(one['found']).rstrip()}"
        for name, one in kept.items()
    ]
    return "\n\n".join([_HEAD.format(machines=_machines(kept)).rstrip(), *sections]) + "\n"


def _machines(kept: Mapping[str, Any]) -> str:
    """When and on what each part was measured: said once if it is the same for all."""
    told: dict[str, list[str]] = {}
    for name, one in kept.items():
        told.setdefault(_about(one["about"]), []).append(name)
    if len(told) == 1:
        return next(iter(told))
    return "\n".join(f"- {', '.join(names)}: {about}" for about, names in told.items())


def _about(about: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return (
        f"Measured on {about['day']}, {about['rounds']} rounds: {about['machine']}, Python "
        f"{about['python']}, {versions}."
    )
