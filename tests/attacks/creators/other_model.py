"""The model of another training, with the right digest in the manifest."""

SAYS = "of the manifest"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    return good.sealed({"model/estimator.skops": good.members(good.other)["model/estimator.skops"]})
