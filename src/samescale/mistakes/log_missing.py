"""SG309: A column without the logarithm that training had taken."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG309",
    name="log-missing",
    severity="warning",
    cause=(
        "The training table held the logarithm of a column, taken in a script that isn't part "
        "of the model, and a caller sends the plain value."
    ),
    looks_like=(
        "Hundreds to hundred thousands arrive where training had numbers between 5 and 12."
    ),
    fix=(
        "Take the same logarithm before sending. Better, train on the plain column with "
        "Log1p() in its chain, so that the bundle takes it."
    ),
    example_bad="""\
train["price"] = np.log1p(train["price"])
fitted = ss.Spec({"price": ss.Normalization()}).adapt(train)
fitted.transform(rows)
""",
    example_good="""\
spec = ss.Spec({"price": [ss.Log1p(), ss.Normalization()]})
fitted = spec.adapt(train)
fitted.transform(rows)
""",
    related=("SS201",),
)
