"""What `inspect` says of the making of a bundle."""

from __future__ import annotations

import pytest

from samescale.bundle.making import making

SCORE = {
    "rows": 80,
    "model": {"accuracy": 0.975, "log loss": 0.08790720950757716},
    "naive": {"accuracy": 0.5, "log loss": None},
    "naive_name": "always 'sun'",
    "unknown": 0,
    "refused": 0,
    "reason": "",
}
SPLIT = {
    "by": "row number",
    "seed": 0,
    "share": 0.2,
    "training": 320,
    "stopping": 0,
    "validation": 80,
    "without target": 0,
}


def test_what_fit_wrote_is_told_in_order_under_labels_of_its_own():
    told = dict(
        making(
            {
                "score": SCORE,
                "adapted": {"source": "t.csv", "rows": 1, "passes": 2},
                "source": "t.csv",
                "split": SPLIT,
                "training": {"epochs": 22, "planned": 200, "best": 7},
            }
        )
    )
    assert list(told) == ["trained from", "split", "adapted on", "training", "score"]
    assert told["adapted on"] == "t.csv: 1 row, 2 passes"
    assert "stopped early, after epoch 22 of at most 200" in told["training"]
    assert "(20%, by row number, seed 0)" in told["split"]
    assert told["score"].splitlines() == [
        "on 80 validation rows",
        "                 model  always 'sun'",
        "accuracy         0.975           0.5",
        "log loss     0.0879072          none",
    ]


@pytest.mark.parametrize(
    "other", [5, None, "text", [1, 2], {}, {"rows": "many"}, {**SCORE, "model": {"RMSE": "low"}}]
)
@pytest.mark.parametrize("name", ["score", "split", "adapted", "training", "mine"])
def test_what_anybody_else_wrote_is_told_as_it_is(name, other):
    ((label, text),) = making({name: other})
    assert label == name
    assert isinstance(text, str)
