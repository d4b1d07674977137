"""How images are prepared elsewhere: the same numbers, and wrong configurations by name.

torchvision isn't installed: stand-ins have its classes' names, modules and attributes.
"""

from __future__ import annotations

import types

import numpy as np
import pytest

from samescale.adopt import adopt as adopt_any
from samescale.adopt import images
from samescale.errors import SpecError

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
PIXELS = np.random.default_rng(0).integers(0, 256, (2, 4, 6, 3), dtype=np.uint8)
VIT = {
    "image_processor_type": "ViTImageProcessor",
    "do_resize": True,
    "size": {"height": 4, "width": 6},
    "resample": 2,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": MEAN,
    "image_std": STD,
}


def stand_in(name: str, **attributes: object) -> object:
    """An object of a class of torchvision's."""
    module = "torchvision.transforms.transforms"
    made = type(name, (types.SimpleNamespace,), {"__module__": module})
    return made(**attributes)


def reference(pixels, mean=MEAN, std=STD):
    """In the order and the precision of the libraries."""
    unit = pixels.astype(np.float32) / np.float32(255)
    return ((unit - np.float32(mean)) / np.float32(std)).transpose(0, 3, 1, 2)


def test_a_configuration_of_transformers():
    fitted = images.adopt(VIT, resized=True, columns=["photo"]).fitted
    found = fitted.transform({"photo": PIXELS})["photo"]
    assert found.shape == (2, 3, 4, 6)
    np.testing.assert_allclose(found, reference(PIXELS), rtol=0, atol=1e-6)
    assert "not done here: resizing to 4×6 (resample 2)" in fitted.provenance["source"]
    last = images.adopt(VIT, resized=True, output_format="channels_last").fitted
    assert (
        last.transform({"image": PIXELS})["image"].tolist() == found.transpose(0, 2, 3, 1).tolist()
    )
    first = images.adopt(VIT, resized=True, data_format="channels_first").fitted
    assert first.transform({"image": PIXELS.transpose(0, 3, 1, 2)})["image"].tolist() == (
        found.tolist()
    )


def test_what_changes_the_size_must_be_said():
    with pytest.raises(SpecError, match="resizing to 4×6") as raised:
        adopt_any(VIT)
    assert "resized=True" in raised.value.remedy
    cropped = {**VIT, "size": {"shortest_edge": 8}, "do_center_crop": True, "crop_size": 5}
    with pytest.raises(SpecError, match=r"shortest_edge 8.* and cropping the middle to 5×5"):
        images.adopt(cropped)
    fitted = images.adopt(cropped, resized=True).fitted
    assert fitted.schema["image"].shape == (5, 5, 3)
    with pytest.raises(SpecError, match="how large"):
        images.adopt({**VIT, "size": {"shortest_edge": 8}}, resized=True)


def test_parts_that_are_left_out():
    plain = {"do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": False}
    found = images.adopt(plain, size=(4, 6), output_format="channels_last").fitted
    np.testing.assert_allclose(found.transform({"image": PIXELS})["image"], PIXELS / 255, rtol=1e-6)
    offset = {"rescale_factor": 1 / 127.5, "rescale_offset": True, "do_normalize": False}
    found = images.adopt(offset, size=(4, 6), output_format="channels_last").fitted
    np.testing.assert_allclose(
        found.transform({"image": PIXELS})["image"], PIXELS / 127.5 - 1, atol=1e-6
    )
    bgr = {"do_rescale": False, "do_flip_channel_order": True, "rescale_factor": 1 / 255}
    found = images.adopt(bgr, size=(4, 6), output_format="channels_last").fitted
    assert found.transform({"image": PIXELS})["image"].tolist() == PIXELS[..., ::-1].tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"image_mean": [123.7, 116.3, 103.5]}, "one of 0…255"),
        ({"rescale_factor": 255}, "multiplied"),
        ({"rescale_factor": -1}, "rescale_factor=-1"),
        ({"do_rescale": False}, "one of 0…1, from pixels of 0…255"),
        ({"image_std": [0.1, 0.0, 0.1]}, "deviation of 0"),
        ({"image_std": [0.1, 0.1]}, "image_std"),
        ({"image_mean": ["a", 1, 1]}, "image_mean"),
        ({"image_mean": None}, "doesn't say image_mean"),
        ({"do_flip_channel_order": True}, "reverses the colours and normalises"),
        ({"do_sharpen": True}, "do_sharpen"),
    ],
)
def test_wrong_configurations_are_named(change, words):
    with pytest.raises(SpecError, match=words) as raised:
        images.adopt({**VIT, **change}, resized=True)
    assert raised.value.remedy


def test_transforms_of_torchvision():
    whole = stand_in(
        "Compose",
        transforms=[
            stand_in("Resize", size=256),
            stand_in("CenterCrop", size=(4, 6)),
            stand_in("ToTensor"),
            stand_in("Normalize", mean=MEAN, std=STD),
        ],
    )
    with pytest.raises(SpecError, match="resizing to 256 and cropping the middle to 4×6"):
        images.adopt(whole)
    fitted = images.adopt(whole, resized=True).fitted
    found = fitted.transform({"image": PIXELS})["image"]
    np.testing.assert_allclose(found, reference(PIXELS), rtol=0, atol=1e-6)
    preset = stand_in(
        "ImageClassification",
        crop_size=[4],
        resize_size=[5],
        mean=np.array(MEAN),
        std=np.array(STD),
    )
    fitted = images.adopt(preset, resized=True, size=(4, 6)).fitted
    assert fitted.transform({"image": PIXELS})["image"].tolist() == found.tolist()
    assert images.adopt(preset, resized=True).fitted.schema["image"].shape == (4, 4, 3)


def test_normalize_alone_takes_what_it_is_given():
    one = stand_in("Normalize", mean=MEAN, std=STD)
    fitted = images.adopt(one, size=(4, 6)).fitted
    assert fitted.schema["image"].dtype == "float32"
    unit = PIXELS.astype(np.float32) / np.float32(255)
    found = fitted.transform({"image": unit})["image"]
    np.testing.assert_allclose(found, reference(PIXELS), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([stand_in("RandomCrop", size=4)], "RandomCrop"),
        ([stand_in("Normalize", mean=MEAN, std=STD)] * 2, "two Normalize"),
        ([stand_in("Normalize", mean=MEAN, std=STD), stand_in("ToTensor")], "behind its Normalize"),
        ([stand_in("Normalize", mean=MEAN, std=STD)], "one of 0…1, from pixels"),
        ([stand_in("ConvertImageDtype", dtype="torch.uint8")], "torch.uint8"),
        ([types.SimpleNamespace()], "SimpleNamespace"),
    ],
)
def test_wrong_orders_are_named(steps, words):
    with pytest.raises(SpecError, match=words):
        images.adopt(stand_in("Compose", transforms=steps), size=(4, 6))


def test_columns():
    with pytest.raises(SpecError, match="one column"):
        images.adopt(VIT, columns=["a", "b"], resized=True)
    assert images.accepts(VIT)
    assert not images.accepts({"mean": [1], "std": [1]})
    assert not images.accepts(PIXELS)
