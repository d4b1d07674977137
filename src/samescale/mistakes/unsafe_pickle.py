"""SA501: A pickle that calls something when it is loaded."""

from samescale.mistakes.base import Mistake

MISTAKE = Mistake(
    code="SA501",
    name="unsafe-pickle",
    severity="error",
    cause=(
        "A pickle is a program. This one imports and calls what no model needs: os.system, "
        "subprocess, eval, a socket."
    ),
    looks_like="Loading it runs that, before any check of the object could.",
    fix=(
        "Don't load it. Ask for the statistics and weights in a format without code: skops, "
        "safetensors, ONNX, JSON. `samescale adopt` reads known scalers in a pickle as data "
        "and runs nothing."
    ),
    example_bad="""\
model = pickle.load(open("model.pkl", "rb"))
""",
    example_good="""\
model = skops.io.load("model.skops", trusted=[])
""",
    related=("SA502", "SA503"),
)
