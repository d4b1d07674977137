"""torch networks of several inputs and outputs, and sequences: bundled, they answer the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import samescale as ss
from samescale.bundle import Bundle
from samescale.errors import ModelError
from tests.unit.models.several import (
    KIND,
    PLAIN,
    PRICE,
    SOLD,
    TABLE,
    adapted,
    bundled,
    pair,
    rows_of,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.torch
@pytest.mark.parametrize("gives", ["dict", "tuple"])
def test_torch_two_inputs_and_three_outputs(tmp_path: Path, gives: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    fitted = adapted(PLAIN, PRICE, KIND, SOLD)

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.age = torch.nn.Linear(1, 3)
            self.city = torch.nn.Linear(4, 3)
            self.price = torch.nn.Linear(6, 1)
            self.kind = torch.nn.Linear(6, 3)
            self.sold = torch.nn.Linear(6, 1)

        def forward(self, features: Any) -> Any:
            both = torch.cat([self.age(features["age"]), self.city(features["city"])], 1)
            price, kind = self.price(both), torch.softmax(self.kind(both), -1)
            sold = torch.sigmoid(self.sold(both))
            if gives == "tuple":
                return price, kind, sold
            return {"sold": sold, "price": price, "kind": kind}

    network = Network()
    model = fitted.to_torch(network, output="columns")
    with torch.no_grad():
        raw = model(fitted.torch_inputs(rows_of(fitted)))
    raw = raw if isinstance(raw, dict) else dict(zip(("price", "kind", "sold"), raw, strict=True))
    wanted = {name: x.numpy() for name, x in raw.items()}
    wanted = {**wanted, "price": wanted["price"][:, 0], "sold": pair(wanted["sold"])}
    predictor = bundled(fitted, model, wanted, tmp_path, 1e-5)
    assert predictor.classes == {"kind": ("mid", "old", "young"), "sold": (False, True)}


@pytest.mark.torch
@pytest.mark.parametrize("name", ["steps", "series"])
def test_torch_a_sequence_with_two_outputs(tmp_path: Path, name: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(2)
    fitted = adapted({name: ss.Normalization()}, PRICE, KIND)
    width = TABLE[name][0].size

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.hidden = torch.nn.Conv1d(1, 2, 3)
            self.price = torch.nn.Linear(2 * (width - 2), 1)
            self.kind = torch.nn.Linear(2 * (width - 2), 3)

        def forward(self, features: Any) -> Any:
            steps = torch.relu(self.hidden(features.flatten(1).unsqueeze(1))).flatten(1)
            return self.price(steps), torch.softmax(self.kind(steps), -1)

    model = fitted.to_torch(Network())
    with torch.no_grad():
        price, kind = model(fitted.torch_inputs(rows_of(fitted)))
    wanted = {"price": price.numpy()[:, 0], "kind": kind.numpy()}
    bundled(fitted, model, wanted, tmp_path, 1e-5)


@pytest.mark.torch
def test_torch_outputs_that_arent_the_targets_are_refused() -> None:
    torch = pytest.importorskip("torch")
    fitted = adapted(PLAIN, PRICE, KIND)

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, form: str) -> None:
            super().__init__()
            self.form = form
            self.price = torch.nn.Linear(5, 1)
            self.kind = torch.nn.Linear(5, 3)

        def forward(self, x: Any) -> Any:
            price, kind = self.price(x), torch.softmax(self.kind(x), -1)
            return {
                "one": price,
                "three": (price, kind, price),
                "swapped": (kind, price),
                "logits": (price, self.kind(x)),
                "named": {"cost": price, "kind": kind},
                "nested": (price, (kind, price)),
                "beside": (price, kind * kind.sum() / kind.sum(0, keepdim=True)),
            }[self.form]

    for form, match in [
        ("one", "has 1 output, and there are 2 targets"),
        ("three", "has 3 outputs, and there are 2 targets"),
        ("swapped", r"gives \(3,\) for a row, and 'price' is a number"),
        ("logits", "aren't probabilities"),
        ("named", "are called 'cost', 'kind'"),
        ("nested", "one inside the other"),
        ("beside", "depends on the rows beside it"),
    ]:
        with pytest.raises(ModelError, match=match):
            Bundle(fitted, fitted.to_torch(Network(form)))
