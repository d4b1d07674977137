"""Split a table, adapt, train, score, and write one bundle.

Rows are split off before anything is learned from the others. Without --spec one is drafted from
the training rows; `samescale infer` writes it to a file that you can edit and pass here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import arguments, output

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("table", help=arguments.TABLE)
    parser.add_argument("--target", help="the column to predict (default: the spec's target)")
    parser.add_argument("-o", "--out", required=True, help="the bundle to write")
    parser.add_argument("--spec", help="a spec file, as 'samescale infer' writes it")
    parser.add_argument(
        "--model",
        default="keras",
        help="keras (default), or scikit-learn's boosting, linear or mlp",
    )
    parser.add_argument(
        "--validation", type=float, default=0.2, help="share of rows kept aside (default: 0.2)"
    )
    parser.add_argument("--seed", type=int, default=0, help="fixes everything random (default: 0)")
    parser.add_argument("--epochs", type=int, help="at most so many epochs (keras)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print the score only")
    arguments.add_source(parser)


def run(args: argparse.Namespace) -> int:
    """Fit, and say what was decided, how good it is and what comes next."""
    from samescale.spec import Spec
    from samescale.train import fit

    result = fit(
        args.table,
        args.target,
        spec=Spec.load(args.spec) if args.spec else None,
        model=args.model,
        validation=args.validation,
        seed=args.seed,
        progress=output.progress(quiet=args.quiet),
        out=args.out,
        training={"epochs": args.epochs} if args.epochs else None,
        **arguments.source_options(args),
    )
    output.say(result.score.text() if args.quiet else f"{result.text}\n\n{_next(args.out)}")
    return 0


def _next(out: str) -> str:
    return (
        f"Saved as {out}. Next:\n"
        f"  samescale predict {out} NEW_ROWS -o predictions.csv\n"
        f"  samescale inspect {out}\n"
        f"  samescale serve {out}"
    )
