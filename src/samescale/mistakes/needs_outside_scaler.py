"""SA103: A model whose scaler is another object."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA103",
    name="needs-outside-scaler",
    severity="warning",
    cause=(
        "A dict of model and scaler in one pickle, or scaler.pkl beside model.pkl: two halves "
        "that nothing holds together."
    ),
    looks_like=(
        "Half of an update is possible: a new model with the old scaler loads and answers. So "
        "is forgetting one of them."
    ),
    fix=(
        "Make one object of both: a Pipeline, or a bundle, in which each half knows the "
        "digest of the other. `samescale adopt` reads what is there."
    ),
    example_bad="""\
joblib.dump({"model": model, "scaler": scaler}, "model.pkl")
""",
    example_good="""\
joblib.dump(make_pipeline(scaler, model), "model.pkl")
""",
    related=("SG303", "SS401", "SS403"),
)
