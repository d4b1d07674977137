"""scikit-learn objects as bytes and back, by skops (https://skops.readthedocs.io/en/stable/persistence.html).

skops stores an object as a tree of JSON nodes, each naming a class and how it is rebuilt, and its
arrays as `.npy` files. Two things are added here. The file is brought to one canonical form, for
skops names arrays by memory addresses. And the tree is judged before skops sees it: only classes
of scikit-learn, NumPy and built-in data, only the loaders that rebuild plain data, and arrays whose
declared shape is the size of what is there.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import skops.io

from samescale.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCHEMA: Final = "schema.json"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_MAX_BYTES: Final = 2**32
_REMEDY: Final = (
    "Use an estimator of scikit-learn whose fitted state is plain data, without functions of your "
    "own."
)
_OF_SEARCH: Final = (
    "If it is a search, as GridSearchCV is, pass what it found: its .best_estimator_."
)

# What skops itself trusts is the public estimators of scikit-learn and NumPy's dtypes. These are
# the parts that fitted estimators hold beside. All of them are data; the trees and the k-d trees
# index memory by their contents, so `soundness` looks those through once they are built.
TRUSTED: Final = frozenset(
    {
        "sklearn._loss.loss.HalfTweedieLoss",
        "sklearn._loss.loss.HalfTweedieLossIdentity",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        *(
            f"sklearn.gaussian_process.kernels.{name}"
            for name in (
                *("CompoundKernel", "ConstantKernel", "DotProduct", "ExpSineSquared"),
                *("Exponentiation", "Hyperparameter", "Matern", "Product", "RBF"),
                *("RationalQuadratic", "Sum", "WhiteKernel"),
            )
        ),
        *(
            f"sklearn.metrics._dist_metrics.{name}Distance{bits}"
            for name in ("Euclidean", "Manhattan", "Chebyshev", "Minkowski")
            for bits in ("", "32", "64")
        ),
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neighbors._kd_tree.KDTree64",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
    }
)
_LOADERS: Final = frozenset(
    {
        *("CachedNode", "DTypeNode", "DefaultDictNode", "DictNode", "JsonNode", "ListNode"),
        *("LossNode", "NdArrayNode", "ObjectNode", "RandomGeneratorNode", "RandomStateNode"),
        *("SetNode", "SliceNode", "TreeNode", "TupleNode", "TypeNode"),
    }
)
_BUILTINS: Final = frozenset(
    {"NoneType", "bool", "dict", "float", "int", "list", "set", "slice", "str", "tuple"}
)
_NOT_ADDRESSED: Final = frozenset({"JsonNode", "TypeNode"})


def dumps(model: Any) -> bytes:
    """The canonical skops file of `model`: the same state, the same bytes.

    Raises:
        ModelError: If a part of it isn't plain data; the message names the types.
    """
    try:
        data = skops.io.dumps(model)
        _audit(data)
        return canonical(data)
    except ModelError:
        raise
    except (TypeError, ValueError, AttributeError, NotImplementedError) as error:
        raise ModelError(
            f"The model can't be stored without code: {error}.", remedy=_REMEDY
        ) from error


def loads(data: bytes) -> Any:
    """The object of a file that `dumps` gave.

    Raises:
        ModelError: If the file isn't in canonical form, or asks for more than plain data.
    """
    _check_sizes(data)
    try:
        return _rebuilt(data)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"The model can't be rebuilt from its skops file: {type(error).__name__}: {error}.",
            remedy="Load it with the versions that the bundle's manifest names.",
        ) from error


def _rebuilt(data: bytes) -> Any:
    if canonical(data) != data:
        raise ModelError(
            "The model's skops file isn't in the canonical form.",
            remedy="Save the bundle again with samescale.",
        )
    _audit(data)
    return skops.io.loads(data, trusted=sorted(TRUSTED))


def _audit(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
    wrong = sorted({fault for node in _nodes(schema) if (fault := _fault(node))})
    wrong = wrong or sorted(set(skops.io.get_untrusted_types(data=data)) - TRUSTED)
    if wrong:
        raise ModelError(
            f"The model holds what isn't plain data: {', '.join(wrong)}.",
            remedy=_OF_SEARCH if any("MaskedArray" in name for name in wrong) else _REMEDY,
            types=wrong,
        )


def _fault(node: Mapping[str, Any]) -> str | None:
    module, name, loader = (str(node[key]) for key in ("__module__", "__class__", "__loader__"))
    root = module.partition(".")[0]
    known = root in {"sklearn", "numpy"} or (module == "builtins" and name in _BUILTINS)
    known = known or (module, name) == ("collections", "defaultdict")
    return None if known and loader in _LOADERS else f"{module}.{name}"


def _check_sizes(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ModelError(f"The model isn't a skops file: {error}.") from error
    stored = all(info.compress_type == zipfile.ZIP_STORED for info in infos)
    if not stored or sum(info.file_size for info in infos) > min(len(data), _MAX_BYTES):
        raise ModelError("The model's skops file declares more bytes than it has.")


def canonical(data: bytes) -> bytes:
    """The same tree with files and identities numbered in the order in which they are met.

    Args:
        data: A file of skops'. Whether it is sound shows in what this raises.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        files = {name: archive.read(name) for name in archive.namelist() if name != _SCHEMA}
    identities: dict[int, int] = {}
    names: dict[str, str] = {}
    for node in _nodes(schema):
        _renumber(node, identities, names)
    if len(names) != len(files):
        raise ValueError("its files aren't those of its tree")
    content = {new: _canonical_array(files[old]) for old, new in names.items()}
    text = json.dumps(schema, separators=(",", ":")).encode("ascii")
    return _zipped({**content, _SCHEMA: text})


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every node of the tree, parents first, children in their order."""
    stack = [schema]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if "__loader__" in value:
                yield value
            stack.extend(reversed(value.values()))
        elif isinstance(value, list):
            stack.extend(reversed(value))


def _renumber(node: dict[str, Any], identities: dict[int, int], names: dict[str, str]) -> None:
    if node["__loader__"] in _NOT_ADDRESSED:
        # Whether two equal strings or numbers are one object is chance; they are stored as values.
        node.pop("__id__", None)
    if "__id__" in node:
        node["__id__"] = identities.setdefault(node["__id__"], len(identities) + 1)
    if "file" in node:
        node["file"] = names.setdefault(node["file"], f"{len(names):06}.npy")


def _canonical_array(data: bytes) -> bytes:
    stream = io.BytesIO(data)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }[np.lib.format.read_magic(stream)]
    shape, fortran, dtype = read(stream)
    if (
        dtype.hasobject
        or int(np.prod(shape, dtype=object)) * dtype.itemsize != len(data) - stream.tell()
    ):
        raise ValueError(f"an array of {dtype}{list(shape)} is declared and other bytes follow")
    flat = np.frombuffer(data, dtype, offset=stream.tell())
    array = flat.reshape(shape, order="F" if fortran else "C")
    out = io.BytesIO()
    np.lib.format.write_array(out, _without_padding(array), version=(1, 0), allow_pickle=False)
    return out.getvalue()


def _without_padding(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array with zeros between the fields of its records, where memory may hold anything."""
    if array.dtype.names is None:
        return array
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    return clean


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # Unix, whatever the machine
            archive.writestr(info, files[name])
    return out.getvalue()
