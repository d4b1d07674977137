"""SS203: Training and prediction scale in two ways."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS203",
    name="other-scale-at-predict",
    severity="error",
    cause=(
        "The two lines were written at different times: / 255 in one, / 127.5 - 1 in the "
        "other; a MinMaxScaler here and a StandardScaler there."
    ),
    looks_like=("Ranges overlap, so the answers are plausible and worse than those of the test."),
    fix=("Scale by the same object: write the step once, and let training and prediction call it."),
    example_bad="""\
model.fit(x_train / 255.0, y_train)
answer = model.predict(x_new / 127.5 - 1.0)
""",
    example_good="""\
def scaled(images):
    return images / 255.0


model.fit(scaled(x_train), y_train)
answer = model.predict(scaled(x_new))
""",
    related=("SG302", "SG322", "SG323"),
)
