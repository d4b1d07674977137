"""The memory of adapting a Parquet file: flat in the number of rows, and under a bar.

    python benchmarks/memory.py                   1 GB, and a tenth of it
    python benchmarks/memory.py --gigabytes 2     the bar of 400 MB

Each file is adapted in a process of its own, which says its own peak of resident memory.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import samescale as ss

NUMBERS = 20
GROUP = 2**17
ROW_BYTES = 8 * NUMBERS + 1
BAR_MB = 400
# Between two sizes the peak may differ by what an allocator happens to keep.
SLACK_MB = 40


def main() -> int:
    """Write two files, adapt both, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=1.0, help="the larger file's size")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(args.child)
    rows = int(args.gigabytes * 1e9 / ROW_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        peaks = [peak(Path(folder) / "table.parquet", size) for size in (rows // 10, rows)]
    flat, under = peaks[1] - peaks[0] <= SLACK_MB, peaks[1] <= BAR_MB
    print(
        f"flat: {flat} (10 × the rows, {peaks[1] - peaks[0]:+.0f} MB); under {BAR_MB} MB: {under}"
    )
    return 0 if flat and under else 1


def peak(path: Path, rows: int) -> float:
    """The peak of a process that adapts a file of so many rows, in MB."""
    write(path, rows)
    size = path.stat().st_size
    command = [sys.executable, __file__, "--child", str(path)]
    before, after, seconds = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()
    print(
        f"{rows:>12,} rows, {size / 1e9:6.3f} GB: peak {after} MB ({before} MB before), {seconds} s"
    )
    path.unlink()
    return float(after)


def write(path: Path, rows: int) -> None:
    """Numbers that don't compress, and a column of categories."""
    random = np.random.default_rng(0)
    cities = np.array([f"city {index}" for index in range(50)])
    with pq.ParquetWriter(path, _table(random, cities, 1).schema) as writer:
        for start in range(0, rows, GROUP):
            writer.write_table(_table(random, cities, min(GROUP, rows - start)))


def _table(random: np.random.Generator, cities: np.ndarray, rows: int) -> pa.Table:
    numbers = {f"x{i:02}": random.normal(3.0**i, 3.0**i, rows) for i in range(NUMBERS)}
    return pa.table({**numbers, "city": cities[random.integers(0, len(cities), rows)]})


def child(path: Path) -> int:
    """Adapt, and print the memory before, the peak, and the seconds."""
    spec = ss.Spec(
        {
            **{f"x{i:02}": [ss.Impute("mean"), ss.Normalization()] for i in range(NUMBERS)},
            "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        }
    )
    before = _resident()
    began = time.perf_counter()
    spec.adapt(path)
    print(f"{before:.0f} {_resident():.0f} {time.perf_counter() - began:.1f}")
    return 0


def _resident() -> float:
    """The peak of resident memory so far, in MB."""
    units = 1 if sys.platform == "darwin" else 1024  # macOS says bytes, Linux kilobytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * units / 1e6


if __name__ == "__main__":
    sys.exit(main())
