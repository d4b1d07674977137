"""A spec in another encoding."""

SAYS = "isn't strict JSON"


def build(good):
    return good.sealed({"spec.json": '{"é": 1}'.encode("latin-1")})
