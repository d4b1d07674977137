"""SS503: preprocess_input that is applied twice."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS503",
    name="preprocess-input-twice",
    severity="error",
    cause=(
        "It stands in the generator (preprocessing_function=...) and again before predict, or "
        "in the model as a layer and in the loader."
    ),
    looks_like="Pixels of -1...1 become -1.008...-0.992: all pictures are one picture.",
    fix="Apply it once: inside the model, for there it can't be forgotten.",
    example_bad="""\
data = ImageDataGenerator(preprocessing_function=preprocess_input)
for images, _ in data.flow(pixels, labels):
    answer = model.predict(preprocess_input(images))
""",
    example_good="""\
data = ImageDataGenerator(preprocessing_function=preprocess_input)
for images, _ in data.flow(pixels, labels):
    answer = model.predict(images)
""",
    related=("SG326",),
)
