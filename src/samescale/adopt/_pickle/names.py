"""The closed list of what a stored object may name at all. Nothing of it is ever looked up."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from samescale.adopt._pickle.refusal import refused
from samescale.adopt._record import Named

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_MODULE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,15}")

# As older versions call what newer ones have elsewhere.
_RENAMED: Final = {
    "__builtin__": "builtins",
    "copy_reg": "copyreg",
    "numpy.core.multiarray": "numpy._core.multiarray",
    "numpy.core.numeric": "numpy._core.numeric",
    "sklearn.externals.joblib.numpy_pickle": "joblib.numpy_pickle",
}
_EXACT: Final[dict[str, frozenset[str]]] = {
    "builtins": frozenset(
        {
            *("bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int"),
            *("list", "object", "set", "slice", "str", "tuple", "type", "NoneType"),
        }
    ),
    "copyreg": frozenset({"_reconstructor", "__newobj__"}),
    "collections": frozenset({"OrderedDict", "defaultdict"}),
    "_codecs": frozenset({"encode"}),
    "joblib.numpy_pickle": frozenset({"NumpyArrayWrapper"}),
    "numpy._core.multiarray": frozenset({"_reconstruct", "scalar"}),
    "numpy._core.numeric": frozenset({"_frombuffer"}),
    # Where randomness was, in most models that were trained with some.
    "numpy.random._pickle": frozenset(
        {"__bit_generator_ctor", "__generator_ctor", "__randomstate_ctor"}
    ),
    "numpy.random.bit_generator": frozenset({"SeedSequence", "__pyx_unpickle_SeedSequence"}),
    "numpy.random._mt19937": frozenset({"MT19937"}),
    "numpy.random._pcg64": frozenset({"PCG64", "PCG64DXSM"}),
    "numpy.random._philox": frozenset({"Philox"}),
    "numpy.random._sfc64": frozenset({"SFC64"}),
}
# What a transform may have been given: functions of one number, and types of numbers.
_NUMPY: Final = frozenset(
    {
        *("around", "clip", "dtype", "memmap", "nan_to_num", "ndarray", "round"),
        *(name for name, thing in vars(np).items() if isinstance(thing, np.ufunc)),
        *(thing.__name__ for thing in (*np.sctypeDict.values(), np.generic)),
    }
)
_FAMILIES: Final = ("sklearn", "scipy.special")


def named(module: str, name: str, at: int | None = None) -> Named:
    """What a stored object names, as a name.

    Args:
        module: As the file has it.
        name: Likewise.
        at: The place in the file, for the message.

    Raises:
        SourceError: If it isn't on the list.

    Examples:
        >>> named("sklearn.preprocessing._data", "StandardScaler", 0).name
        'StandardScaler'
        >>> named("os", "system", 27)
        Traceback (most recent call last):
        samescale.errors.SourceError: The stored object names 'os.system' at byte 27, which ...
    """
    module = _RENAMED.get(module, module)
    if _MODULE.fullmatch(module) and _WORD.fullmatch(name) and _listed(module, name):
        return Named(module, name)
    raise refused(_shown(f"{module}.{name}"), "names", at)


def is_sklearn(name: Named) -> bool:
    """Whether it is a name of scikit-learn's."""
    return name.module.partition(".")[0] == "sklearn"


def _listed(module: str, name: str) -> bool:
    if module in _EXACT:
        return name in _EXACT[module]
    if module == "numpy":
        return name in _NUMPY
    family = any(module == f or module.startswith(f"{f}.") for f in _FAMILIES)
    return family and ".externals" not in module


def _shown(text: str) -> str:
    return ascii(text[:120])[1:-1]
