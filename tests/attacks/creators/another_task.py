"""A class that the manifest calls a number."""

SAYS = "target has other fields"


def build(good):
    classifier = type(good)(good.other, good.data)
    target = classifier.manifest()["target"]
    return classifier.sealed({}, target=target | {"task": "regression"})
