"""P8: a bundle holds statistics and a profile, never a row of training data."""

from __future__ import annotations

import json
import pickle
import zipfile

import numpy as np
import pytest

import samescale as ss
from samescale.bundle import tensors

pytestmark = pytest.mark.sklearn
ROWS = 3_000


def table() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    age, income = rng.normal(40, 12, ROWS), rng.lognormal(10, 1, ROWS)
    return {
        "age": age,
        "income": income,
        "city": rng.choice(np.array(["Rome", "Oslo"], object), ROWS),
        "passport": np.array([f"P{number:09d}" for number in rng.integers(0, 10**9, ROWS)], object),
        "price": age * 3 + np.log(income),
    }


@pytest.fixture(scope="module")
def members(tmp_path_factory) -> dict[str, bytes]:
    from sklearn.linear_model import Ridge

    data = table()
    spec = ss.Spec(
        {
            "age": ss.Normalization(),
            "income": [ss.Log1p(), ss.Normalization()],
            "city": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
        },
        target=ss.Target("price", ss.Normalization()),
    )
    fitted = spec.adapt(data)
    model = Ridge().fit(fitted.matrix(data), fitted.labels(data))
    path = tmp_path_factory.mktemp("bundle") / "house.samescale"
    ss.Bundle(fitted, model).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def probe_rows(members: dict[str, bytes]) -> dict[str, np.ndarray]:
    return tensors.load(members["probe.safetensors"], "probe.safetensors")


def test_a_column_that_is_not_declared_is_nowhere(members) -> None:
    whole = b"".join(members.values())
    assert not [name for name in table()["passport"] if name.encode() in whole]


@pytest.mark.parametrize("name", ["age", "income", "price"])
def test_of_a_columns_values_only_its_extremes_and_quantiles_are_there(members, name) -> None:
    text = b"".join(data for path, data in members.items() if path.endswith(".json")).decode()
    binary = b"".join(data for path, data in members.items() if not path.endswith(".json"))
    values = table()[name]
    allowed = {values.min(), values.max()}
    found = {
        value
        for value in values.tolist()
        if repr(value) in text
        or np.float64(value).tobytes() in binary
        or np.float32(value).tobytes() in binary
    }
    assert found <= allowed


def test_no_probe_row_joins_two_values_of_one_training_row(members) -> None:
    data = table()
    near = {name: np.float32(data[name]) for name in ("age", "income")}
    arrays = probe_rows(members)
    columns = {
        name: next(array for key, array in arrays.items() if name in key and len(array.shape) == 1)
        for name in near
    }
    for age, income in zip(columns["age"], columns["income"], strict=True):
        assert not ((near["age"] == np.float32(age)) & (near["income"] == np.float32(income))).any()


def test_the_search_would_find_a_row_if_there_were_one(members) -> None:
    lowest = table()["age"].min()
    assert repr(float(lowest)) in json.dumps(json.loads(members["profile.json"]))


def test_of_a_table_of_quantiles_only_the_quantiles_are_there(tmp_path):
    income = table()["income"]
    fitted = ss.Spec({"income": ss.QuantileTransform(20)}).adapt({"income": income})
    fitted.save(tmp_path / "quantiles.samescale")
    with zipfile.ZipFile(tmp_path / "quantiles.samescale") as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    quantiles = {float(value) for value in fitted.learned["income"][0]["quantiles"]["values"][0]}
    found = {
        value
        for value in income.tolist()
        if repr(value).encode() in whole or np.float64(value).tobytes() in whole
    }
    assert {income.min(), income.max()} <= found <= quantiles
    assert len(quantiles) == 20


def test_a_table_of_as_many_quantiles_as_rows_holds_the_column_as_its_docstring_says():
    income = table()["income"][:300]
    fitted = ss.Spec({"income": ss.QuantileTransform()}).adapt({"income": income})
    held = fitted.learned["income"][0]["quantiles"]["values"][0]
    assert list(held) == sorted(income)
    said = " ".join((ss.QuantileTransform.__doc__ or "").split())
    assert "with `n_quantiles` or fewer rows, all values of the column, sorted" in said


def forms(value: float) -> list[bytes]:
    """How a value might stand in a file."""
    return [repr(value).encode(), np.float64(value).tobytes(), np.float32(value).tobytes()]


def test_of_what_is_known_of_columns_together_no_value_is_one_rows_own(tmp_path):
    rng = np.random.default_rng(1)
    data = {f"c{i}": rng.normal(i, 3, 2_000) for i in range(4)}
    lone = 37.123
    data["rooms"] = np.append(rng.integers(20, 60, 1_999).astype(float), lone)
    data["few"] = np.append(rng.integers(0, 2, 1_997).astype(float), [0.2371, 0.1193, 0.6189])
    fitted = ss.Spec({name: ss.Normalization() for name in data}).adapt(data)
    assert fitted.profile.table.names == tuple(data)
    fitted.save(tmp_path / "numbers.fitted")
    with zipfile.ZipFile(tmp_path / "numbers.fitted") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    whole = b"".join(held[name] for name in ("profile.json", "profile.safetensors"))
    for name, values in data.items():
        met, counts = np.unique(values, return_counts=True)
        own = set(met[counts == 1].tolist()) - {values.min(), values.max()}
        found = {value for value in own if any(form in whole for form in forms(value)[:2])}
        assert not found, f"{name}: {sorted(found)[:5]}"
        # Four bytes are met by chance, eight and a text of digits aren't.
        near = {value for value in own if forms(value)[2] in whole}
        assert len(near) <= 2, f"{name}: {sorted(near)[:5]}"


def test_the_sample_of_rows_ends_with_adapt():
    rng = np.random.default_rng(2)
    data = {"a": rng.normal(size=3_000), "b": rng.lognormal(size=3_000)}
    fitted = ss.Spec({name: ss.Normalization() for name in data}).adapt(data)
    packed = pickle.dumps(fitted)
    inside = set(range(3_000)) - {f(v) for v in data.values() for f in (np.argmin, np.argmax)}
    for values in data.values():
        assert not [row for row in inside if np.float64(values[row]).tobytes() in packed]


def test_no_picture_of_training_is_in_a_file(tmp_path):
    image = np.random.default_rng(3).integers(0, 256, (50, 8, 8, 3), np.uint8)
    fitted = ss.Spec({"image": ss.Normalization(axis=-1)}).adapt({"image": image})
    assert [*fitted.profile.pictures] == ["image"]
    fitted.save(tmp_path / "pictures.fitted")
    whole = (tmp_path / "pictures.fitted").read_bytes() + pickle.dumps(fitted)
    lines = [line for picture in image for line in picture]
    for dtype in (np.uint8, np.float32, np.float64):
        assert not [line for line in lines if line.astype(dtype).tobytes() in whole]
