"""A graph as a list of steps over slots: which array each step reads, and which it may overwrite.

Every node has a slot. A step may write over an argument when that argument's memory is nobody
else's (no input's, no later step's, no output's); otherwise it writes to its own buffer.
"""

from __future__ import annotations

import dataclasses as dc
import math
from typing import TYPE_CHECKING, final

from samescale.ir import nodes as n
from samescale.ir.verify import types
from samescale.targets.numpy.constants import spread
from samescale.targets.numpy.place import Place
from samescale.targets.numpy.steps import step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.ir.types import Array, TensorType
    from samescale.targets.numpy.place import Run, Step


@final
@dc.dataclass(frozen=True, slots=True)
class Output:
    """An output.

    Attributes:
        name: Its name.
        slot: The slot of its node.
        root: The slot whose buffer holds it.
        own: Whether that buffer is this output's alone, so that it needn't be copied.
    """

    name: str
    slot: int
    root: int
    own: bool


@final
@dc.dataclass(frozen=True, slots=True)
class Plan:
    """What a call does.

    Attributes:
        graph: The graph.
        types: The type of each slot.
        inputs: Name, type and slot of each input.
        constants: Slot and array of each constant, and the row that it stands beside, if that is
            the same for all that use it.
        steps: Slot and step, in order.
        buffers: The slots whose steps write to a buffer that is given to them.
        outputs: The outputs, in order.
        row_bytes: What one row takes in all buffers together.
    """

    graph: n.Graph
    types: tuple[TensorType, ...]
    inputs: tuple[tuple[str, TensorType, int], ...]
    constants: tuple[tuple[int, Array, tuple[int, ...] | None], ...]
    steps: tuple[tuple[int, Run], ...]
    buffers: tuple[int, ...]
    outputs: tuple[Output, ...]
    row_bytes: int


def plan(graph: n.Graph) -> Plan:
    """The plan of a well-formed graph."""
    nodes = graph.nodes
    found = types(graph)
    of = tuple(found[id(node)] for node in nodes)
    slots = {id(node): slot for slot, node in enumerate(nodes)}
    reads = [tuple(slots[id(x)] for x in n.arguments(node)) for node in nodes]
    ends = [slots[id(node)] for _, node in graph.outputs]
    needed = _unlifted(nodes, of, reads, ends)
    layout = _Layout(nodes, of, reads, ends)
    made = {slot: layout.step(slot) for slot in needed if layout.computed(slot)}
    buffers = tuple(slot for slot, step_ in made.items() if step_.writes)
    return Plan(
        graph=graph,
        types=of,
        inputs=tuple((x.name, x.type, slots[id(x)]) for x in graph.inputs),
        constants=tuple(layout.constants()),
        steps=tuple((slot, step_.run) for slot, step_ in made.items()),
        buffers=buffers,
        outputs=tuple(layout.outputs(graph)),
        row_bytes=sum(_bytes(of[slot]) for slot in buffers),
    )


def _unlifted(
    nodes: tuple[n.Node, ...],
    of: tuple[TensorType, ...],
    reads: list[tuple[int, ...]],
    ends: list[int],
) -> list[int]:
    """Let each Concat of numbers read them as columns; the slots that are then still needed."""
    lifts = {
        slot: reads[slot][0]
        for slot, node in enumerate(nodes)
        if isinstance(node, n.Reshape) and node.shape == (1,) and of[reads[slot][0]].shape == ()
    }
    for slot, node in enumerate(nodes):
        if isinstance(node, n.Concat) and all(read in lifts for read in reads[slot]):
            reads[slot] = tuple(lifts[read] for read in reads[slot])
    needed = set(ends)
    for slot in reversed(range(len(nodes))):
        reads[slot] = reads[slot] if slot in needed else ()
        needed.update(reads[slot])
    return [slot for slot in range(len(nodes)) if slot in needed]


@final
class _Layout:
    """Who holds which memory, and until when.

    Args:
        nodes: The nodes, a slot each.
        of: Their types.
        reads: The slots that each node reads.
        ends: The slots of the outputs.
    """

    def __init__(
        self,
        nodes: tuple[n.Node, ...],
        of: tuple[TensorType, ...],
        reads: list[tuple[int, ...]],
        ends: list[int],
    ) -> None:
        self._nodes, self._of, self._reads, self._ends = nodes, of, reads, ends
        self._parent = list(range(len(nodes)))
        self._last: dict[int, int] = {}
        self._beside: dict[int, set[tuple[int, ...] | None]] = {}
        for slot, node in enumerate(nodes):
            if isinstance(node, n.Reshape) and reads[slot]:  # a view of what it reads
                self._parent[slot] = self._root(reads[slot][0])
            self._last.update((self._root(read), slot) for read in reads[slot])
        self._last.update((self._root(end), len(nodes)) for end in ends)

    def computed(self, slot: int) -> bool:
        return not isinstance(self._nodes[slot], n.Input | n.Const)

    def step(self, slot: int) -> Step:
        """The step of `slot`; where it writes over an argument, they share their root from now."""
        reads = self._reads[slot]
        place = Place(
            node=self._nodes[slot],
            reads=reads,
            types=tuple(self._of[read] for read in reads),
            type=self._of[slot],
            constants=tuple(isinstance(self._nodes[read], n.Const) for read in reads),
            free=tuple(self._free(read, slot) for read in reads),
        )
        for read in reads:
            self._beside.setdefault(read, set()).add(place.type.shape if place.plain else None)
        made = step(place)
        if made.over is not None:
            self._share(slot, reads[made.over])
        return made

    def constants(self) -> Iterator[tuple[int, Array, tuple[int, ...] | None]]:
        """Each constant, spread for the row that it stands beside; after the steps are made."""
        for slot, node in enumerate(self._nodes):
            if isinstance(node, n.Const):
                beside = self._beside.get(slot, {None})
                shape = next(iter(beside)) if len(beside) == 1 else None
                yield slot, node.value if shape is None else spread(node.value, shape), shape

    def outputs(self, graph: n.Graph) -> Iterator[Output]:
        """Each output and the slot whose buffer holds it; after the steps are made."""
        taken: set[int] = set()
        for (name, _), end in zip(graph.outputs, self._ends, strict=True):
            root = self._root(end)
            yield Output(name, end, root, self.computed(root) and root not in taken)
            taken.add(root)

    def _root(self, slot: int) -> int:
        while self._parent[slot] != slot:
            self._parent[slot] = slot = self._parent[self._parent[slot]]
        return slot

    def _free(self, read: int, slot: int) -> bool:
        root = self._root(read)
        return (
            self.computed(root)
            and self._last[root] == slot
            and self._of[read] == self._of[slot]
            and self._of[read].dtype != "string"
        )

    def _share(self, slot: int, over: int) -> None:
        root = self._root(over)
        self._parent[slot] = root
        self._last[root] = self._last.get(slot, -1)


def _bytes(of: TensorType) -> int:
    return math.prod(of.shape) * of.numpy.itemsize
