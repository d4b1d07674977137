"""SG203: Another share of missing values than in training."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG203",
    name="missing-share",
    severity="warning",
    cause=(
        "Far more values are missing than in training (a feed failed, a join lost its "
        "key, a field was renamed), or far fewer (someone upstream began to fill them "
        "in, so two imputations meet)."
    ),
    looks_like=(
        "Every single row is legal, and predictions drift towards what imputation puts "
        "in. The finding names both shares; it needs a batch, for one missing value "
        "proves nothing."
    ),
    fix=(
        "Look upstream: the feed, the join, the fill. Don't fill in values before "
        "samescale does: it does so with what training learned."
    ),
    example_bad="""\
predictor.predict(rows.fillna(0))
""",
    example_good="""\
predictor.predict(rows)
""",
    related=("SG310", "SG390"),
)
