"""Measures how near each target is to the reference, node by node, and writes docs/numerics.md.

`python tools/numerics.py` writes the page, `--declared` prints what the targets declare as JSON
(the freshness test reads that). Each target runs in a process of its own: a Keras backend can't be
changed in one that has begun.
"""

from __future__ import annotations

import argparse
import dataclasses as dc
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, final, get_args

import numpy as np

from samescale import targets
from samescale.ir import nodes, reference
from samescale.ir.types import TensorType
from samescale.targets.base import Exact, Host, Ulp, Unsupported, parity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from samescale.ir.types import Array, DType

PAGE = Path(__file__).resolve().parent.parent / "docs" / "numerics.md"
ROWS = 20_000
BACKENDS = ("jax", "tensorflow", "torch")
FLOATS: tuple[DType, ...] = ("float32", "float64")
Columns = dict[str, np.ndarray]


@final
@dc.dataclass(frozen=True, slots=True)
class Case:
    """A graph around one node, and the columns to run it on."""

    graph: nodes.Graph
    columns: Columns


def numbers(dtype: DType, low: float = -30.0, high: float = 30.0) -> Array:
    """Numbers of every magnitude between 2**low and 2**high, both signs, with 0, 1 and NaN."""
    rng = np.random.default_rng(7)
    values = rng.choice([-1.0, 1.0], ROWS) * np.exp2(rng.uniform(low, high, ROWS))
    values[:6] = [0.0, -0.0, 1.0, -1.0, 0.5, np.nan]
    return values.astype(dtype)


def one(make: Callable[[nodes.Node, DType], nodes.Node], values: Array) -> Case:
    """A case of one column `x`."""
    dtype: Any = "string" if values.dtype == object else values.dtype.name
    x = nodes.Input("x", TensorType(dtype, values.shape[1:]))
    return Case(nodes.Graph((("y", make(x, dtype)),)), {"x": values})


def pair(make: Callable[[nodes.Node, nodes.Node], nodes.Node], dtype: DType) -> Case:
    """A case of two columns."""
    x, y = (nodes.Input(name, TensorType(dtype)) for name in "xy")
    values = numbers(dtype)
    return Case(nodes.Graph((("y", make(x, y)),)), {"x": values, "y": np.roll(values, 1)})


def const(value: Any, dtype: DType) -> nodes.Const:
    """A constant of a dtype."""
    return nodes.Const(np.asarray(value, dtype=dtype))


def codes(high: int = 9) -> Array:
    """Codes, some of them out of the range of 0…5."""
    return np.random.default_rng(3).integers(-2, high, ROWS, dtype=np.int64)


def words() -> Array:
    """Words, known, unknown and missing."""
    return np.random.default_rng(5).choice(
        np.array(["a", "b", " C d ", "", None], dtype=object), ROWS
    )


def floats(make: Callable[[nodes.Node, DType], nodes.Node], *span: float) -> list[Case]:
    """A case for each float dtype."""
    return [one(make, numbers(dtype, *span)) for dtype in FLOATS]


def _lookup(x: nodes.Node) -> nodes.Node:
    return nodes.Lookup(x, ("a", "b", "c d"), (1, 2, 3), 0, 4)


