"""SS104: A mean, median or mode of all rows that fills or scales before the split."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS104",
    name="statistic-before-split",
    severity="warning",
    cause=(
        "fillna(x.mean()), a division by x.max() or a quantile is written without any fit, "
        "before the rows are split."
    ),
    looks_like=(
        "As SS103, by hand: test rows have a part in the number. Whoever serves the model "
        "must find that number somewhere."
    ),
    fix=(
        "Compute it from the training rows after the split, and keep it with the model: "
        "Impute('mean') learns it, stores it and applies it everywhere."
    ),
    example_bad="""\
table["age"] = table["age"].fillna(table["age"].mean())
train, test = train_test_split(table)
""",
    example_good="""\
train, test = train_test_split(table)
spec = ss.Spec({"age": [ss.Impute("mean"), ss.Normalization()]})
fitted = spec.adapt(train)
""",
    related=("SS103",),
)
