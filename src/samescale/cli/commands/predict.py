"""Predict raw rows with a bundle.

Rows are read, checked and predicted chunk by chunk, in their order; the answers are in the units of
the target. With -o they go to a .csv, .jsonl or .parquet file that appears when it is whole;
without, to standard output as CSV. What the guard finds is told on standard error. Columns that the
contract doesn't have (ids, the target) aren't read, and one note names them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from samescale.cli import arguments, output

if TYPE_CHECKING:
    import argparse

    from samescale.batch import Written
    from samescale.predictor import Predictor


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("bundle", help="a bundle, as 'samescale fit' writes it")
    parser.add_argument("table", help=f"raw rows: {arguments.TABLE}")
    parser.add_argument("-o", "--out", help="the file to write: .csv, .jsonl or .parquet")
    parser.add_argument(
        "--proba",
        action="store_true",
        help="add a column probability_CLASS for each class",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="keep what is done beside the file, and go on with it after an interruption",
    )
    parser.add_argument("--threads", type=int, help="chunks answered at once (all cores)")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, no findings")
    arguments.add_policy(parser)
    arguments.add_runtime(parser)
    arguments.add_source(parser)


def run(args: argparse.Namespace) -> int:
    """Predict; 1 if rows were refused."""
    from pathlib import Path

    from samescale.batch import refuse_same
    from samescale.predictor import load

    if args.out:
        refuse_same(Path(args.out), args.table, args.bundle)
    predictor = load(args.bundle, policies=arguments.policies(args), runtime=args.runtime)
    _check(args, predictor)
    written = _to_file(predictor, args) if args.out else _to_stdout(predictor, args)
    if not args.quiet:
        output.findings(written.findings)
        rows = "1 row" if written.rows == 1 else f"{written.rows} rows"
        output.note(f"{rows} predicted" + (f" into {args.out}." if args.out else "."))
    return 0


def _check(args: argparse.Namespace, predictor: Predictor) -> None:
    from samescale.errors import ModelError, SourceError

    if args.resume and not args.out:
        raise SourceError("--resume goes on with a file.", remedy="Name it: -o out.parquet.")
    if args.proba and predictor.classes is None:
        raise ModelError("The target is a number and has no classes.", remedy="Leave out --proba.")


def _to_file(predictor: Predictor, args: argparse.Namespace) -> Written:
    return predictor.predict_file(
        arguments.open_for(predictor.schema, args),
        args.out,
        probabilities=args.proba,
        progress=output.progress(quiet=args.quiet),
        threads=args.threads,
        resume=args.resume,
    )


def _to_stdout(predictor: Predictor, args: argparse.Namespace) -> Written:
    # By way of a file, so that rows that are refused in the middle leave no half an answer.
    import shutil
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        args.out, path = None, Path(folder) / "predictions.csv"
        written = predictor.predict_file(
            arguments.open_for(predictor.schema, args),
            path,
            probabilities=args.proba,
            threads=args.threads,
        )
        with path.open(encoding="utf-8") as file:
            shutil.copyfileobj(file, sys.stdout)
    return written
