"""SA401: A backbone behind the preprocessing of another."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA401",
    name="other-convention-inside",
    severity="error",
    cause=(
        "The file holds a known backbone, and before it the scaling that belongs to another "
        "family: x / 255 before MobileNetV2, ImageNet's mean and deviation before VGG16."
    ),
    looks_like="Pictures come in another range than the pretrained weights know.",
    fix=(
        "Use the convention of the backbone: the reference of image conventions lists each by "
        "its name."
    ),
    example_bad="""\
base = keras.applications.MobileNetV2(include_top=False)
model = keras.Sequential([keras.layers.Rescaling(1 / 255), base])
model.save("model.keras")
""",
    example_good="""\
base = keras.applications.MobileNetV2(include_top=False)
model = keras.Sequential([keras.layers.Rescaling(1 / 127.5, -1), base])
model.save("model.keras")
""",
    related=("SG326", "SS502"),
)
