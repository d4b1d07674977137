"""A process of one peer: it is told by lines of JSON what to do, and answers with lines of JSON.

Each peer has a process of its own, for Keras reads its backend once when it is imported, thread
pools of two libraries disturb each other, and peaks of memory can be told apart.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

import data
import peers
import tree
from peers.base import Prepared, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def main() -> int:
    """Answer until the line is closed."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what frameworks print mustn't stand among the answers
    ready: dict[str, Prepared] = {}
    for line in sys.stdin:
        try:
            answer = _answer(json.loads(line), ready)
        except Exception as error:  # noqa: BLE001 - the other side says it in the table
            traceback.print_exc()
            answer = {"failed": f"{type(error).__name__}: {str(error).strip().splitlines()[:1]}"}
        print(json.dumps(answer), file=answers, flush=True)
    return 0


def _answer(message: Mapping[str, Any], ready: dict[str, Prepared]) -> dict[str, Any]:
    name = message["offer"]
    match message["do"]:
        case "prepare":
            began = time.perf_counter()
            ready[name] = peers.offers()[name][1].prepare(Work(**message["work"]))
            return {"seconds": time.perf_counter() - began}
        case "run":
            return _run(ready[name], message["calls"])
        case "learned":
            return _learned(ready[name])
        case "drop":
            ready.pop(name, None)
            data.clear()
            gc.collect()
            return {}
    raise ValueError(message["do"])


def _learned(prepared: Prepared) -> dict[str, Any]:
    found: list[Any] = []
    took = _run(Prepared(lambda: found.append(prepared.once()), prepared.learned), 1)
    learned = prepared.learned(found[0])
    numbers = None if learned is None else [list(map(float, x)) for x in learned]
    return {**took, "learned": numbers}


def _run(prepared: Prepared, calls: int) -> dict[str, Any]:
    gc.collect()
    before = tree.begin()
    began, spent = time.perf_counter(), time.process_time()
    for _ in range(calls):
        prepared.once()
    wall, cpu = time.perf_counter() - began, time.process_time() - spent
    others, memory = tree.end(before)
    return {"wall": wall / calls, "cpu": (cpu + others) / calls, "memory": memory}


if __name__ == "__main__":
    sys.exit(main())
