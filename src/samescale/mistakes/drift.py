"""SG390: Traffic that has moved away from training."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG390",
    name="drift",
    severity="info",
    cause=(
        "The world changed, or the traffic is of another kind of customer, place or season. "
        "No mistake of the catalogue explains it better."
    ),
    looks_like=(
        "Columns lie higher, lower, wider or in other shares than in training, without the "
        "marks of a wrong unit, a scaler or a lost step. It is kept apart from the mistakes: "
        "nothing in the caller is wrong, and nothing can be undone."
    ),
    fix=(
        "Look whether the model still answers well for such rows, and train again with them "
        "if it doesn't. Filter no rows only because they are new."
    ),
    example_bad="""\
if predictor.check(rows):
    predictor.predict(rows.clip(train.min(), train.max(), axis=1))
""",
    example_good="""\
fitted = spec.adapt(pd.concat([train, labelled_new_rows]))
""",
    related=("SG202", "SG203"),
)
