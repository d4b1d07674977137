"""Computed: what given nodes compute of columns."""

from __future__ import annotations

import dataclasses as dc
import json
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from samescale.errors import NotInvertibleError, SpecError
from samescale.ir import nodes as n
from samescale.ir.nans import Range, ranges
from samescale.ir.types import INTEGERS, TensorType
from samescale.ir.verify import types
from samescale.transforms._arguments import settle, texts
from samescale.transforms._formula import canonical, put, read, written
from samescale.transforms.base import Case, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned

INPUT = "x"


@final
@dc.dataclass(frozen=True, slots=True)
class Computed(Transform):
    """What a given graph computes: a formula with its constants, where no transform is that.

    `adopt` writes it for what another library fitted and no transform here computes to the bit: a
    float that is a category, a product of columns, a category among the infrequent. Nothing is
    learned, and it is computed in the graph's own dtype, which is float64 for what was adopted.

    Args:
        graph: The graph, with one output; as JSON text, or an object in a spec file: what
            `Computed.of` writes. Its input is called `x`, unless it reads `columns`.
        undo: The graph that undoes it, if there is one, from `x`.
        columns: The columns that it is computed of, if it stands first; its inputs are called so.
        names: What each number that it gives is called.

    Raises:
        SpecError: If that is no graph, or has other inputs.

    Examples:
        >>> import samescale as ss
        >>> from samescale.ir import nodes
        >>> from samescale.ir.types import TensorType
        >>> x = nodes.Input("x", TensorType("float64"))
        >>> spec = ss.Spec({"area": ss.transforms.load("Computed").of(nodes.Mul(x, x))})
        >>> spec.adapt({"area": [1.0, 2.0]}).transform({"area": [3.0]})["area"]
        array([9.], dtype=float32)
    """

    graph: str
    undo: str | None = None
    columns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        settle(self)
        texts(self, "columns", "names")
        for given in (self.graph, *([] if self.undo is None else [self.undo])):
            graph = read(given)
            inputs = {x.name for x in graph.inputs}
            wanted = {*self.columns} if self.columns and given is self.graph else {INPUT}
            if inputs != wanted or len(graph.outputs) != 1:
                raise SpecError(
                    f"Computed has a graph of {sorted(inputs)}, not of {sorted(wanted)} alone.",
                    remedy=f"Name its one input {INPUT!r}, or give the columns that it reads.",
                )

    @classmethod
    def of(
        cls,
        node: Node,
        undo: Node | None = None,
        *,
        columns: tuple[str, ...] = (),
        names: tuple[str, ...] = (),
    ) -> Self:
        """The transform that computes `node`.

        Args:
            node: What is computed, of an input `x` or of `columns`.
            undo: What undoes it, of an input `x`.
            columns: The columns that are read, if it stands first.
            names: What each number is called.
        """
        return cls(written(node), None if undo is None else written(undo), columns, names)

    @property
    def begins(self) -> bool:
        """Whether it reads columns by their names."""
        return bool(self.columns)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns, if it names them."""
        return self.columns

    def with_columns(self, columns: Mapping[str, Node]) -> Transform:
        """This transform with its columns."""
        return _Beside(self, dict(columns)) if self.columns else self

    def entries(self, name: str) -> tuple[str, ...] | None:
        """The names."""
        del name
        return self.names or None

    @property
    def takes_text(self) -> bool:
        """Whether its input is text."""
        return not self.columns and self._input.dtype == "string"

    @property
    def takes_integers(self) -> bool:
        """Whether its input is of whole numbers."""
        return not self.columns and self._input.dtype in INTEGERS

    @property
    def compares(self) -> bool:
        """Whether its input is float64: a float32 would be another number."""
        return bool(self.columns) or self._input.dtype == "float64"

    @property
    def accepts_missing(self) -> bool:
        """Whether what it gives can't be NaN."""
        graph = read(self.graph)
        found = ranges(graph, types(graph))
        return found[id(graph.outputs[0][1])] is not Range.NAN

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """The nodes themselves."""
        del learned
        return put(read(self.graph), {INPUT: x})

    def inverse(self, y: Node, learned: Mapping[str, Learned]) -> Node:
        """The nodes of `undo`.

        Raises:
            NotInvertibleError: If there are none.
        """
        del learned
        if self.undo is None:
            raise NotInvertibleError(
                "Computed can't be undone: it has no nodes for that.",
                remedy="Give undo, or leave it out of the target.",
                transform="Computed",
            )
        return put(read(self.undo), {INPUT: y})

    def to_config(self) -> dict[str, Any]:
        """As every transform's, the graphs as objects."""
        config = Transform.to_config(self)
        fields = config["configuration"]
        return {
            **config,
            "configuration": {
                key: json.loads(value) if key in _GRAPHS else value for key, value in fields.items()
            },
        }

    @classmethod
    def from_config(cls, configuration: Mapping[str, Any]) -> Self:
        """The transform of a configuration."""
        made: dict[str, Any] = {
            key: canonical(value) if key in _GRAPHS and isinstance(value, dict) else value
            for key, value in configuration.items()
        }
        return cls(**{key: _listed(value) for key, value in made.items()})

    @property
    def _input(self) -> TensorType:
        return read(self.graph).inputs[0].type


_GRAPHS = {"graph", "undo"}


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@final
@dc.dataclass(frozen=True, slots=True)
class _Beside(Transform):
    """A `Computed` that has been given its columns."""

    computed: Computed
    columns: Mapping[str, Node]

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        del x, learned
        return put(read(self.computed.graph), self.columns)


def _x(dtype: Any = "float64") -> n.Input:
    return n.Input(INPUT, TensorType(dtype))


def _doubled() -> Computed:
    two = n.Const(np.asarray(2.0))
    return Computed.of(n.Mul(_x(), two), n.Mul(_x(), n.Const(np.asarray(0.5))), names=("2 x",))


def _logarithm() -> Computed:
    return Computed.of(n.Log(_x()), n.Exp(_x()))


def _is_a() -> Computed:
    code = n.Lookup(_x("string"), ("a",), (1,), 0, 0)
    return Computed.of(n.Cast(code, "float32"))


CASES = (
    Case("number", _doubled()),
    Case("positive", _logarithm()),
    Case("string", _is_a()),
)
