"""Split a table, adapt, train, score, and write one bundle.

Rows are split off before anything is learned from the others. Without --spec one is drafted from
the training rows; `samescale infer` writes it to a file that you can edit and pass here. With
--fitted, what `samescale adapt -o` wrote, nothing is adapted here: the statistics are its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samescale.cli import arguments, output

if TYPE_CHECKING:
    import argparse

    from samescale.fitted import Fitted
    from samescale.spec import Spec


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("table", help=arguments.TABLE)
    parser.add_argument("--target", help="the column to predict (default: the spec's target)")
    parser.add_argument("-o", "--out", required=True, help="the bundle to write")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--spec", help="a spec file, as 'samescale infer' writes it")
    how.add_argument(
        "--fitted",
        metavar="FILE",
        help="what was learned already, as 'samescale adapt -o' writes it",
    )
    parser.add_argument(
        "--model",
        default="keras",
        help="keras (default), torch, boosting, linear, mlp, xgboost, lightgbm or catboost",
    )
    parser.add_argument(
        "--validation", type=float, default=0.2, help="share of rows kept aside (default: 0.2)"
    )
    parser.add_argument("--seed", type=int, default=0, help="fixes everything random (default: 0)")
    parser.add_argument("--epochs", type=int, help="at most so many epochs (keras and torch)")
    parser.add_argument("-q", "--quiet", action="store_true", help="print the score only")
    arguments.add_source(parser)


def run(args: argparse.Namespace) -> int:
    """Fit, and say what was decided, how good it is and what comes next."""
    from samescale.fitted import Fitted
    from samescale.spec import Spec
    from samescale.train import fit

    spec = Spec.load(args.spec) if args.spec else None
    fitted = Fitted.load(args.fitted) if args.fitted else None
    _check(args, spec, fitted)
    result = fit(
        args.table,
        args.target,
        spec=spec,
        fitted=fitted,
        model=args.model,
        validation=args.validation,
        seed=args.seed,
        progress=output.progress(quiet=args.quiet),
        out=args.out,
        training=None if args.epochs is None else {"epochs": args.epochs},
        **arguments.source_options(args),
    )
    output.say(result.score.text() if args.quiet else f"{result.text}\n\n{_next(args.out)}")
    return 0


def _check(args: argparse.Namespace, spec: Spec | None, fitted: Fitted | None) -> None:
    """What Python's callers would be told in Python's words."""
    from pathlib import Path

    from samescale.batch import refuse_same
    from samescale.errors import SpecError

    if not args.target and not fitted and not (spec and spec.targets):
        raise SpecError(
            "Nothing says what to predict.", remedy="Give --target COLUMN, a column's name."
        )
    refuse_same(Path(args.out), args.table, args.spec, args.fitted)


def _next(out: str) -> str:
    import shlex

    named = shlex.quote(out)
    return (
        f"Saved as {out}. Next:\n"
        f"  samescale predict {named} NEW_ROWS -o predictions.csv\n"
        f"  samescale inspect {named}\n"
        f"  samescale serve {named}"
    )
