"""SS105: Rows that are duplicated or made up before the split."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS105",
    name="resample-before-split",
    severity="error",
    cause=(
        "SMOTE, RandomOverSampler or resample balances the classes first, and "
        "train_test_split cuts the result."
    ),
    looks_like=(
        "Copies and near copies of a row stand on both sides. Scores near 1.0 are usual, and "
        "gone in production."
    ),
    fix=("Resample the training rows only, after the split; in a search, inside the folds."),
    example_bad="""\
x, y = SMOTE().fit_resample(x, y)
x_train, x_test, y_train, y_test = train_test_split(x, y)
""",
    example_good="""\
x_train, x_test, y_train, y_test = train_test_split(x, y)
x_train, y_train = SMOTE().fit_resample(x_train, y_train)
""",
    related=("SS103",),
)
