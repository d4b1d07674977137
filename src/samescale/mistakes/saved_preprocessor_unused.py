"""SS403: A scaler that training saved and prediction doesn't load."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS403",
    name="saved-preprocessor-unused",
    severity="warning",
    cause=(
        "Training dumps model and scaler side by side; the script that predicts loads the "
        "first of the two files."
    ),
    looks_like="As SS201: raw rows for a model of scaled ones.",
    fix="Load and apply it; or save one file, of which nothing can be left behind.",
    example_bad="""\
joblib.dump(scaler, "scaler.pkl")
joblib.dump(model, "model.pkl")

model = joblib.load("model.pkl")
answer = model.predict(x_new)
""",
    example_good="""\
joblib.dump(make_pipeline(scaler, model), "model.pkl")

model = joblib.load("model.pkl")
answer = model.predict(x_new)
""",
    related=("SG303", "SA103"),
)
