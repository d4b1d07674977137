"""SS103: A transformer that is fitted on all rows, before they are split."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS103",
    name="fit-before-split",
    severity="error",
    cause=(
        "Scaling comes first in the script and train_test_split after it, so the mean, the "
        "vocabulary or the selected features know the test rows (preprocessing leakage; L1.2 "
        "and L1.3 in the taxonomy of Kapoor and Narayanan, Patterns 2023)."
    ),
    looks_like=(
        "Nothing fails. The score is too good: a little with a scaler, a lot with target "
        "encoding, feature selection or resampling."
    ),
    fix=(
        "Split first. Or put the transformer into a Pipeline, which learns from the rows that "
        "it is trained on."
    ),
    example_bad="""\
x = StandardScaler().fit_transform(x)
x_train, x_test, y_train, y_test = train_test_split(x, y)
model.fit(x_train, y_train)
""",
    example_good="""\
x_train, x_test, y_train, y_test = train_test_split(x, y)
model = make_pipeline(StandardScaler(), Ridge())
model.fit(x_train, y_train)
""",
    related=("SS104", "SS105"),
)
