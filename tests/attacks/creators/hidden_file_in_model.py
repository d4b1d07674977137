"""A stored estimator with a file that no part of it names."""

SAYS = "its files aren't those of its tree"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    return good.with_skops({**good.skops(), "evil.py": b"import os"})
