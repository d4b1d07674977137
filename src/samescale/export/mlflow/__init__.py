"""MLflow: a pyfunc model without pickle, with signature and input example."""

from __future__ import annotations

from typing import Final

from samescale.export.base import Form

EXPORT: Final = Form(
    name="mlflow",
    extra="mlflow",
    gives="a folder: an MLflow pyfunc for data frames; loads with samescale",
    mark="MLmodel",
)
