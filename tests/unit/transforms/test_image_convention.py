"""ImageConvention: `keras.applications.*.preprocess_input`, module by module; no weight is read."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError
from samescale.ir import nodes, reference
from samescale.ir.types import TensorType
from samescale.transforms.image_convention import _NAMES

APPLICATIONS = [
    "convnext",
    "densenet",
    "efficientnet",
    "efficientnet_v2",
    "imagenet_utils",
    "inception_resnet_v2",
    "inception_v3",
    "mobilenet",
    "mobilenet_v2",
    "mobilenet_v3",
    "nasnet",
    "resnet",
    "resnet50",
    "resnet_v2",
    "vgg16",
    "vgg19",
    "xception",
]
FORMATS = ["channels_last", "channels_first"]


def images(data_format: str) -> np.ndarray:
    """Every level of every colour."""
    levels = np.arange(256, dtype=np.uint8)
    made = np.stack([levels, levels[::-1], np.roll(levels, 7)], axis=-1).reshape(4, 8, 8, 3)
    return made if data_format == "channels_last" else np.moveaxis(made, -1, 1)


def converted(values: np.ndarray, name: str, data_format: str = "channels_last") -> np.ndarray:
    spec = ss.Spec({"x": ss.ImageConvention(name, data_format=data_format)})
    return spec.adapt({"x": values}).transform({"x": values})["x"]


@pytest.mark.keras
@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("name", APPLICATIONS)
def test_as_keras(name, data_format) -> None:
    pytest.importorskip("keras")
    module = import_module(f"keras.applications.{name}")
    values = images(data_format)
    theirs = module.preprocess_input(values.astype(np.float32), data_format=data_format)
    ours = converted(values, name, data_format)
    if _NAMES[name] is _NAMES["caffe"] or _NAMES[name] is _NAMES["convnext"]:
        np.testing.assert_array_equal(ours, theirs)
    else:
        # Keras rounds a quotient, then the difference; here each constant and step is rounded.
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=6e-7)
        exact = module.preprocess_input(values.astype(np.float64), data_format=data_format)
        np.testing.assert_allclose(ours, exact, rtol=0, atol=4e-7)


@pytest.mark.keras
@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("name", APPLICATIONS)
def test_as_keras_in_float64(name, data_format) -> None:
    pytest.importorskip("keras")
    module = import_module(f"keras.applications.{name}")
    values = images(data_format).astype(np.float64)
    theirs = module.preprocess_input(values.copy(), data_format=data_format)
    transform = ss.ImageConvention(name, data_format=data_format)
    x = nodes.Input("x", TensorType("float64", values.shape[1:]))
    graph = nodes.Graph((("x", transform.lower(x, {"extent": {"max": [255.0]}})),))
    ours = reference.run(graph, {"x": values})["x"]
    # Next to 0 a difference of two numbers of about 1 keeps their rounding.
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.keras
def test_every_application_is_known() -> None:
    keras = pytest.importorskip("keras")
    modules = {
        name
        for name in dir(keras.applications)
        if hasattr(getattr(keras.applications, name), "preprocess_input")
    }
    assert modules == set(APPLICATIONS)


@pytest.mark.parametrize(
    ("name", "mean", "deviation"),
    [
        ("torchvision", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ("imagenet_default", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ("imagenet_standard", [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
        (
            "openai_clip",
            [0.48145466, 0.4578275, 0.40821073],
            [0.26862954, 0.26130258, 0.27577711],
        ),
    ],
)
def test_as_torchvision_and_hugging_face_write_it(name, mean, deviation) -> None:
    values = images("channels_last")
    meant = (values / 255.0 - mean) / deviation
    np.testing.assert_allclose(converted(values, name), meant, rtol=0, atol=4e-7)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("name", sorted(_NAMES))
def test_the_inverse_gives_the_pixels_back(name, data_format) -> None:
    values = images(data_format).astype(np.float64)
    transform = ss.ImageConvention(name, data_format=data_format)
    learned = {"extent": {"min": [0.0], "max": [255.0]}}
    there = transform.lower(nodes.Input("x", TensorType("float64", values.shape[1:])), learned)
    back = nodes.Graph((("x", transform.inverse(there, learned)),))
    np.testing.assert_allclose(reference.run(back, {"x": values})["x"], values, atol=1e-12)


@pytest.mark.parametrize("name", ["mobilenet", "efficientnet", "vgg16"])
def test_images_that_were_scaled_before_are_refused(name) -> None:
    with pytest.raises(DataError, match=r"'x': .*0…255, and the greatest value is 1\.0"):
        converted(images("channels_last") / 255.0, name)
    assert converted(images("channels_last").astype(np.float32), name).shape == (4, 8, 8, 3)


def test_channels_that_stand_elsewhere_are_refused() -> None:
    with pytest.raises(SpecError, match=r"'x': .*three colours.*data_format"):
        converted(images("channels_first"), "vgg16")


def test_a_row_of_three_numbers_is_no_image() -> None:
    with pytest.raises(SpecError, match="'x': ImageConvention takes images"):
        converted(np.full((2, 3), 9.0), "torch", "channels_first")


@pytest.mark.parametrize("name", ["vgg16", "densenet", "mobilenet"])
def test_a_film_is_converted_picture_by_picture(name) -> None:
    pictures = images("channels_last")
    film = np.moveaxis(pictures, -1, 0)[None]
    meant = np.moveaxis(converted(pictures, name), -1, 0)[None]
    np.testing.assert_array_equal(converted(film, name, "channels_first"), meant)


def test_a_name_that_is_close_is_suggested() -> None:
    with pytest.raises(SpecError, match=r"'MobileNetV2'\) isn't known\. Did you mean 'mobilenet"):
        ss.ImageConvention("MobileNetV2")
    with pytest.raises(SpecError, match=r"There are caffe, convnext"):
        ss.ImageConvention("?")


def test_the_table_names_every_convention() -> None:
    page = ss.ImageConvention.__doc__ or ""
    assert [name for name in _NAMES if f"`{name}`" not in page] == []
