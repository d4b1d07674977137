"""ImageConvention: `keras.applications.*.preprocess_input`, module by module; no weight is read."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import samescale as ss
from samescale.errors import DataError, SpecError
from samescale.ir import nodes, reference
from samescale.ir.types import TensorType
from samescale.transforms import _conventions
from samescale.transforms._conventions import conventions


def _applications() -> list[str]:
    """Every module of the installed Keras that has a `preprocess_input`, without importing it."""
    found = find_spec("keras")
    if found is None or found.submodule_search_locations is None:
        return []
    (folder,) = found.submodule_search_locations
    files = Path(folder, "applications").glob("*/__init__.py")
    return sorted(file.parent.name for file in files if "preprocess_input" in file.read_text())


APPLICATIONS = _applications()
NAMES = conventions()
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
    if NAMES[name] in (NAMES["caffe"], NAMES["convnext"]):
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
    assert modules <= NAMES.keys()


@pytest.mark.keras
@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("name", APPLICATIONS)
def test_as_keras_on_random_pixels(name, data_format) -> None:
    pytest.importorskip("keras")
    module = import_module(f"keras.applications.{name}")
    shape = (50, 6, 7, 3) if data_format == "channels_last" else (50, 3, 6, 7)
    values = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    exact = module.preprocess_input(values.astype(np.float64), data_format=data_format)
    # Half a unit in the last place for each of two roundings, of numbers of up to 2.7 or 256.
    bound = 2.0**-15 if NAMES[name] == NAMES["caffe"] else 2.0**-21
    np.testing.assert_allclose(converted(values, name, data_format), exact, rtol=0, atol=bound)


def written() -> list[dict]:
    table = Path(_conventions.__file__).with_name("_conventions.json")
    return json.loads(table.read_text(encoding="utf-8"))["conventions"]


def named(family: str) -> dict[str, dict]:
    return {name: row for row in written() for name in row[family]}


def test_the_weights_of_torchvision() -> None:
    models = pytest.importorskip("torchvision").models
    plain = {"OpticalFlow": ([0.5] * 3, [0.5] * 3), "ObjectDetection": ([], [1.0])}
    known = named("torchvision")
    for model in models.list_models():
        for weights in models.get_model_weights(model):
            preset = weights.transforms()
            mean, deviation = plain.get(type(preset).__name__) or (preset.mean, preset.std)
            row = known[f"{type(weights).__name__}.{weights.name}"]
            scale = 1.0 if row["unit"] else 255.0
            assert np.allclose(row["mean"], np.multiply(mean, scale), rtol=1e-15)
            assert np.allclose(row["deviation"], np.multiply(deviation, scale), rtol=1e-15)


def test_the_classes_of_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    classes = [name for name in named("transformers") if not name.islower()]
    for name in classes:
        found, row = getattr(transformers, name), named("transformers")[name]
        scale = 1.0 if row["unit"] else 255.0
        if found.do_normalize and any(np.atleast_1d(found.image_mean)):
            assert np.allclose(row["mean"], np.multiply(found.image_mean, scale), rtol=1e-15)
            assert np.allclose(row["deviation"], np.multiply(found.image_std, scale), rtol=1e-15)


def test_the_page_has_every_name_under_what_it_computes() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "image-conventions.md"
    parts = page.read_text(encoding="utf-8").split("\n## ")[2:]
    assert len(parts) == len(written())
    for part, row in zip(parts, written(), strict=True):
        assert part.partition("\n")[0].lower() == row["formula"].lower()
        assert all(str(number) in part for number in row["mean"][:3:2] if len(row["mean"]) > 1)
        listed = [
            name for family in ("keras", "torchvision", "transformers") for name in row[family]
        ]
        assert part.count("`") == 2 * len(listed)
        assert [name for name in listed if f"`{name}`" not in part] == []


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
        ("ResNet50_Weights.IMAGENET1K_V2", [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ("VGG16_Weights.IMAGENET1K_FEATURES", [0.48235, 0.45882, 0.40784], [1 / 255] * 3),
        (
            "R3D_18_Weights.KINETICS400_V1",
            [0.43216, 0.394666, 0.37645],
            [0.22803, 0.22145, 0.216989],
        ),
        ("Raft_Large_Weights.C_T_V1", [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
        ("SSD300_VGG16_Weights.COCO_V1", [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]),
        ("ViTImageProcessor", [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    ],
)
def test_as_torchvision_and_hugging_face_write_it(name, mean, deviation) -> None:
    values = images("channels_last")
    meant = (values / 255.0 - mean) / deviation
    # A mean of 128 and more is rounded to half of 2**-16.
    bound = 4e-7 if np.abs(meant).max() < 4 else 2.0**-17
    np.testing.assert_allclose(converted(values, name), meant, rtol=0, atol=bound)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("name", sorted({of: name for name, of in NAMES.items()}.values()))
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
    with pytest.raises(SpecError, match=r"There are caffe, convnext.*image-conventions\.md"):
        ss.ImageConvention("?")
    with pytest.raises(SpecError, match=r"name=None\) isn't known\. There are caffe"):
        ss.ImageConvention(None)
    with pytest.raises(SpecError, match=r"Did you mean 'ResNet50_Weights\.IMAGENET1K_V2'"):
        ss.ImageConvention("resnet50_weights.imagenet1k_v2")


def test_the_table_names_every_convention() -> None:
    page = ss.ImageConvention.__doc__ or ""
    plain = [name for name in NAMES if name.islower()]
    assert [name for name in plain if f"`{name}`" not in page] == []
