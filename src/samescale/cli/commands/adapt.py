"""Learn what a spec declares from a table, and say what was learned; nothing is trained.

With -o it is written as one file, with which `samescale fit TABLE --fitted FILE` trains a model
wherever that is best done: adapt on a cluster, train on one machine with a sample.

The passes run on the threads of this machine, or on a cluster: --engine dask://host:8786,
ray://host:10001 or spark://host:7077. The digest is the same on all of them. How many passes there
are at least is said before the first, how many there were at the end: exact quantiles, powers and
long vocabularies may take more, as the rows themselves decide.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from samescale.cli import arguments, output

if TYPE_CHECKING:
    import argparse

    from samescale.fitted import Fitted
    from samescale.sources.base import Source
    from samescale.spec import Spec

_SHOWN = 60


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("spec", help="a spec file, as 'samescale infer' writes it")
    parser.add_argument("table", help=f"{arguments.TABLE}; or a URI such as s3://bucket/rows/")
    parser.add_argument(
        "--engine",
        metavar="URL",
        help="threads://4, dask://host:port, ray://host:port, spark://host:port, local[4] (Spark "
        "here), or dask, ray, spark for one that is started here (default: threads)",
    )
    parser.add_argument("--weights", metavar="COLUMN", help="the column of the rows' weights")
    parser.add_argument("-o", "--out", metavar="FILE", help="what was learned, for 'samescale fit'")
    parser.add_argument("--json", action="store_true", help="print what was learned as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="no plan and no progress")
    arguments.add_source(parser)


def run(args: argparse.Namespace) -> int:
    """Adapt, and say what was learned."""
    from pathlib import Path

    from samescale import engines, sources
    from samescale.batch import refuse_same
    from samescale.bundle.write import check_place
    from samescale.spec import Spec

    spec = Spec.load(args.spec)
    if args.out:
        refuse_same(Path(args.out), args.table, args.spec)
        check_place(args.out)
    engine = None if args.engine is None else engines.open(args.engine)
    source = sources.open(args.table, **arguments.source_options(args))
    if not args.quiet:
        output.note(_plan(spec, source, args.engine))
    fitted = spec.adapt(
        source,
        weights=args.weights,
        engine=engine,
        progress=output.progress(quiet=args.quiet),
    )
    if args.out:
        fitted.save(args.out)
    if args.json:
        output.as_json(_json(fitted))
    else:
        _say(fitted)
    if args.out:
        _note_next(fitted, args)
    return 0


def _note_next(fitted: Fitted, args: argparse.Namespace) -> None:
    import shlex

    named = shlex.quote(args.out)
    if not args.quiet and len(fitted.targets) == 1:
        output.note(f"Saved as {args.out}. Next: samescale fit TABLE --fitted {named} -o BUNDLE")


def _plan(spec: Spec, source: Source, engine: str | None) -> str:
    from samescale import plan

    targets = [target.transforms for target in spec.targets]
    count = plan.passes([*spec.columns.values(), *targets])
    on = f" on {engine}" if engine else ""
    return f"At least {count} {'pass' if count == 1 else 'passes'} over {source.description}{on}."


def _say(fitted: Fitted) -> None:
    told = fitted.provenance
    plural = "pass" if told["passes"] == 1 else "passes"
    output.table(("column", "transform", "learned"), _rows(fitted))
    output.say(f"{told['rows']} rows in {told['passes']} {plural}: {fitted.digest}")


def _rows(fitted: Fitted) -> list[tuple[str, str, str]]:
    chains = dict(fitted.spec.columns)
    learned = dict(fitted.learned)
    for target, declared in zip(fitted.targets, fitted.spec.targets, strict=True):
        chains[target.name] = declared.transforms
        learned[target.name] = target.learned
    return [
        (name, type(transform).__name__, _short(values))
        for name, chain in chains.items()
        for transform, values in zip(chain, learned[name], strict=True)
    ]


def _short(values: Any) -> str:
    said = (f"{key} {json.dumps(v, ensure_ascii=False, default=dict)}" for key, v in values.items())
    text = ", ".join(said)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _json(fitted: Fitted) -> dict[str, Any]:
    own = [list(target.learned) for target in fitted.targets]
    return {
        "digest": fitted.digest,
        "spec": fitted.spec.to_json(),
        "schema": fitted.schema.to_json(),
        "learned": {name: list(values) for name, values in fitted.learned.items()},
        "target": own if len(own) > 1 else next(iter(own), None),
        "provenance": dict(fitted.provenance),
    }
