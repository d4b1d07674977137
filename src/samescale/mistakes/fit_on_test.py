"""SS101: A transformer that learns from test or new rows."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS101",
    name="fit-on-test",
    severity="error",
    cause=(
        "fit or fit_transform is called on the test rows, for it is the call that stands "
        "three lines above. The statistics of training are replaced by those of the test "
        "rows."
    ),
    looks_like=(
        "Test rows are scaled by their own mean, so the score doesn't measure what will be "
        "served: it is often too good, and off in an unknown direction."
    ),
    fix="Call transform on every table but the training one.",
    example_bad="""\
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.fit_transform(x_test)
""",
    example_good="""\
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.transform(x_test)
""",
    related=("SG304", "SG305"),
)