def _grid(values: Array) -> Array:
    return values[: ROWS // 4 * 4].reshape(-1, 4)


# One entry a node. A node of the text zone is seen through the lookup behind it.
CASES: dict[type[nodes.Node], Callable[[], list[Case]]] = {
    nodes.Input: lambda: floats(lambda x, _: x),
    nodes.Const: lambda: floats(lambda x, d: nodes.Sub(x, const(0.1, d))),
    nodes.Cast: lambda: [one(lambda x, _: nodes.Cast(x, "float32"), numbers("float64"))],
    nodes.Sub: lambda: floats(lambda x, d: nodes.Sub(x, const(2010.1, d))),
    nodes.Mul: lambda: floats(
        lambda x, d: nodes.Mul(nodes.Sub(x, const(2010.1, d)), const(1 / 5.3, d))
    ),
    nodes.Exp: lambda: floats(lambda x, _: nodes.Exp(x), -20.0, 6.0),
    nodes.Expm1: lambda: floats(lambda x, _: nodes.Expm1(x), -20.0, 6.0),
    nodes.Log: lambda: floats(lambda x, _: nodes.Log(x)),
    nodes.Log1p: lambda: floats(lambda x, _: nodes.Log1p(x)),
    nodes.Power: lambda: floats(lambda x, _: nodes.Power(x, 0.5)),
    nodes.Clip: lambda: floats(
        lambda x, d: nodes.Clip(x, np.asarray(-2.5, dtype=d), np.asarray(3.1, dtype=d))
    ),
    nodes.Floor: lambda: floats(lambda x, _: nodes.Floor(x)),
    nodes.IsNan: lambda: floats(lambda x, _: nodes.IsNan(x)),
    nodes.Equal: lambda: [pair(nodes.Equal, dtype) for dtype in FLOATS],
    nodes.Less: lambda: [pair(nodes.Less, dtype) for dtype in FLOATS],
    nodes.Where: lambda: floats(lambda x, d: nodes.Where(nodes.IsNan(x), const(0.1, d), x)),
    nodes.Bucketize: lambda: floats(
        lambda x, d: nodes.Bucketize(x, np.asarray([-3.0, 0.0, 0.1, 64.0], dtype=d))
    ),
    nodes.Lookup: lambda: [
        one(lambda x, _: _lookup(x), words()),
        one(lambda x, _: nodes.Lookup(x, (0, 3, 5), (1, 2, 3), 0, 0), codes()),
    ],
    nodes.OneHot: lambda: [
        one(lambda x, _: nodes.OneHot(x, 6, "one_hot", "float32"), codes()),
        one(lambda x, _: nodes.OneHot(x, 6, "multi_hot", "float32"), _grid(codes())),
        one(lambda x, _: nodes.OneHot(x, 6, "count", "float32"), _grid(codes())),
    ],
    nodes.HashBucket: lambda: [
        one(lambda x, _: nodes.HashBucket(x, 97, 1), codes()),
        one(lambda x, _: nodes.HashBucket(x, 97, 1), words()),
    ],
    nodes.Take: lambda: [one(lambda x, _: nodes.Take(x, (3, 0, 0)), _grid(numbers("float32")))],
    nodes.Reshape: lambda: [
        one(lambda x, _: nodes.Reshape(x, (2, 2, 1)), _grid(numbers("float32")))
    ],
    nodes.Concat: lambda: [
        one(lambda x, _: nodes.Concat((x, nodes.Take(x, (1,)))), _grid(numbers("float32")))
    ],
    nodes.Strip: lambda: [one(lambda x, _: _lookup(nodes.Strip(x)), words())],
    nodes.Lower: lambda: [one(lambda x, _: _lookup(nodes.Lower(nodes.Strip(x))), words())],
    nodes.Erase: lambda: [one(lambda x, _: _lookup(nodes.Erase(x, "aé")), words())],
    nodes.Split: lambda: [one(lambda x, _: _lookup(nodes.Split(x, 2)), words())],
    nodes.Bag: lambda: [one(lambda x, _: nodes.Bag(x, ("a", "b"), 4), words())],
}


def distance(given: Array, wanted: Array) -> int:
    """How many representable numbers two arrays are apart at most; equal NaNs are 0 apart."""
    if given.shape != wanted.shape or given.dtype != wanted.dtype:
        raise TypeError(f"{given.dtype}{given.shape} in place of {wanted.dtype}{wanted.shape}")
    if given.dtype.kind != "f":
        return 0 if np.array_equal(given, wanted) else sys.maxsize
    if not np.array_equal(np.isnan(given), np.isnan(wanted)):
        return sys.maxsize
    there = ~np.isnan(wanted)
    ordered = [_ordered(array[there]) for array in (given, wanted)]
    return max((abs(int(a) - int(b)) for a, b in _differing(*ordered)), default=0)


def _differing(given: Array, wanted: Array) -> Iterator[tuple[int, int]]:
    different = given != wanted
    return zip(given[different].tolist(), wanted[different].tolist(), strict=True)


def _ordered(values: Array) -> Array:
    """The floats' bits as integers in the floats' order; both zeros are 0."""
    bits = values.view(f"i{values.dtype.itemsize}").astype(np.int64)
    return np.where(bits < 0, np.iinfo(f"i{values.dtype.itemsize}").min - bits, bits)


def node_types() -> list[type[nodes.Node]]:
    """The closed set, in the order of `ir/nodes.py`."""
    return list(get_args(nodes.Node))


def measured(target: Any, node: type[nodes.Node]) -> int | None:
    """The greatest distance over a node's cases; `None` if the target refuses it."""
    if isinstance(parity(target.PARITY, node), Unsupported):
        return None
    return max(
        distance(target.compile(case.graph)(case.columns)["y"], wanted["y"])
        for case in CASES[node]()
        for wanted in [reference.run(case.graph, case.columns)]
    )


def declared(target: Any) -> dict[str, str]:
    """What a target declares, by node."""
    return {node.__name__: _declaration(parity(target.PARITY, node)) for node in node_types()}


def _declaration(declaration: Any) -> str:
    match declaration:
        case Exact():
            return "exact"
        case Ulp(n):
            return f"≤ {n} ulp"
        case Host():
            return "host"
        case Unsupported(reason):
            return f"unsupported: {reason}"
    raise TypeError(declaration)


def columns() -> list[tuple[str, str, str]]:
    """Title, target and Keras backend of each column of the table."""
    return [
        (f"{name} on {backend}" if backend else name, name, backend)
        for name in targets.names()
        for backend in (BACKENDS if name == "keras" else ("",))
    ]


def all_declared() -> dict[str, dict[str, str]]:
    """What each target declares, by column of the table; Keras' backends share one declaration."""
    found = {name: ask(name, BACKENDS[0], measure=False) for name in targets.names()}
    return {title: found[name]["declared"] for title, name, _ in columns()}


def ask(name: str, backend: str, *, measure: bool) -> dict[str, Any]:
    """What a target declares and does, from a process of its own."""
    command = [sys.executable, __file__, "--target", name, *(["--measure"] if measure else [])]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"KERAS_BACKEND": backend} if backend else {}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} {backend}: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def answer(name: str, *, measure: bool) -> dict[str, Any]:
    """The answer to `ask`, in the process of the target."""
    target = targets.load(name)
    found: dict[str, Any] = {"declared": declared(target)}
    if measure:
        found["measured"] = {node.__name__: measured(target, node) for node in node_types()}
    return found


