"""Export a bundle to another ecosystem: raw values in, answers in the target's own units out.

What is written is loaded by that ecosystem's own loader and asked the bundle's probe rows; it takes
its place only if it answers as the bundle does, and nothing stays if it doesn't. --list says what
each export gives and needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import output

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("bundle", nargs="?", help="the bundle")
    add("--to", metavar="FORM", help="keras, mlflow, onnx, saved_model, sklearn, torch or triton")
    add("-o", "--out", metavar="PATH", help="where to: a file, or a folder for some (see --list)")
    add("--force", action="store_true", help="replace an export of the same form that is there")
    add(
        "--fold",
        action="store_true",
        help="onnx, triton: fold scale and mean into the first layer, where that is safe",
    )
    add("--list", action="store_true", help="say what each export gives and needs")
    add("--json", action="store_true", help="what was written, as JSON")
    add("-q", "--quiet", action="store_true", help="print nothing but errors")


def run(args: argparse.Namespace) -> int:
    """Export, and say what it takes and gives."""
    from samescale.export import export

    if args.list:
        _list(args)
        return 0
    _check(args)
    told = _silent if args.quiet or args.json else output.note
    done = export(args.bundle, args.to, args.out, overwrite=args.force, fold=args.fold, tell=told)
    if args.json:
        output.as_json(done.to_json())
    elif not args.quiet:
        output.say(done.text())
    return 0


def _silent(text: str) -> None:
    del text


def _check(args: argparse.Namespace) -> None:
    from samescale.errors import SpecError
    from samescale.export import names

    given = {"bundle": args.bundle, "--to": args.to, "--out": args.out}
    lacking = next((name for name, value in given.items() if not value), None)
    if lacking is not None:
        raise SpecError(
            f"There is no {lacking}.",
            remedy=f"samescale export BUNDLE --to {'|'.join(names())} -o PATH",
        )


def _list(args: argparse.Namespace) -> None:
    rows = list(_rows())
    if args.json:
        output.as_json([dict(zip(_HEADINGS, row, strict=True)) for row in rows])
    else:
        output.table(_HEADINGS, rows)


_HEADINGS = ("to", "gives", "of", "extra")


def _rows() -> Iterator[tuple[str, str, str, str]]:
    from samescale.export import load, names

    for name in names():
        one = load(name)
        kinds = ", ".join(one.kinds) if one.kinds else "every model"
        yield name, one.gives, kinds, one.extra
