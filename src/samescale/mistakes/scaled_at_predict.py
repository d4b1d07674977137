"""SS202: A model that was trained on raw rows and is asked about scaled ones."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS202",
    name="scaled-at-predict",
    severity="error",
    cause=(
        "A service scales out of habit, or for the model before this one, while this one was "
        "trained on raw rows or scales inside."
    ),
    looks_like=(
        "All rows look alike to the model, and answers hardly move. In traffic this is SG301 "
        "or SG302."
    ),
    fix="Remove the scaling before predict.",
    example_bad="""\
forest.fit(x_train, y_train)
answer = forest.predict(scaler.transform(x_new))
""",
    example_good="""\
forest.fit(x_train, y_train)
answer = forest.predict(x_new)
""",
    related=("SG301", "SG302", "SG308", "SG322"),
)
