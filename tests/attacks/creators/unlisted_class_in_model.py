"""A function of scikit-learn's own that is no estimator: the one that downloads data."""

SAYS = "isn't plain data: sklearn.datasets._base.load_files"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    text = good.skops()["schema.json"]
    text = text.replace(b'"Ridge"', b'"load_files"')
    text = text.replace(b"sklearn.linear_model._ridge", b"sklearn.datasets._base")
    return good.with_skops({**good.skops(), "schema.json": text})
