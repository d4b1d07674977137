"""The closed set of primitive operations.

Every transform lowers to these and every target runs these: nothing else crosses the line between
them. A node is a frozen value that holds its arguments; a graph is its outputs. All of them work
row by row: there is no reduction over rows, so a batch of one gives what a batch of a million
gives. `ir/reference.py` is what each of them means.

Adding a node means editing every target (mypy names them), so it needs a record in
`docs/decisions/`.
"""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Literal, TypeAlias, final

if TYPE_CHECKING:
    from samescale.ir.types import Array, DType, TensorType

Cut: TypeAlias = Literal["whitespace", "character"]

# Nodes compare by identity: a graph is a DAG, and structural equality of a DAG costs exponential
# time. Two graphs are the same when their digests are (`ir/serial.py`).


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Input:
    """A column as the caller sends it."""

    name: str
    type: TensorType


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Const:
    """A frozen array, broadcast against one row: shape `()` or one that broadcasts to the row's."""

    value: Array


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Cast:
    """To another dtype. A float that may be NaN must be made whole before it becomes an integer."""

    x: Node
    dtype: DType


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Sub:
    """`x - y`, both of one float dtype. `x + c` is written as `x - (-c)`."""

    x: Node
    y: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Mul:
    """`x * y`, both of one float dtype. Division is by the reciprocal, taken when frozen."""

    x: Node
    y: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Exp:
    """The exponential of a float."""

    x: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Expm1:
    """`exp(x) - 1` without loss near 0."""

    x: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Log:
    """The natural logarithm; NaN below 0, -inf at 0."""

    x: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Log1p:
    """`log(1 + x)` without loss near 0; NaN below -1, -inf at -1."""

    x: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Power:
    """`x` to the power of a constant; NaN where the real power has no value."""

    x: Node
    exponent: float


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Clip:
    """Into `[low, high]`; NaN stays NaN. The bounds are constants of x's dtype."""

    x: Node
    low: Array
    high: Array


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Floor:
    """The greatest whole number that isn't above `x`."""

    x: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class IsNan:
    """Whether a float is NaN, or a string is missing (`None`)."""

    x: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Equal:
    """`x == y`, elementwise, of one dtype; NaN equals nothing."""

    x: Node
    y: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Less:
    """`x < y`, elementwise, of one numeric dtype; NaN is less than nothing."""

    x: Node
    y: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Where:
    """`x` where the condition holds, else `y`; both of one dtype."""

    condition: Node
    x: Node
    y: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Bucketize:
    """How many of the ascending `edges` are not above `x`: int64 in 0…len(edges). NaN gives 0."""

    x: Node
    edges: Array


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Lookup:
    """The value (int64) that stands for a key; `default` for any other, `missing` for no string.

    `x` is a string or an integer tensor; `keys` is a tuple of the same kind, without repeats.
    """

    x: Node
    keys: tuple[str, ...] | tuple[int, ...]
    values: tuple[int, ...]
    default: int
    missing: int


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class OneHot:
    """A code as a vector of length `depth`, on a new last axis; a code out of range gives zeros.

    `one_hot` adds an axis to every code. `multi_hot` and `count` first join the codes of the last
    axis of a row: whether a code is among them, and how often.
    """

    x: Node
    depth: int
    mode: Literal["one_hot", "multi_hot", "count"]
    dtype: DType


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class HashBucket:
    """A bucket in 0…bins-1 (int64) for a string or an integer, by the hash of `docs/format.md`."""

    x: Node
    bins: int
    salt: int


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Take:
    """The entries `indices` of the last axis of a row, in that order."""

    x: Node
    indices: tuple[int, ...]


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Reshape:
    """A row of another shape and the same number of entries, in C order."""

    x: Node
    shape: tuple[int, ...]


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Concat:
    """Rows joined along their last axis; all of one dtype and, but for that axis, of one shape."""

    xs: tuple[Node, ...]


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Strip:
    """A string without white space at its ends. Text zone: only before Lookup, HashBucket, Bag."""

    x: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Lower:
    """A string in lower case, as Python's `str.lower`. Text zone."""

    x: Node


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Erase:
    """A string without any of `characters`. Text zone."""

    x: Node
    characters: str


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Split:
    """The first `length` tokens of a string, on a new last axis; missing ones are `None`.

    Tokens are words (cut at white space) or characters, in runs of each length of `ngrams`, as
    `ir/text.py` says. Text zone.
    """

    x: Node
    length: int
    by: Cut = "whitespace"
    ngrams: tuple[int, ...] = (1,)


@final
@dc.dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Bag:
    """How often each of `keys` is among all tokens of a string: float32, on a new last axis.

    Tokens are those of `Split`, of which there may be any number. Entry 0 counts tokens that are
    no key, entry `i + 1` the key `i`; those up to `depth` are 0.
    """

    x: Node
    keys: tuple[str, ...]
    depth: int
    by: Cut = "whitespace"
    ngrams: tuple[int, ...] = (1,)


Text: TypeAlias = Strip | Lower | Erase | Split
Node: TypeAlias = (
    Input
    | Const
    | Cast
    | Sub
    | Mul
    | Exp
    | Expm1
    | Log
    | Log1p
    | Power
    | Clip
    | Floor
    | IsNan
    | Equal
    | Less
    | Where
    | Bucketize
    | Lookup
    | OneHot
    | HashBucket
    | Take
    | Reshape
    | Concat
    | Bag
    | Text
)


def arguments(node: Node) -> tuple[Node, ...]:
    """The nodes that `node` takes, in order."""
    match node:
        case Input() | Const():
            return ()
        case Sub(x, y) | Mul(x, y) | Equal(x, y) | Less(x, y):
            return (x, y)
        case Where(condition, x, y):
            return (condition, x, y)
        case Concat(xs):
            return xs
        case _:
            return (node.x,)


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """Named outputs over named inputs.

    Attributes:
        outputs: Pairs of name and node, in the order in which they are given back.
    """

    outputs: tuple[tuple[str, Node], ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node once, arguments before what takes them."""
        seen: dict[int, Node] = {}
        stack = [(node, False) for _, node in reversed(self.outputs)]
        while stack:
            node, ready = stack.pop()
            if id(node) in seen:
                continue
            if ready:
                seen[id(node)] = node
                continue
            stack.append((node, True))
            stack.extend((argument, False) for argument in reversed(arguments(node)))
        return tuple(seen.values())

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs, in the order in which the outputs first need them."""
        return tuple(node for node in self.nodes if isinstance(node, Input))
