"""CategoryEncoding: a code as a vector."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

from samescale.errors import DataError, SpecError
from samescale.ir import nodes
from samescale.ir.build import cardinality
from samescale.ir.types import INTEGERS
from samescale.ir.verify import type_of
from samescale.statistics.extent import Extent
from samescale.transforms._arguments import settle
from samescale.transforms._codes import VectorMode, check_mode, encode
from samescale.transforms.base import Case, Need, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned


@final
@dc.dataclass(frozen=True, slots=True)
class CategoryEncoding(Transform):
    """Codes of 0…num_tokens-1 as vectors, as `keras.layers.CategoryEncoding`.

    A code out of range is an error on `adapt`. Later it becomes a vector of zeros, and the guard
    reports it (SG204).

    Args:
        num_tokens: How many codes there are. Behind a lookup or a Discretization it is known, and
            may be left out.
        output_mode: `one_hot` gives each code a vector; `multi_hot` and `count` join the codes of
            the last axis of a row into one.

    Raises:
        SpecError: If the number of codes isn't known, or the input isn't codes.
        DataError: On `adapt`, if a code is out of range; names the code.

    Examples:
        >>> import samescale as ss
        >>> spec = ss.Spec({"day": ss.CategoryEncoding(3, output_mode="one_hot")})
        >>> spec.adapt({"day": [0, 2, 1]}).transform({"day": [2, 0]})["day"]
        array([[0., 0., 1.],
               [1., 0., 0.]], dtype=float32)
    """

    num_tokens: int | None = None
    output_mode: VectorMode = "multi_hot"

    def __post_init__(self) -> None:
        settle(self)
        check_mode("CategoryEncoding", self.output_mode, allow_int=False)
        if self.num_tokens is not None and not (
            type(self.num_tokens) is int and self.num_tokens >= 1
        ):
            raise SpecError(
                f"CategoryEncoding(num_tokens={self.num_tokens!r}) is no number of codes.",
                remedy="Give 1 or more; the mode is output_mode='one_hot'.",
                value=self.num_tokens,
            )

    @property
    def learns(self) -> bool:
        """Whether codes of the data itself must be checked."""
        return self.num_tokens is not None

    @property
    def takes_integers(self) -> bool:
        """Always: they are codes, not amounts."""
        return True

    def needs(self, x: Node) -> dict[str, Need]:
        """The extent of codes that come from the data; none behind a lookup."""
        return {} if cardinality(x) is not None else {"extent": Need(Extent())}

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """One `OneHot`."""
        if type_of(x).dtype not in INTEGERS:
            raise SpecError(
                f"CategoryEncoding takes codes, and {type_of(x)} isn't.",
                remedy="Put StringLookup, IntegerLookup or Discretization in front.",
            )
        depth = self.num_tokens or cardinality(x)
        if depth is None:
            raise SpecError(
                "CategoryEncoding doesn't know how many codes there are.",
                remedy="Give num_tokens, or put a lookup in front.",
            )
        if "extent" in learned:
            _check_range(learned["extent"], depth)
        codes = x if type_of(x).dtype == "int64" else nodes.Cast(x, "int64")
        return encode(codes, depth, self.output_mode)


def _check_range(extent: Learned, depth: int) -> None:
    found: Any = extent
    for code in (*found["min"], *found["max"]):
        if code is not None and not 0 <= code < depth:
            raise DataError(
                f"Code {code} is out of range for CategoryEncoding(num_tokens={depth}).",
                remedy=f"Codes are 0…{depth - 1}: raise num_tokens, or use IntegerLookup.",
                value=code,
            )


CASES = (
    Case("code", CategoryEncoding(5, output_mode="one_hot")),
    Case("codes", CategoryEncoding(5, output_mode="one_hot")),
    Case("codes", CategoryEncoding(5, output_mode="multi_hot")),
    Case("codes", CategoryEncoding(5, output_mode="count")),
)
