"""SG321: Pixels of 0...255 where training had a smaller range."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG321",
    name="pixels-0-255",
    severity="warning",
    cause=(
        "The model was trained on pixels of 0...1 or -1...1, divided in the training script, "
        "and a caller sends them as the file has them."
    ),
    looks_like=(
        "Values up to 255 where 1 was the largest: the first layer saturates, and whole "
        "folders get one class."
    ),
    fix=(
        "Scale the pixels as training did. Better, put Rescaling(1 / 255) or "
        "ImageConvention(...) in the chain and train on the pixels of the file, so that "
        "callers send those."
    ),
    example_bad="""\
images = np.stack([np.asarray(Image.open(path)) for path in paths])
model.predict(images)  # trained on x / 255
""",
    example_good="""\
spec = ss.Spec({"photo": ss.Rescaling(1 / 255)})
fitted = spec.adapt({"photo": train_images})
ss.Bundle(fitted, model).save("photos.samescale")
ss.load("photos.samescale").predict({"photo": images})
""",
    related=("SS201", "SS501", "SA101"),
)
