"""What a sink is: a file that takes a table chunk by chunk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from samescale.ir.types import Array


class Sink(ABC):
    """A file under construction. A concrete sink is made of the path alone.

    Attributes:
        SUFFIXES: The endings of the names of such files, lower case, with the dot.
    """

    SUFFIXES: ClassVar[tuple[str, ...]]

    @abstractmethod
    def __init__(self, path: Path) -> None: ...

    @abstractmethod
    def write(self, columns: Mapping[str, Array]) -> None:
        """Add rows: plain columns of one length, the same names and dtypes in every call."""

    @staticmethod
    @abstractmethod
    def join(parts: Sequence[Path], path: Path) -> None:
        """Write the rows of `parts`, files that such sinks made, into one file, streaming."""

    @abstractmethod
    def close(self) -> None:
        """Write what is left and let go of the file."""
