"""Counts of strings as Arrow holds them, for the kernels in C."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Self, final

import numpy as np

from samescale import native
from samescale.ir import hashing
from samescale.native import strings as kernels
from samescale.statistics._counts.distinct import Distinct
from samescale.statistics._counts.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samescale.ir.types import Array


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Texts(Distinct):
    """How often each string occurs.

    Attributes:
        strings: The strings in UTF-8 (half of a surrogate pair as if it were a character), with
            int64 offsets from 0 on.
        counts: How often each occurs.
    """

    strings: kernels.Strings
    counts: Array

    @classmethod
    def union(cls, parts: Sequence[Distinct]) -> Self:
        """The counts of several parts together."""
        texts = [part if isinstance(part, Texts) else _encoded(part.by_value()) for part in parts]
        with kernels.table(max(map(len, texts))) as table:
            for part in texts:
                table.add(part.strings, part.counts)
            strings, counts, _ = table.strings()
        return cls(strings, counts)

    def by_value(self) -> Mapping[str, int]:
        """The counts by string."""
        return self._words().by_value()

    def order(self) -> Array:
        """The places of the strings. UTF-8 has the order of the characters."""
        if native.available("strings"):
            return kernels.order(self.strings, self.counts)
        return self._words().order()

    def values(self, places: Array) -> list[str]:
        """The strings at some places."""
        data, offsets = self.strings.data.tobytes(), self.strings.offsets
        cuts = zip(offsets[places].tolist(), offsets[places + 1].tolist(), strict=True)
        if data.isascii():
            text = data.decode("ascii")
            return [text[start:stop] for start, stop in cuts]
        return [data[start:stop].decode("utf-8", "surrogatepass") for start, stop in cuts]

    def buckets(self, bins: int, salt: int) -> Array:
        """The bucket of each string."""
        if native.available("strings"):
            return kernels.buckets(self.strings, hashing.seed(salt), bins)
        return self._words().buckets(bins, salt)

    def take(self, places: Array) -> Distinct:
        """The strings at some places only."""
        if native.available("strings"):
            return Texts(kernels.gather(self.strings, places), self.counts[places])
        return self._words().take(places)

    def _words(self) -> Words:
        """The same without kernels, which another machine may have counted with."""
        return Words(self.values(np.arange(len(self.counts))), self.counts)


def _encoded(counted: Mapping[str, int]) -> Texts:
    data = [text.encode("utf-8", "surrogatepass") for text in counted]
    offsets = np.zeros(len(data) + 1, np.int64)
    np.cumsum([len(one) for one in data], out=offsets[1:])
    strings = kernels.Strings(offsets, np.frombuffer(b"".join(data), np.uint8))
    return Texts(strings, np.fromiter(counted.values(), np.int64, len(data)))
