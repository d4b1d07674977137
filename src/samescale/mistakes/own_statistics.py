"""SS106: Other data that are normalised by their own statistics."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS106",
    name="own-statistics",
    severity="error",
    cause=(
        "The formula is written by hand and repeated for each table: (x - x.mean()) / x.std() "
        "for training, then the same for test and for new rows."
    ),
    looks_like=(
        "The same value means another thing in each table. In traffic this is SG304 or SG305."
    ),
    fix=("Compute mean and deviation once, from training, and use those two numbers everywhere."),
    example_bad="""\
train = (train - train.mean()) / train.std()
test = (test - test.mean()) / test.std()
""",
    example_good="""\
mean, deviation = train.mean(), train.std()
train = (train - mean) / deviation
test = (test - mean) / deviation
""",
    related=("SG304", "SG305", "SG325"),
)
