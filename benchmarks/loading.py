"""How long a bundle takes to load, each time in a process of its own."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

import tree
import words
from bar import Bar, Times

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from how import How

RUNTIMES = ("onnx", "native")
KEYS = {"loading a Keras bundle": "loaded", "loading it, and its first answer": "answered"}


def bars(path: Path, how: How) -> Iterator[dict[str, Any]]:
    """Loading through ONNX Runtime beside loading natively; there is no bar."""
    how.say("loading")
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in RUNTIMES}
    for turn in range(1 if how.quick else min(how.rounds, 5)):
        for name in RUNTIMES if turn % 2 == 0 else reversed(RUNTIMES):
            found[name].append(_child(path, name))
    for what, key in KEYS.items():
        times = {name: _times(rounds, key) for name, rounds in found.items()}
        shown = Bar(what, "the same natively", 0, "native", "onnx").measured(times)
        yield {**shown, "note": _note(times, shown["seconds"])}


def _times(rounds: Sequence[Mapping[str, Any]], key: str) -> Times:
    walls = [one[key] for one in rounds]
    cpu = min(one[f"{key} cpu"] for one in rounds)
    peaks = [one["peak"] for one in rounds if one["peak"] is not None]
    return Times(median(walls), min(walls), cpu, median(peaks) if peaks else None)


def _note(times: Mapping[str, Times], seconds: Sequence[float]) -> str:
    slow, fast = map(words.time, seconds)
    more, less = (words.memory(times[name].memory) for name in ("native", "onnx"))
    return f"{slow} : {fast}; peak of memory {more} : {less}"


def _child(path: Path, runtime: str) -> dict[str, Any]:
    command = [sys.executable, __file__, str(path), runtime]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> int:
    """Load a bundle, answer a row, and say what that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", help="a bundle of numbers")
    parser.add_argument("runtime", choices=RUNTIMES)
    args = parser.parse_args()
    import samescale as ss

    began, ran = time.perf_counter(), time.process_time()
    predictor = ss.load(args.path, runtime=args.runtime)
    loaded, loaded_cpu = time.perf_counter() - began, time.process_time() - ran
    predictor.answer([dict.fromkeys(predictor.schema.names, 1.0)])
    answered, answered_cpu = time.perf_counter() - began, time.process_time() - ran
    told = {"loaded": loaded, "loaded cpu": loaded_cpu, "answered": answered}
    print(json.dumps({**told, "answered cpu": answered_cpu, "peak": tree.peak()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
