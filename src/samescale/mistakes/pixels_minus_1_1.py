"""SG323: Pixels of -1...1 where training had another range."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG323",
    name="pixels-minus-1-1",
    severity="warning",
    cause=(
        "The caller applies x / 127.5 - 1, the convention of MobileNet and Inception, and the "
        "model rescales inside or was trained on 0...255 or 0...1."
    ),
    looks_like="Half of all values are negative, where training had none.",
    fix=(
        "Remove that step and send the pixels of the file, 0...255, where the model rescales "
        "inside; else scale as training did."
    ),
    example_bad="""\
images = keras.applications.mobilenet_v2.preprocess_input(images)
predictor.predict({"photo": images})
""",
    example_good="""\
predictor.predict({"photo": images})
""",
    related=("SS203", "SS302", "SS502"),
)
