"""The page of the documentation and its pictures, written from what was kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import stored
from benchmarks.how import How as Told
from benchmarks.mistakes import cost, drawing, names, peers, streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.mistakes.how import How

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
NAME: Final = "benchmarks-mistakes.md"
PICTURES: Final = {
    "names": "![What is named, by rows](assets/bench-mistakes.svg)",
    "peers": "![The peers](assets/bench-mistakes-peers.svg)",
}
_HEAD = """\
# Who names the mistake

<!-- Written by `make bench-mistakes`; what is changed by hand here is lost. -->

A model's inputs can be wrong without being impossible: standardised twice, in another unit, in
another order. This is what the guard says of such rows, and of rows that are as they should be,
measured on real data that come in Python packages: fourteen data sets, 27 mistakes, 13 kinds of
honest traffic. The mistakes are made on rows that the profile never saw. A batch is labelled with
what was done to it, and the guard is told what the model expects, and nothing else.

{machines}

```sh
pip install -r benchmarks/mistakes/requirements.txt && pip install --no-deps ISLP
make bench-mistakes                              # everything, and this page
make bench-mistakes ARGS="--quick"               # a little of each: does it run?
make bench-mistakes ARGS="--parts names --seeds 0"
make bench-mistakes ARGS="--parts peers"         # the peers, each in an environment of its own
make bench-mistakes ARGS="--page"                # this page anew, of what was kept
```

What these bars ask is said in the column or cell beside each figure; a figure that doesn't meet its
bar stands in bold.
"""


def parts() -> Mapping[str, Any]:
    """What is measured, in the order of the page."""
    return {"names": names, "streams": streams, "cost": cost, "peers": peers}


def plain(found: Any) -> Any:
    """The same as it comes back from JSON."""
    return stored.plain(found)


def keep(part: str, found: Any, how: How) -> None:
    """Keep what was measured."""
    stored.keep(f"mistakes-{part}", found, Told(quick=how.quick, rounds=len(how.seeds)))


def write() -> None:
    """Write the page and the pictures."""
    kept = {part: one for part in parts() if (one := stored.kept(f"mistakes-{part}")) is not None}
    (DOCS / NAME).write_text(markdown(kept), encoding="utf-8")
    found = {part: one["found"] for part, one in kept.items()}
    for name, picture in pictures(found).items():
        (DOCS / "assets" / name).write_text(picture, encoding="utf-8")


def pictures(found: Mapping[str, Any]) -> dict[str, str]:
    """The pictures of what was measured, by the name of their file."""
    drawn = {}
    if "names" in found:
        drawn["bench-mistakes.svg"] = drawing.named(names.mistakes(found["names"]["lines"]))
    if "peers" in found:
        drawn["bench-mistakes-peers.svg"] = drawing.peers(found["peers"]["lines"], 32)
    return drawn


def markdown(kept: Mapping[str, Any]) -> str:
    """The page."""
    sections = []
    for part, one in kept.items():
        said = parts()[part].show(one["found"]).rstrip()
        title = f"## {parts()[part].TITLE}"
        sections.append("\n\n".join([title, *filter(None, [PICTURES.get(part)]), said]))
    return "\n\n".join([_HEAD.format(machines=_machines(kept)).rstrip(), *sections]) + "\n"


def _machines(kept: Mapping[str, Any]) -> str:
    """When and on what each part was measured: said once if it is the same for all."""
    told: dict[str, list[str]] = {}
    for part, one in kept.items():
        told.setdefault(_about(one["about"]), []).append(part)
    if len(told) == 1:
        return next(iter(told))
    return "\n".join(f"- {', '.join(found)}: {about}" for about, found in told.items())


def _about(about: Mapping[str, Any]) -> str:
    numpy = about["versions"].get("numpy", "?")
    ours = about["versions"].get("samescale", "?")
    return (
        f"Measured on {about['day']}: {about['machine']}, Python {about['python']}, samescale "
        f"{ours}, NumPy {numpy}."
    )
