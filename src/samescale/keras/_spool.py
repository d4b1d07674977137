"""Batches that are read more than once, though what gave them may be read only once."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array

_BYTES = 32 * 2**20


@final
class Spool:
    """What was added, again and again: the first 32 MB in memory, the rest in a temporary file.

    Args:
        held: Whether what is added is in memory anyway.

    >>> spool = Spool()
    >>> spool.add(np.array([1.0, 2.0]))
    >>> [batch.tolist() for batch in spool], [batch.tolist() for batch in spool]
    ([[1.0, 2.0]], [[1.0, 2.0]])
    """

    def __init__(self, *, held: bool = False) -> None:
        self._memory: list[Array] = []
        self._files: list[Any] = []
        self._room = [float("inf") if held else _BYTES]
        self._spooled = [0]

    def add(self, batch: Array) -> None:
        """Keep a batch of numbers."""
        if batch.nbytes <= self._room[0]:
            self._room[0] -= batch.nbytes
            self._memory.append(batch)
            return
        if not self._files:
            self._files.append(tempfile.TemporaryFile())  # noqa: SIM115 - it lives on
        self._files[0].seek(0, 2)
        np.save(self._files[0], batch, allow_pickle=False)
        self._spooled[0] += 1

    def __iter__(self) -> Iterator[Array]:
        yield from self._memory
        for file in self._files:
            file.seek(0)
            for _ in range(self._spooled[0]):
                yield np.load(file, allow_pickle=False)

    def close(self) -> None:
        """Delete the file."""
        self._memory.clear()
        for file in self._files:
            file.close()
        self._files.clear()
