"""SG322: Pixels of 0...1 where training had 0...255 or -1...1."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG322",
    name="pixels-0-1",
    severity="warning",
    cause=(
        "The caller divides by 255 (torchvision's ToTensor does, so do many loaders), and the "
        "model rescales inside or was trained on other numbers."
    ),
    looks_like=(
        "No value is above 1. To a model that expects 0...255 every picture is black; to one "
        "that expects -1...1 it is grey and bright."
    ),
    fix=(
        "Remove the division and send the pixels of the file, 0...255, where the model "
        "rescales inside; else scale as training did."
    ),
    example_bad="""\
images = np.stack([np.asarray(Image.open(p)) for p in paths]) / 255
predictor.predict({"photo": images})
""",
    example_good="""\
images = np.stack([np.asarray(Image.open(p)) for p in paths])
predictor.predict({"photo": images})
""",
    related=("SS202", "SS203", "SS302", "SA301"),
)