def cell(declaration: str, found: int | None) -> str:
    """One cell: what is declared, and what was measured where that isn't 0."""
    return f"{declaration} (measured {found})" if found else declaration


def exceeded(title: str, answer: Mapping[str, Any]) -> Iterator[str]:
    """Where a target is further from the reference than it declares."""
    for node, declaration in answer["declared"].items():
        bound = int(declaration.split()[1]) if declaration.startswith("≤") else 0
        if (answer["measured"][node] or 0) > bound:
            yield f"{title}: {node} is {answer['measured'][node]} ulp off, declared {declaration}"


def page(answers: Mapping[str, Mapping[str, Any]]) -> str:
    """The page."""
    head = f"| node | {' | '.join(answers)} |\n|---|{'---|' * len(answers)}\n"
    rows = [f"| {node.__name__} | {row(node.__name__, answers)} |" for node in node_types()]
    return INTRODUCTION + head + "\n".join(rows) + "\n\n" + conditions() + NOTE


def row(node: str, answers: Mapping[str, Mapping[str, Any]]) -> str:
    """The cells of one node."""
    cells = [cell(found["declared"][node], found["measured"][node]) for found in answers.values()]
    return " | ".join(cells)


def conditions() -> str:
    """On what the figures were measured."""
    packages = ("numpy", "keras", "jax", "tensorflow-cpu", "torch", "onnx", "onnxruntime")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"Measured on {platform.machine()} CPU ({platform.system()}) with Python"
        f" {platform.python_version()}, {versions}; {ROWS:,} values a case."
    )


NOTE = "\n\n<!-- Written by tools/numerics.py: `make reference`. -->\n"
INTRODUCTION = """\
# Parity table

How near each target is to the reference (`ir/reference.py`, NumPy), node by node, in float32 and
float64.

- **exact**: every bit is the reference's (a NaN is a NaN, whatever its payload).
- **≤ n ulp**: at most n representable numbers apart; the largest distance that was measured stands
  beside it.
- **host**: the node runs in NumPy on the host, before the framework takes over; so it is exact. A
  predictor does that by itself; an exported model has an input `COLUMN_host` in its place.
- **unsupported**: refused by name, with the reason and a remedy, when the graph is compiled.

What isn't declared in a target's file is exact. The parity suite fails when a declaration is
exceeded, and when one isn't needed. Affine transforms are `Sub` then `Mul`, which is exact on every
target; [how it works](how_it_works.md#the-normal-form) says what was kept out of the set for that.
Inputs here are of magnitudes 2⁻³⁰ to 2³⁰ (`Exp`, `Expm1`: up to 2⁶), with zeros and NaN; subnormal
numbers aren't covered, since some runtimes flush them to zero.

`samescale.sklearn.Preprocessor` runs the numpy target. Keras and JAX compute in 32 bits: a float64
column is exact there too, for it is computed on the host until it is narrowed. torch and ONNX
Runtime compute in float64 themselves. A bundle's ONNX form has even the nodes that aren't exact run
on the host, so that what it answers from are NumPy's features.

Transforms are made of these nodes: one is as near as the nodes in it. Inexact are `Log1p`,
`PowerTransform`, `QuantileTransform` to a normal distribution, and a `Computed` of such nodes; all
others are exact on every target. `tests/contract/test_transforms_everywhere.py` holds every case of
every transform, of float32 and of float64 columns, to that.

"""


def main() -> int:
    """Write the page, or answer for one target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", help="answer for this target, as JSON")
    parser.add_argument("--measure", action="store_true", help="measure, too")
    parser.add_argument("--declared", action="store_true", help="print the declarations as JSON")
    options = parser.parse_args()
    if options.target:
        print(json.dumps(answer(options.target, measure=options.measure)))
        return 0
    if options.declared:
        print(json.dumps(all_declared()))
        return 0
    answers = {title: ask(name, backend, measure=True) for title, name, backend in columns()}
    problems = [text for title, found in answers.items() for text in exceeded(title, found)]
    print("\n".join(problems) or "every target keeps what it declares")
    if not problems:
        PAGE.write_text(page(answers), encoding="utf-8")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
