"""A table of plain columns, images and sequences, three targets, and what a bundle must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import samescale as ss
from samescale.bundle import Bundle

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 64
RNG = np.random.default_rng(5)
TABLE: dict[str, Any] = {
    "age": RNG.normal(40.0, 9.0, ROWS),
    "city": np.array(["Rome", "Oslo", "Bonn", "Rome"] * (ROWS // 4), object),
    "image": RNG.integers(0, 256, (ROWS, 6, 6, 1)).astype(np.uint8),
    "steps": RNG.normal(3.0, 2.0, (ROWS, 5)),
    "series": RNG.normal(-1.0, 4.0, (ROWS, 5, 2)),
}
TABLE["price"] = 1000.0 + 50.0 * TABLE["age"]
TABLE["kind"] = np.where(TABLE["age"] > 44, "old", np.where(TABLE["age"] > 36, "mid", "young"))
TABLE["sold"] = TABLE["age"] > 40
PRICE = ss.Target("price", ss.Normalization())
KIND = ss.Target("kind", ss.StringLookup())
SOLD = ss.Target("sold", ss.IntegerLookup())
PLAIN = {
    "age": ss.Normalization(),
    "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
}
RAW = {name: TABLE[name][:9] for name in ("age", "city", "image", "steps", "series")}


def adapted(columns: dict[str, Any], *targets: ss.Target) -> ss.Fitted:
    used = {name: TABLE[name] for name in (*columns, *(target.name for target in targets))}
    return ss.Spec(columns, targets).adapt(used)


def rows_of(fitted: ss.Fitted) -> dict[str, Any]:
    return {name: RAW[name] for name in fitted.schema.names}


def bundled(
    fitted: ss.Fitted, model: Any, wanted: dict[str, Any], tmp_path: Path, rtol: float
) -> ss.Predictor:
    """The loaded bundle's answers are the original's, brought back to the targets' units."""
    Bundle(fitted, model).save(tmp_path / "model.samescale")
    predictor = ss.load(tmp_path / "model.samescale")
    answer = predictor.answer(rows_of(fitted))
    several = len(fitted.targets) > 1
    back = fitted.inverse(wanted if several else next(iter(wanted.values())))
    found = answer.predictions if several else {fitted.targets[0].name: answer.predictions}
    back = back if several else {fitted.targets[0].name: back}
    for target in fitted.targets:
        name = target.name
        if target.classes is None:
            np.testing.assert_allclose(found[name], back[name], rtol=rtol)
        else:
            assert found[name].tolist() == back[name].tolist()
            np.testing.assert_allclose(answer.probabilities[name], wanted[name], atol=rtol)
    return predictor


def pair(one: Any) -> Any:
    return np.concatenate([1 - one, one], axis=1)
