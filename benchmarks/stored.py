"""What was measured, kept as JSON beside the benchmarks: the page is written from it.

A part can be measured anew by itself; the page is then written from it and what was kept.
"""

from __future__ import annotations

import dataclasses as dc
import datetime as dt
import json
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from how import How

FOLDER = Path(__file__).resolve().parent / "results"
PACKAGES = (
    "samescale",
    "numpy",
    "pyarrow",
    "scikit-learn",
    "polars",
    "duckdb",
    "keras",
    "jax",
    "tensorflow-cpu",
    "torch",
    "dask",
    "dask-ml",
    "ray",
    "pyspark",
)


def keep(part: str, found: Any, how: How) -> None:
    """Keep what was measured of a part, with the machine and the versions."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps({"about": about(how), "found": found}, indent=1, default=_plain)
    (FOLDER / f"{part}.json").write_text(text + "\n", encoding="utf-8")


def kept(part: str) -> dict[str, Any] | None:
    """What was kept of a part, if it ever was measured."""
    path = FOLDER / f"{part}.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def plain(found: Any) -> Any:
    """The same as it comes back from JSON."""
    return json.loads(json.dumps(found, default=_plain))


def _plain(value: Any) -> Any:
    return dc.asdict(value)


def about(how: How) -> dict[str, Any]:
    """The day, the machine, the versions, and how it was run."""
    return {
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": machine(),
        "python": platform.python_version(),
        "versions": {name: version for name in PACKAGES if (version := _version(name))},
        "rounds": how.rounds,
        "quick": how.quick,
    }


def free() -> float:
    """The bytes of memory that are free now, as far as the system tells; all of them otherwise."""
    path = Path("/proc/meminfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = [1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable")]
    return found[0] if found else float(_memory())


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def machine() -> str:
    """The processor, its cores, and the memory."""
    cores = os.cpu_count()
    return f"{_processor()}, {cores} cores, {_memory() / 2**30:.0f} GiB, {platform.system()}"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
