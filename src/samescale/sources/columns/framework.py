"""Which framework a collection on a cluster is of, by its class alone."""

from __future__ import annotations

# The class's module and name: nothing is imported to recognise a collection.
_KINDS = {
    ("dask.dataframe", "DataFrame"): "dask",
    ("ray.data", "Dataset"): "ray",
    ("ray.data", "MaterializedDataset"): "ray",
    ("pyspark.sql", "DataFrame"): "spark",
}


def framework(data: object) -> str | None:
    """The framework that `data` is a collection of, or `None`.

    >>> framework({"age": [41]}) is None
    True
    """
    kind = type(data)
    for (package, name), found in _KINDS.items():
        if kind.__name__ == name and f"{kind.__module__}.".startswith(f"{package}."):
            return found
    return None
