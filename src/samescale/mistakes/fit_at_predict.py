"""SS102: A transformer that is fitted where predictions are served."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS102",
    name="fit-at-predict",
    severity="error",
    cause=(
        "The function that answers requests has no scaler at hand and makes one of the rows "
        "that it was sent."
    ),
    looks_like=(
        "A request of one row is all zeros, and each answer depends on the rows beside it. In "
        "traffic this is SG304 or SG305."
    ),
    fix=(
        "Load what training fitted and call transform; or keep both in one file, as a "
        "Pipeline or a bundle does."
    ),
    example_bad="""\
def predict(rows):
    x = StandardScaler().fit_transform(rows)
    return model.predict(x)
""",
    example_good="""\
predictor = ss.load("model.samescale")


def predict(rows):
    return predictor.predict(rows)
""",
    related=("SG304", "SG305", "SA202", "SA203"),
)
