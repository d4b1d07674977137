"""Classes in another order than their codes: every answer would have the other name."""

SAYS = "classes aren't those"


def build(good):
    classifier = type(good)(good.other, good.data)
    target = classifier.manifest()["target"]
    return classifier.sealed({}, target=target | {"classes": target["classes"][::-1]})
