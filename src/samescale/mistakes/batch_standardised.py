"""SG304: Values standardised by the statistics of their own batch."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG304",
    name="batch-standardised",
    severity="warning",
    cause=(
        "The caller standardises each request by the mean and the standard deviation of that "
        "very request: fit_transform where transform was meant, zscore, or (x - x.mean()) / "
        "x.std()."
    ),
    looks_like=(
        "Every column of a request has mean 0 and deviation 1 to the last digits, whatever "
        "was measured, and a request of one row is all zeros. The answer to a row depends on "
        "the rows that happen to come with it."
    ),
    fix=(
        "Remove that step. What a value means was learned in training, and the model holds "
        "it; where the model was trained on scaled columns, use training's own mean and "
        "deviation."
    ),
    example_bad="""\
predictor.predict(StandardScaler().fit_transform(rows))
""",
    example_good="""\
predictor.predict(rows)
""",
    related=("SS101", "SS102", "SS106"),
)
