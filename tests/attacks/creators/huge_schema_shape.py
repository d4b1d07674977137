"""A column of the schema with rows of a trillion entries."""

SAYS = "The graph takes 'age' as float32[rows], and the schema doesn't"


def build(good):
    schema = good.manifest()["schema"]
    schema[0]["shape"] = [10**6, 10**6]
    return good.sealed({}, schema=schema)
