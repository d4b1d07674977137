"""SG325: Pictures that were each standardised by themselves."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG325",
    name="image-standardised",
    severity="warning",
    cause=(
        "The caller subtracts each picture's own mean and divides by its own deviation "
        "(per_image_standardization, an extractor of another model), and training didn't."
    ),
    looks_like=(
        "Every picture has mean 0 and deviation 1 to the last digits: a night and a noon are "
        "equally bright."
    ),
    fix="Remove that step and send the pixels as training had them.",
    example_bad="""\
images = tf.image.per_image_standardization(images)
predictor.predict({"photo": images})
""",
    example_good="""\
predictor.predict({"photo": images})
""",
    related=("SS106",),
)
