"""A stored estimator with an array that says that it is a terabyte large."""

SAYS = "[9999999999999, 12] is declared"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    files = {
        name: data.replace(b"'shape': (", b"'shape': (9999999999999, ").replace(b" " * 15, b"", 1)
        for name, data in good.skops().items()
    }
    return good.with_skops(files)
