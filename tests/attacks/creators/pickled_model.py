"""A model that is a pickle."""

import pickle

SAYS = "'model/evil.pkl'"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    return good.sealed({"model/estimator.skops": None, "model/evil.pkl": pickle.dumps(print)})
