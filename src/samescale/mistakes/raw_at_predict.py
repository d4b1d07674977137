"""SS201: A model that was trained on scaled rows and is asked about raw ones."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SS201",
    name="raw-at-predict",
    severity="error",
    cause=(
        "Training scales, and the line that predicts was written later, or elsewhere, without it."
    ),
    looks_like=(
        "Answers are wild or stick to one class, and no error is raised: the shape is right. "
        "In traffic this is SG303."
    ),
    fix=(
        "Apply the fitted transformer before predict; or keep it in one Pipeline or bundle "
        "with the model, which takes raw rows."
    ),
    example_bad="""\
model.fit(scaler.fit_transform(x_train), y_train)
answer = model.predict(x_new)
""",
    example_good="""\
model.fit(scaler.fit_transform(x_train), y_train)
answer = model.predict(scaler.transform(x_new))
""",
    related=("SG303", "SG309", "SG321"),
)
