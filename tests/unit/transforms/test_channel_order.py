"""ChannelOrder: NumPy's own reversal and transposition, and back."""

from __future__ import annotations

import numpy as np
import pytest

import samescale as ss
from samescale.errors import SpecError
from samescale.ir import nodes, reference
from samescale.ir.types import TensorType

LAST, FIRST = "channels_last", "channels_first"


def images(data_format: str, channels: int = 3) -> np.ndarray:
    shape = (4, 5, channels) if data_format == LAST else (channels, 4, 5)
    return np.random.default_rng(0).integers(0, 256, (6, *shape)).astype(np.uint8)


def moved(values: np.ndarray, given: str, wanted: str, *, reverse: bool) -> np.ndarray:
    axes = {LAST: -1, FIRST: 1}
    turned = np.flip(values, axes[given]) if reverse else values
    return np.moveaxis(turned, axes[given], axes[wanted]).astype(np.float32)


every_order = pytest.mark.parametrize(
    ("given", "wanted", "reverse"),
    [
        (given, wanted, reverse)
        for given in (LAST, FIRST)
        for wanted in (LAST, FIRST)
        for reverse in (True, False)
        if reverse or given != wanted
    ],
)


@every_order
def test_as_numpy(given, wanted, reverse) -> None:
    values = images(given)
    transform = ss.ChannelOrder(reverse, data_format=given, output_format=wanted)
    got = ss.Spec({"x": transform}).adapt({"x": values}).transform({"x": values})["x"]
    np.testing.assert_array_equal(got, moved(values, given, wanted, reverse=reverse))


@every_order
def test_the_inverse_undoes_it(given, wanted, reverse) -> None:
    values = images(given)
    transform = ss.ChannelOrder(reverse, data_format=given, output_format=wanted)
    there = transform.lower(nodes.Input("x", TensorType("uint8", values.shape[1:])), {})
    back = nodes.Graph((("x", transform.inverse(there, {})),))
    np.testing.assert_array_equal(reference.run(back, {"x": values})["x"], values)


def test_four_channels_can_be_moved_and_not_reversed() -> None:
    values = images(LAST, channels=4)
    chain = ss.Spec({"x": ss.ChannelOrder(output_format=FIRST)}).adapt({"x": values})
    assert chain.transform({"x": values})["x"].shape == (6, 4, 4, 5)
    with pytest.raises(SpecError, match=r"'x': .*three colours.*alpha"):
        ss.Spec({"x": ss.ChannelOrder(reverse=True)}).adapt({"x": values})


@pytest.mark.parametrize("values", [np.zeros(4), np.zeros((4, 3))])
def test_a_column_that_is_no_image_is_refused(values) -> None:
    with pytest.raises(SpecError, match="'x': ChannelOrder takes images"):
        ss.Spec({"x": ss.ChannelOrder(output_format=FIRST)}).adapt({"x": values})


@pytest.mark.parametrize("options", [{}, {"data_format": FIRST}, {"output_format": LAST}])
def test_nothing_to_do_is_refused(options) -> None:
    with pytest.raises(SpecError, match=r"changes nothing.*reverse=True"):
        ss.ChannelOrder(**options)
