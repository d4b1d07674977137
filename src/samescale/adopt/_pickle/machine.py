"""The machine that a pickle is a program for: a stack, marks and a memo, and nothing to call."""

from __future__ import annotations

import io
import struct
from pickletools import opcodes
from typing import TYPE_CHECKING, Any, Final, Never, final

from samescale.adopt._pickle.limits import MAX_DEPTH, MAX_STACK, MAX_STEPS
from samescale.adopt._pickle.refusal import malformed, refused, too_much

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPCODES: Final = {opcode.code.encode("latin-1"): opcode for opcode in opcodes}
_MARK: Final = object()
# What the readers of opcodes' arguments raise when bytes are missing or aren't what they should be.
_FAULTS: Final = (ValueError, struct.error, OverflowError, EOFError, AssertionError, IndexError)


@final
class Machine:
    """One run through one pickle of a file.

    Args:
        stream: The unpacked file, at the pickle's beginning; left behind its `STOP`.
        before: The machine of the pickle that this one stands in, or behind; all of a file share
            their steps.
        depth: How many pickles this one stands in.
    """

    def __init__(
        self, stream: io.BytesIO, before: Machine | None = None, *, depth: int = 0
    ) -> None:
        self.stream = stream
        self.depth = depth
        self._left: Iterator[int] = iter(range(MAX_STEPS)) if before is None else before._left  # noqa: SLF001
        self.size = _size(stream)
        self.memo: dict[int, Any] = {}
        self._stack: list[Any] = []
        self._spent = {"copied": 0, "at": 0}
        if depth > MAX_DEPTH:
            raise too_much(f"more than {MAX_DEPTH} pickles inside one another")

    @property
    def at(self) -> int:
        """Where the opcode stands that is being followed."""
        return self._spent["at"]

    def run(self) -> Any:
        """Follow the pickle to its `STOP`.

        Returns:
            What it leaves: plain values and shells.

        Raises:
            SourceError: If it is malformed, asks for code, or goes beyond a limit.
        """
        from samescale.adopt._pickle.opcodes import ACTIONS

        for _ in self._left:
            name, argument = self._next()
            if name == "STOP":
                return self.pop()
            action = ACTIONS.get(name)
            if action is None:
                raise refused(name, "uses the opcode", self.at)
            action(self, argument)
        raise too_much(f"more than {MAX_STEPS} steps")

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        if len(self._stack) >= MAX_STACK:
            raise too_much(f"more than {MAX_STACK} values on its stack")
        self._stack.append(value)

    def pop(self) -> Any:
        """Take the uppermost value."""
        if not self._stack or self._stack[-1] is _MARK:
            self.fail("a value is missing")
        return self._stack.pop()

    def top(self) -> Any:
        """The uppermost value, left where it is."""
        if not self._stack or self._stack[-1] is _MARK:
            self.fail("a value is missing")
        return self._stack[-1]

    def mark(self) -> None:
        """Put a mark on the stack."""
        self.push(_MARK)

    def cut(self) -> list[Any]:
        """Take all values above the last mark, and the mark."""
        above: list[Any] = []
        while self._stack and self._stack[-1] is not _MARK:
            above.append(self._stack.pop())
        self.drop()
        return above[::-1]

    def drop(self) -> None:
        """Take the uppermost value or mark."""
        if not self._stack:
            self.fail("a mark is missing")
        self._stack.pop()

    def spend(self, size: int) -> None:
        """Count bytes that are copied: one value may be named often, and is copied each time."""
        self._spent["copied"] += size
        if self._spent["copied"] > 2 * self.size:
            raise too_much("bytes that it repeats again and again")

    def fail(self, what: str) -> Never:
        """Say that the pickle is damaged, and where.

        Raises:
            SourceError: Always.
        """
        raise malformed(what, self.at)

    def _next(self) -> tuple[str, Any]:
        self._spent["at"] = self.stream.tell()
        code = self.stream.read(1)
        if not code:
            self.fail("it is cut short")
        opcode = _OPCODES.get(code)
        if opcode is None:
            self.fail(f"{code!r} is no opcode of a pickle")
        try:
            return opcode.name, opcode.arg and opcode.arg.reader(self.stream)
        except _FAULTS as error:
            raise malformed(f"{opcode.name} lacks its argument", self.at) from error


def _size(stream: io.BytesIO) -> int:
    place = stream.tell()
    size = stream.seek(0, io.SEEK_END)
    stream.seek(place)
    return size
