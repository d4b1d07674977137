"""An estimator of a package of the attacker's."""

SAYS = "isn't plain data: evil._ridge.Ridge"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    text = good.skops()["schema.json"].replace(b"sklearn.linear_model._ridge", b"evil._ridge")
    return good.with_skops({**good.skops(), "schema.json": text})
