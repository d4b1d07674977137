"""The replay tells bits apart where bits are promised, and says where they differ."""

from __future__ import annotations

import dataclasses as dc

import numpy as np
import pytest

from samescale.bundle.probe import Probes, record
from samescale.bundle.replay import replay
from samescale.errors import FormatError, ModelError, ProbeError
from samescale.models.base import Runtime


class Means(Runtime):
    """Answers the mean of a row's features; refuses NaN if told to."""

    def __init__(self, fitted, *, strict=False, drift=0.0):
        self.fitted, self.strict, self.drift = fitted, strict, drift

    def predict(self, columns):
        matrix = self.fitted.matrix_of(columns).astype(np.float64)
        if self.strict and np.isnan(matrix).any():
            raise ValueError("NaN")
        return matrix.mean(axis=1) * (1 + self.drift)


@pytest.fixture
def probes(fitted):
    return record(fitted, Means(fitted))


def changed(probes, name, change):
    return dc.replace(probes, features={**probes.features, name: change(probes.features[name])})


def test_the_same_machine_gives_the_same_bits(probes, fitted):
    replayed = replay(probes, fitted, Means(fitted), 0.0)
    assert (replayed.feature_ulps, replayed.answer_ulps) == (0, 0)
    assert replayed.rows == len(probes.asked)


def test_probes_come_back_from_their_members(probes, fitted):
    found = Probes.from_members(probes.to_members(), fitted)
    for name, array in probes.inputs.items():
        np.testing.assert_array_equal(found.inputs[name], array)
    assert replay(found, fitted, Means(fitted), 0.0).answer_ulps == 0


def test_one_unit_in_the_last_place_of_an_exact_feature_is_told(probes, fitted):
    one_off = changed(probes, "age", lambda array: np.nextafter(array, np.float32(9)))
    with pytest.raises(ProbeError, match="Probe row 0: column 'age' was") as caught:
        replay(one_off, fitted, Means(fitted), 1e-9)
    details = caught.value.details
    assert (details["column"], details["row"]) == ("age", 0)
    assert details["recorded"] != details["got"]


def test_a_logarithm_may_differ_as_processors_do(probes, fitted):
    near = changed(probes, "income", lambda array: np.nextafter(array, np.float32(9)))
    assert replay(near, fitted, Means(fitted), 0.0).feature_ulps == 1
    far = changed(probes, "income", lambda array: array + np.float32(1e-3))
    with pytest.raises(ProbeError, match="column 'income'"):
        replay(far, fitted, Means(fitted), 0.0)


@pytest.mark.parametrize(("drift", "rtol", "refused"), [(1e-8, 1e-7, False), (1e-6, 1e-7, True)])
def test_answers_are_held_to_the_kinds_tolerance(probes, fitted, drift, rtol, refused):
    big = dc.replace(probes, answers=probes.answers)
    drifted = Means(fitted, drift=drift)
    if refused:
        with pytest.raises(ProbeError, match="the model's answer"):
            replay(big, fitted, drifted, rtol)
    else:
        assert replay(big, fitted, drifted, rtol).answer_ulps > 0


def test_a_negative_zero_is_another_number(probes, fitted):
    negated = changed(probes, "city", lambda array: -array)
    with pytest.raises(ProbeError, match="column 'city'"):
        replay(negated, fitted, Means(fitted), 0.0)


def test_an_answer_of_another_shape_is_told(probes, fitted):
    wide = dc.replace(probes, answers=probes.answers[:, None])
    with pytest.raises(ProbeError, match=r"was float64\[\d+, 1\] and is now float64\[\d+\]"):
        replay(wide, fitted, Means(fitted), 0.0)


def test_rows_that_a_model_refuses_are_not_asked(fitted):
    probes = record(fitted, Means(fitted, strict=True))
    values = [
        np.isfinite(array).reshape(len(array), -1).all(1) for array in probes.features.values()
    ]
    np.testing.assert_array_equal(probes.asked, np.flatnonzero(np.all(values, axis=0)))
    assert replay(probes, fitted, Means(fitted, strict=True), 0.0).answer_ulps == 0


def test_a_model_that_refuses_every_row_is_told(fitted):
    class Never(Runtime):
        def predict(self, columns):
            raise ValueError(f"no {len(columns)}")

    with pytest.raises(ModelError, match="refuses every probe row"):
        record(fitted, Never())


@pytest.mark.parametrize("name", ["input/age", "feature/city", "answer"])
def test_a_missing_array_is_told(probes, fitted, name):
    from samescale.bundle import tensors

    members = probes.to_members()
    arrays = tensors.load(members["probe.safetensors"], "p")
    del arrays[name]
    with pytest.raises(FormatError, match="probe rows have no"):
        Probes.from_members({**members, "probe.safetensors": tensors.dump(arrays)}, fitted)


def test_no_training_row_is_among_them(probes, table):
    names = ("age", "income", "city")
    trained = set(zip(*(map(str, np.asarray(table[name]).tolist()) for name in names), strict=True))
    sent = zip(*(map(str, probes.inputs[name].tolist()) for name in names), strict=True)
    assert not trained & set(sent)


def test_a_model_that_fails_on_them_is_told(probes, fitted):
    class Broken(Runtime):
        def predict(self, columns):
            raise AttributeError(f"no {len(columns)}")

    with pytest.raises(ProbeError, match="can't answer the probe rows: AttributeError: no 3"):
        replay(probes, fitted, Broken(), 0.0)
