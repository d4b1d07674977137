"""SG104: A row, a tensor or an array of another shape than the contract's."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG104",
    name="wrong-shape",
    severity="error",
    cause=(
        "Rows are longer or shorter than the contract is wide, columns are of unequal "
        "length, or an image has another size or another order of its axes than in "
        "training."
    ),
    looks_like=(
        "SchemaError, or 400 from the server, with both shapes. Where nothing checks, "
        "NumPy broadcasts and a row of another length is padded or answers 500."
    ),
    fix=(
        "Give one value a column and row; for a tensor column, the shape of training "
        "with rows first. Resize images as the training pipeline did."
    ),
    example_bad="""\
predictor.predict({"age": [41.0, 39.0], "city": ["Oslo"]})
""",
    example_good="""\
predictor.predict({"age": [41.0, 39.0], "city": ["Oslo", "Bergen"]})
""",
    related=("SG328",),
)
