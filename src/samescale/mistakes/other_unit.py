"""SG307: A column in another unit than in training."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SG307",
    name="other-unit",
    severity="warning",
    cause=(
        "One column is measured in another unit: grams for kilograms, cents for euros, inches "
        "for centimetres, Fahrenheit for Celsius, percent for fractions, milliseconds for "
        "seconds. Often a supplier, a sensor or a country is new."
    ),
    looks_like=(
        "The column is a constant factor, or a factor and a shift, away from training, and "
        "the others aren't. With a large factor one row tells; with a small one (pounds for "
        "kilograms) it takes some rows, for one row may be a heavy person."
    ),
    fix="Convert where the value is read, and write the unit into the column's name.",
    example_bad="""\
predictor.predict({"weight_kg": rows["weight_lb"], "age": rows["age"]})
""",
    example_good="""\
weight = rows["weight_lb"] * 0.45359237
predictor.predict({"weight_kg": weight, "age": rows["age"]})
""",
    related=("SG202",),
)
