"""A schema that promises another dtype than the graph takes."""

SAYS = "and the schema doesn't"


def build(good):
    schema = good.manifest()["schema"]
    schema[0]["dtype"] = "float16"
    return good.sealed({}, schema=schema)
