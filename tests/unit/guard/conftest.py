"""One small training that all the guard's tests share."""

import numpy as np
import pytest

from samescale.guard import Training
from samescale.ir.nodes import Cast, Graph, Input, Lookup, OneHot, Reshape
from samescale.ir.types import TensorType
from samescale.profile import ColumnProfile, Profile
from samescale.schema import Column, Schema


def training():
    columns = (
        Column("age", "float32", nullable=True),
        Column("city", "string", kind="string", categories=("Oslo", "Bergen"), nullable=True),
        Column("weekday", "int64", kind="integer"),
        Column("pixels", "float32", (2, 2)),
        Column("sold", "float64", kind="datetime"),
    )
    profile = Profile(
        {
            "age": ColumnProfile(1000, 100, 18.0, 90.0, 40.0, 12.0),
            "city": ColumnProfile(1000, 0, categories=("Oslo", "Bergen"), counts=(600, 400)),
            "weekday": ColumnProfile(1000, 0, 0.0, 6.0, 3.0, 2.0),
            "pixels": ColumnProfile(1000, 0, 0.0, 16.0, 5.0, 6.0),
            "sold": ColumnProfile(1000, 0, 1.6e9, 1.7e9, 1.65e9, 3e7),
        }
    )
    city = Input("city", TensorType("string"))
    weekday = Input("weekday", TensorType("int64"))
    looked_up = Lookup(city, ("Oslo", "Bergen"), (1, 2), 0, 0)
    graph = Graph(
        (
            ("city", OneHot(looked_up, 3, "one_hot", "float32")),
            ("weekday", OneHot(Reshape(Cast(weekday, "int64"), (1,)), 7, "multi_hot", "float32")),
        )
    )
    return Training(Schema(columns), profile, graph)


def rows(count, **changes):
    """Rows as in training, 10 % of the ages missing, with some columns changed."""
    ages = np.linspace(18, 90, count).astype(np.float32)
    ages[5::10] = np.nan
    columns = {
        "age": ages,
        "city": np.array(["Oslo", "Bergen"] * count, object)[:count],
        "weekday": np.arange(count) % 7,
        "pixels": np.full((count, 2, 2), 3.0, np.float32),
        "sold": np.linspace(1.6e9, 1.7e9, count),
    }
    return columns | {name: np.asarray(value) for name, value in changes.items()}


@pytest.fixture(name="training", scope="session")
def _training():
    return training()


@pytest.fixture(name="rows", scope="session")
def _rows():
    return rows
