"""SS401: A model that is saved without the fitted object that it needs."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS401",
    name="preprocessor-not-saved",
    severity="error",
    cause=(
        "model.save or joblib.dump gets the model alone; the scaler lives until the notebook "
        "is closed."
    ),
    looks_like=(
        "Whoever loads the model has to guess the means. In traffic this becomes SG303, SG304 "
        "or a scaler fitted on something else."
    ),
    fix=(
        "Save one object: a Pipeline, or a bundle, which keeps statistics, model and input "
        "contract in one file."
    ),
    example_bad="""\
x = StandardScaler().fit_transform(x_train)
model.fit(x, y_train)
joblib.dump(model, "model.pkl")
""",
    example_good="""\
pipeline = make_pipeline(StandardScaler(), Ridge())
pipeline.fit(x_train, y_train)
joblib.dump(pipeline, "model.pkl")
""",
    related=("SG303", "SA101", "SA103"),
)
