"""A stored estimator with a pickled array."""

import io

import numpy as np

SAYS = "an array of object"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    out = io.BytesIO()
    np.save(out, np.array([print], object), allow_pickle=True)
    files = good.skops()
    arrays = {name: out.getvalue() for name in files if name.endswith(".npy")}
    return good.with_skops({**files, **arrays})
