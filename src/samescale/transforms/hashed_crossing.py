"""HashedCrossing: a combination of values as one of so many bins."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Literal, final

from samescale.errors import SpecError
from samescale.transforms._arguments import settle, texts, whole
from samescale.transforms._crossing import CrossedColumns
from samescale.transforms.base import Case, Transform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samescale.ir.nodes import Node
    from samescale.transforms.base import Learned

_MOST_BINS = 2**31 - 1
_SALTS = 2**64
_FEWEST = 2


@final
@dc.dataclass(frozen=True, slots=True)
class HashedCrossing(Transform):
    """The combination of a row's values in several columns, as its hash among `num_bins`.

    As `keras.layers.HashedCrossing`, for what no column tells alone: the shop *in* the city. It
    stands first in a chain and names its columns itself; the feature has any name. Different
    combinations may share a bin. The order of the columns matters, and 12 and "12" are the same.

    The hash is **another one than Keras'** (FarmHash64 of the joined texts, which needs
    TensorFlow). It is put together from those of `Hashing`, with which it shares `docs/format.md`:
    each column has a code of 26 bits, and two codes side by side are a whole number that is hashed
    again.

    A missing string is a value as any other and has a hash of its own, so each combination with it
    has a bin.

    Args:
        columns: The names of two or more columns of strings or whole numbers.
        num_bins: How many bins there are.
        salt: A whole number of 0…2**64-1; another salt is another hash. `None` is 0.
        output_mode: `int` for the bin, or `one_hot` of it.

    Raises:
        SpecError: If there are fewer than two columns, or one twice, not enough bins or no such
            salt, or a column is neither text nor whole numbers, or several a row.

    Examples:
        >>> import samescale as ss
        >>> spec = ss.Spec({"place": ss.HashedCrossing(("city", "shop"), num_bins=1000)})
        >>> fitted = spec.adapt({"city": ["Bern", "Rome"], "shop": [12, 7]})
        >>> fitted.transform({"city": ["Bern", "Bern"], "shop": [12, 7]})["place"]
        array([281, 845])
    """

    columns: tuple[str, ...]
    num_bins: int
    salt: int | None = None
    output_mode: Literal["int", "one_hot"] = "int"

    def __post_init__(self) -> None:
        settle(self)
        texts(self, "columns")
        whole(self, "num_bins", "salt")
        names = self.columns or ()
        if len(names) < _FEWEST or len(set(names)) != len(names):
            raise _wrong(self, "columns", "Name two columns or more, each once.")
        if not (type(self.num_bins) is int and 1 <= self.num_bins <= _MOST_BINS):
            raise _wrong(self, "num_bins", f"Give 1…{_MOST_BINS}.")
        if not (self.salt is None or (type(self.salt) is int and 0 <= self.salt < _SALTS)):
            raise _wrong(self, "salt", "Give one whole number of 0…2**64-1, or None.")
        if self.output_mode not in {"int", "one_hot"}:
            raise _wrong(self, "output_mode", "It is one of int, one_hot.")

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are crossed."""
        return self.columns

    @property
    def begins(self) -> bool:
        """Always."""
        return True

    @property
    def takes_text(self) -> bool:
        """Always."""
        return True

    @property
    def takes_integers(self) -> bool:
        """Always: they are names, not amounts."""
        return True

    @property
    def accepts_missing(self) -> bool:
        """Always: a missing string has a hash of its own."""
        return True

    def with_columns(self, columns: Mapping[str, Node]) -> CrossedColumns:
        """What it is with its columns."""
        crossed = {name: columns[name] for name in self.columns}
        return CrossedColumns(crossed, self.num_bins, self.salt or 0, self.output_mode)

    def lower(self, x: Node, learned: Mapping[str, Learned]) -> Node:
        """Nothing by itself: `with_columns` gives what can be lowered."""
        del x, learned
        raise _wrong(self, "columns", "Its columns are given by a Spec, which reads them.")


def _wrong(transform: HashedCrossing, name: str, remedy: str) -> SpecError:
    value = getattr(transform, name)
    return SpecError(
        f"HashedCrossing({name}={value!r}) isn't what it takes.", remedy=remedy, value=value
    )


CASES = (
    Case("string", HashedCrossing(("x", "y"), 7), (("y", "code"),)),
    Case("code", HashedCrossing(("y", "x"), 5, 3, "one_hot"), (("y", "string"),)),
    Case("string", HashedCrossing(("x", "y", "z"), 2**31 - 1), (("y", "string"), ("z", "code"))),
)
