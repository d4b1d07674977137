"""An object that is rebuilt by calling something with arguments from the file."""

SAYS = "isn't plain data: sklearn.linear_model._ridge.Ridge"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    text = good.skops()["schema.json"].replace(b'"ObjectNode"', b'"ConstructorFromReduceNode"')
    return good.with_skops({**good.skops(), "schema.json": text})
