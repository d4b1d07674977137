"""MLflow: a pyfunc model without pickle, with signature and input example."""

from __future__ import annotations

import contextlib
import logging
import warnings
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import mlflow
import numpy as np
import pandas as pd

from samescale.export import _rows
from samescale.export.base import Written
from samescale.export.mlflow import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from samescale.export._original import Original
    from samescale.ir.types import Array

_FLAVOR: Final = "samescale.export.mlflow.flavor"
_EXAMPLES: Final = 3


def check(source: Original, out: Path) -> None:
    """See that the model can be asked here."""
    del out
    _ = source.kind


def write(source: Original, place: Path, *, fold: bool) -> Written:
    """Write the model: the bundle as data, and samescale as what loads it."""
    del fold
    bundle = place.parent / "model.samescale"
    bundle.write_bytes(source.data)
    outputs = _rows.outputs(source)
    with _quiet():
        mlflow.pyfunc.save_model(
            path=str(place),
            loader_module=_FLAVOR,
            data_path=str(bundle),
            signature=schema.signature(source.fitted),
            input_example=_example(source),
            pip_requirements=_requirements(source),
            metadata={"samescale.bundle": source.digest},
        )
    return Written(_rows.inputs(source), outputs, (*_notes(source), *_rows.notes(source)))


def ask(source: Original, place: Path, written: Written) -> Mapping[str, Array]:
    """What MLflow gives for the rows as a data frame."""
    with _quiet():
        frame = mlflow.pyfunc.load_model(str(place)).predict(_sent(source, source.asked))
    return {
        x.name: frame[schema.probabilities(source.fitted)].to_numpy()
        if x.of == "probabilities"
        else frame[source.target].to_numpy()
        for x in written.outputs
    }


def _sent(source: Original, columns: Mapping[str, Array]) -> Any:
    """Rows as a caller sends them: a data frame, or arrays by name where some have a shape."""
    sent = {
        column.name: _as_times(columns[column.name])
        if column.kind == "datetime"
        else schema.widened(columns[column.name])
        for column in source.fitted.schema.columns
    }
    return sent if schema.is_shaped(source.fitted) else pd.DataFrame(sent)


def _as_times(seconds: Array) -> Array:
    lacking = np.isnan(seconds)
    whole = np.round(np.where(lacking, 0.0, seconds) * 1e6).astype("int64")
    times: Array = whole.astype("datetime64[us]")
    times[lacking] = np.datetime64("NaT")
    return times


def _example(source: Original) -> Any:
    """A few of the probe rows, which nobody's data were."""
    times = {c.name for c in source.fitted.schema.columns if c.kind == "datetime"}
    few = {name: x[:_EXAMPLES] for name, x in source.asked.items()}
    # MLflow can't read its own example again where only some of the times have fractions.
    return _sent(source, {name: np.floor(x) if name in times else x for name, x in few.items()})


def _requirements(source: Original) -> list[str]:
    version = metadata.version("samescale")
    frameworks = [
        f"{name}=={found}"
        for name, found in source.kind.versions().items()
        if name not in {"samescale", "python"} and _is_installed(name)
    ]
    return [
        f"samescale[mlflow,{source.kind.extra}]=={version}",
        f"mlflow-skinny=={mlflow.__version__}",
        *frameworks,
    ]


def _is_installed(package: str) -> bool:
    with contextlib.suppress(metadata.PackageNotFoundError):
        return bool(metadata.version(package))
    return False


def _notes(source: Original) -> tuple[str, ...]:
    told = ["Load it with mlflow.pyfunc.load_model(path), which verifies the bundle that is in it."]
    if source.fitted.classes is not None:
        names = ", ".join(schema.probabilities(source.fitted))
        told.append(f"The probabilities are the columns {names} of what it gives.")
    return tuple(told)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without MLflow's advice, and the guard's on probe rows that reach beyond training."""
    logger = logging.getLogger("mlflow")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
