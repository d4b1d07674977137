"""A learned number that is NaN."""

SAYS = "NaN is no JSON number"


def build(good):
    return good.sealed({"learned.json": b'{"columns": {"age": [NaN]}, "target": null}'})
