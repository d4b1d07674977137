"""A bundle whose probe rows were taken out."""

SAYS = "'probe.json' is missing"


def build(good):
    return good.sealed({"probe.json": None, "probe.safetensors": None})
