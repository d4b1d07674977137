"""SA203: A transformer that was saved before it was fitted."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA203",
    name="transformer-not-fitted",
    severity="error",
    cause=(
        "What was dumped is the object as it was made, while its fitted copy stayed in a "
        "Pipeline or in a search."
    ),
    looks_like=(
        "NotFittedError at the first request, or, where someone catches it, a fit on that request."
    ),
    fix="Save what was fitted: pipeline[:-1], search.best_estimator_.",
    example_bad="""\
scaler = StandardScaler()
search = GridSearchCV(make_pipeline(scaler, SVC()), grid).fit(x, y)
joblib.dump(scaler, "scaler.pkl")
""",
    example_good="""\
scaler = StandardScaler()
search = GridSearchCV(make_pipeline(scaler, SVC()), grid).fit(x, y)
joblib.dump(search.best_estimator_, "model.pkl")
""",
    related=("SS102",),
)
