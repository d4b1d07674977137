from __future__ import annotations

import json

import pytest

from samescale.ir.types import TensorType
from samescale.schema import Column, Schema

SCHEMA = Schema(
    (
        Column("age", "float32", nullable=True),
        Column("city", "string", kind="string", categories=("Kyiv", "Oslo")),
        Column("shop", "int64", kind="integer", categories=(3, 7)),
        Column("image", "uint8", (28, 28, 1), kind="integer"),
    )
)


def test_a_schema_survives_json():
    assert Schema.from_json(json.loads(json.dumps(SCHEMA.to_json()))) == SCHEMA


def test_a_column_is_found_by_name():
    assert SCHEMA["shop"].categories == (3, 7)
    with pytest.raises(KeyError):
        SCHEMA["shops"]


def test_names_are_in_the_order_of_the_spec():
    assert SCHEMA.names == ("age", "city", "shop", "image")


def test_a_column_has_the_graph_s_type():
    assert SCHEMA["image"].type == TensorType("uint8", (28, 28, 1))


def test_a_schema_can_t_be_changed():
    with pytest.raises(AttributeError):
        SCHEMA.columns = ()
