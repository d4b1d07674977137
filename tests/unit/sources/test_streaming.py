"""Many times the rows, the same peak of memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Megabytes that two runs of the same program may differ by.
NOISE = 40
PROGRAMS = {
    "parquet": """
import pyarrow as pa
from pyarrow import parquet
schema = pa.schema([(name, pa.float64()) for name in "abcdefghij"])
with parquet.ParquetWriter("t.parquet", schema) as writer:
    for start in range(0, rows, 50_000):
        part = np.random.default_rng(start).normal(size=(10, 50_000))
        writer.write_table(pa.table(list(part), schema=schema))
data = "t.parquet"
""",
    "csv": """
part = "".join(f"{i},{i / 7:.4f},text {i % 9}\\n" for i in range(50_000))
with open("t.csv", "w") as file:
    file.write("a,b,c\\n")
    for start in range(0, rows, 50_000):
        file.write(part)
data = "t.csv"
""",
    "batches": """
data = ({"a": np.full(50_000, 1.5), "b": np.arange(50_000)} for _ in range(0, rows, 50_000))
""",
}
READ = """
import resource
from samescale import sources
source = sources.open(data)
names = [column.name for column in source.columns]
counted = sum(chunk.rows for chunk in source.chunks(names))
assert counted == rows, counted
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def peak(program: str, rows: int, folder: object) -> float:
    """Megabytes of resident memory at most, of a process of its own."""
    code = f"import numpy as np; rows = {rows}\n{program}\n{READ}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


# Arrow's CSV reader fills a queue first, of some forty megabytes; of batches the first 32 MB stay
# in memory, and pyarrow isn't loaded before there are more.
FEW = {"parquet": 300_000, "csv": 2_000_000, "batches": 3_000_000}
TIMES = {"parquet": 10, "csv": 4, "batches": 10}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is counted in other units")
@pytest.mark.parametrize("kind", PROGRAMS)
def test_many_times_the_rows_peak_the_same(tmp_path, kind):
    few = peak(PROGRAMS[kind], FEW[kind], tmp_path)
    many = peak(PROGRAMS[kind], FEW[kind] * TIMES[kind], tmp_path)
    assert many < few + NOISE
