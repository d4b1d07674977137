"""SG303: Raw values where training had normalised ones."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG303",
    name="not-normalised",
    severity="warning",
    cause=(
        "The table that training learned from was scaled already, outside of what was saved, "
        "and a caller that knows nothing of it sends raw values."
    ),
    looks_like=(
        "Thousands arrive where training had numbers between -3 and 3, in most columns at "
        "once. Answers are wild, or stick to one class."
    ),
    fix=(
        "Scale as training did before sending. Better, let the bundle do it: train on raw "
        "rows with Normalization() in the spec, or take the scaler that was fitted with "
        "`samescale adopt`, and callers send raw values from then on."
    ),
    example_bad="""\
model.fit(StandardScaler().fit_transform(x_train), y_train)
model.predict(x_new)
""",
    example_good="""\
spec = ss.Spec({name: ss.Normalization() for name in x_train.columns})
fitted = spec.adapt(x_train)
model.fit(fitted.matrix(x_train), y_train)
ss.Bundle(fitted, model).save("model.samescale")
ss.load("model.samescale").predict(x_new)
""",
    related=("SS201", "SS401", "SS403", "SA101", "SA103"),
)
