"""SG328: Pictures whose axes were reshaped instead of transposed."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG328",
    name="channel-order",
    severity="warning",
    cause=(
        "Channels stand last in Keras and in files, first in torch. Reshape makes the shape "
        "right and scrambles the pixels; transpose was meant."
    ),
    looks_like=(
        "The shape is as it should be, every value is a pixel's, and the picture is a pattern "
        "of stripes in which neighbours have nothing to do with each other."
    ),
    fix="Move the axis: np.moveaxis(images, 1, -1), images.permute(0, 2, 3, 1).",
    example_bad="""\
images = batch.numpy().reshape(-1, 224, 224, 3)  # was (n, 3, 224, 224)
predictor.predict({"photo": images})
""",
    example_good="""\
images = np.moveaxis(batch.numpy(), 1, -1)
predictor.predict({"photo": images})
""",
    related=("SG104",),
)
