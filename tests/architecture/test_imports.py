"""Frameworks: each is imported in the place that is named for it, at that module's top."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.architecture.tree import Module, imports, modules, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

# Package -> the files and folders that may import it (`targets/keras` is the file or the folder).
PLACES: dict[str, tuple[str, ...]] = {
    "numpy": ("",),
    "pyarrow": ("sources/", "sinks/"),
    "rich": ("terminal", "cli/", "report/"),
    "keras": ("targets/keras", "models/keras", "convert/keras", "adopt/keras", "keras", "export/"),
    "h5py": ("models/keras", "adopt/keras"),
    "tensorflow": ("targets/keras", "models/keras", "keras", "export/saved_model"),
    "jax": ("targets/keras", "models/keras", "targets/jax", "keras"),
    "torch": (
        "targets/keras",
        "models/keras",
        "targets/torch",
        "models/torch",
        "convert/torch",
        "keras",
        "export/torch",
    ),
    "sklearn": ("sklearn", "models/sklearn", "convert/sklearn", "export/sklearn"),
    "skops": ("models/sklearn", "export/sklearn"),
    "onnx": ("targets/onnx", "convert/", "models/onnx", "export/"),
    "onnxruntime": ("targets/onnx", "models/onnx", "models/_onnx", "export/"),
    "xgboost": ("models/xgboost", "convert/xgboost"),
    "lightgbm": ("models/lightgbm", "convert/lightgbm"),
    "catboost": ("models/catboost", "convert/catboost"),
    "mlflow": ("export/mlflow",),
    "PIL": ("diagnose/pillow",),
    "dask": ("engines/dask",),
    "distributed": ("engines/dask",),
    "ray": ("engines/ray",),
    "pyspark": ("engines/spark",),
    "pandas": ("export/mlflow",),
    "polars": (),
    "uvicorn": ("serve/",),
    "uvloop": ("serve/",),
    "httptools": ("serve/",),
    "msgspec": ("serve/",),
}

# Installed with samescale itself, so they may be imported inside a function, to start faster.
ALWAYS_THERE = frozenset({"numpy", "pyarrow", "rich"})
# Keras' backends: only the one that it runs on may be loaded, and that is known late.
BACKENDS = frozenset({"jax", "tensorflow", "torch"})
OURS = frozenset({"samescale", "__future__"})
MOST_MILLISECONDS = 50


def outside(module: Module) -> Iterator[tuple[int, str, bool]]:
    """Each import of neither the standard library nor samescale: line, package, at the top."""
    for item in imports(module):
        if item.root not in sys.stdlib_module_names and item.root not in OURS:
            yield item.line, item.root, item.top


def allowed(module: Module, package: str) -> bool:
    """Whether the table grants a module the package."""
    return any(_within(str(module), place) for place in PLACES[package])


def _within(path: str, place: str) -> bool:
    return path.startswith(place) if place.endswith("/") or not place else _is(path, place)


def _is(path: str, place: str) -> bool:
    return path == f"{place}.py" or path.startswith(f"{place}/")


def test_only_known_packages_are_imported():
    refuse(
        f"{module}:{line} imports {name}"
        for module in modules()
        for line, name, _ in outside(module)
        if name not in PLACES
    )


def test_frameworks_stay_in_their_place():
    refuse(
        f"{module}:{line} imports {name}"
        for module in modules()
        for line, name, _ in outside(module)
        if name in PLACES and not allowed(module, name)
    )


def test_frameworks_are_imported_at_the_top_of_their_module():
    refuse(
        f"{module}:{line} imports {name} inside a function"
        for module in modules()
        for line, name, top in outside(module)
        if not top and name not in ALWAYS_THERE | BACKENDS
    )


def run(*options: str, code: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that runs `code`."""
    return subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, text=True, check=True
    )


def test_importing_samescale_loads_numpy_at_most():
    code = (
        "import sys; before = set(sys.modules); import samescale;"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    loaded = set(run(code=code).stdout.split())
    # Some interpreters start with modules that the standard library's list doesn't name.
    foreign = {name for name in loaded - sys.stdlib_module_names if not name.startswith("_")}
    assert foreign <= {"samescale", "numpy"}


def beyond_numpy() -> float:
    """Milliseconds that `import samescale` takes with NumPy already loaded."""
    times = run("-X", "importtime", code="import numpy, samescale").stderr
    found = re.search(r"\|\s*(\d+)\s*\|\s*samescale$", times, re.MULTILINE)
    assert found, times
    return int(found[1]) / 1000


def test_importing_samescale_is_quick():
    # The least of several runs: a busy machine only ever adds to the time.
    assert min(beyond_numpy() for _ in range(5)) < MOST_MILLISECONDS
