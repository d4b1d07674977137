"""Files of skops': a tree of nodes in JSON and arrays as `.npy`, read without skops.

skops itself imports and calls what a tree names, once it is trusted
(https://skops.readthedocs.io/en/stable/persistence.html). Here a node is data or it is refused.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from samescale.adopt import _npy, _zipped
from samescale.adopt._pickle.finish import finish
from samescale.adopt._pickle.limits import MAX_DEPTH
from samescale.adopt._pickle.names import is_sklearn, named
from samescale.adopt._pickle.plain import checked, shape_of
from samescale.adopt._pickle.refusal import malformed, refused, too_much
from samescale.adopt._pickle.shells import Shell
from samescale.adopt._record import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMA: Final = "schema.json"
_PLAIN: Final = (str, int, float, bool, type(None))
_ARRAY: Final = Named("numpy", "ndarray")
_KEYS: Final[dict[str, Callable[[str], Any]]] = {"str": str, "int": int, "float": float}


def read(content: bytes) -> Any:
    """What a skops file holds, as plain data; nothing that it names is imported or called.

    Args:
        content: The file.

    Returns:
        As `_pickle.read`.

    Raises:
        SourceError: If it is damaged, too much, or names anything but plain data; names it.
    """
    return tree(_zipped.members(content))


def tree(members: Mapping[str, bytes]) -> Any:
    """What the members of a skops file hold.

    Raises:
        SourceError: As `read`.
    """
    try:
        schema = json.loads(members[SCHEMA].decode())
    except (ValueError, KeyError, RecursionError) as error:
        raise malformed(f"'{SCHEMA}' is no JSON ({error})") from error
    made = finish(_Tree(members).of(schema, 0))
    if isinstance(made, Named):
        raise refused(f"{made.module}.{made.name}", "is nothing but the name")
    return made


@final
class _Tree:
    """One pass over the nodes of a file.

    Args:
        members: The file's members, for the arrays.
    """

    def __init__(self, members: Mapping[str, bytes]) -> None:
        self._members = members
        self._known: dict[int, Any] = {}
        self._loaders: dict[str, Callable[[dict[str, Any], int], Any]] = {
            "BytesNode": self._bytes,
            "BytearrayNode": self._bytes,
            "DTypeNode": self._dtype,
            "DefaultDictNode": self._main,
            "DictNode": self._dict,
            "FunctionNode": self._name,
            "JsonNode": self._json,
            "ListNode": self._list,
            "LossNode": self._object,
            "NdArrayNode": self._array,
            "ObjectNode": self._object,
            "RandomGeneratorNode": self._random,
            "RandomStateNode": self._random,
            "SetNode": self._set,
            "SliceNode": self._slice,
            "TreeNode": self._object,
            "TupleNode": self._tuple,
            "TypeNode": self._name,
            "_DictWithDeprecatedKeysNode": self._main,
        }

    def of(self, node: Any, depth: int) -> Any:
        """A node's value: plain data and shells."""
        if not isinstance(node, dict) or depth > MAX_DEPTH:
            raise malformed("a node is no object of JSON, or too deep")
        loader, key = node.get("__loader__"), node.get("__id__")
        if loader == "CachedNode":
            if not isinstance(key, int) or key not in self._known:
                raise malformed("a node repeats one that isn't there")
            return self._known[key]
        made = self._loaders.get(str(loader), self._refuse)(node, depth + 1)
        if isinstance(key, int):
            self._known[key] = made
        return made

    def _refuse(self, node: dict[str, Any], _: int) -> Any:
        name = f"{_text(node, '__module__')}.{_text(node, '__class__')}"
        raise refused(name, f"has a {_text(node, '__loader__')}, which makes")

    def _each(self, node: dict[str, Any], depth: int) -> list[Any]:
        if not isinstance(node.get("content"), list):
            raise malformed("a node of several has no list")
        return [self.of(one, depth) for one in node["content"]]

    def _tuple(self, node: dict[str, Any], depth: int) -> tuple[Any, ...]:
        self._builtin(node, "tuple")
        return tuple(self._each(node, depth))

    def _list(self, node: dict[str, Any], depth: int) -> list[Any]:
        self._builtin(node, "list")
        return self._each(node, depth)

    def _set(self, node: dict[str, Any], depth: int) -> Shell:
        self._builtin(node, "set", "frozenset")
        return Shell(Named("builtins", "set"), 0, {"arguments": (self._each(node, depth),)})

    def _builtin(self, node: dict[str, Any], *names: str) -> None:
        if node.get("__module__") != "builtins" or node.get("__class__") not in names:
            self._refuse(node, 0)

    def _dict(self, node: dict[str, Any], depth: int) -> Any:
        content = node.get("content")
        types = self.of(node.get("key_types"), depth)
        if not isinstance(content, dict) or not isinstance(types, list):
            raise malformed("a dict has no items")
        if len(types) != len(content):
            raise malformed("a dict has other types of keys than keys")
        items = {
            _key(kind, key): self.of(value, depth)
            for kind, (key, value) in zip(types, content.items(), strict=True)
        }
        class_ = named(_text(node, "__module__"), _text(node, "__class__"))
        return Shell(class_, 0, {"items": items}) if is_sklearn(class_) else items

    def _main(self, node: dict[str, Any], depth: int) -> Any:
        content = node.get("content")
        return self.of(content.get("main") if isinstance(content, dict) else None, depth)

    def _object(self, node: dict[str, Any], depth: int) -> Shell:
        class_ = named(_text(node, "__module__"), _text(node, "__class__"))
        if not is_sklearn(class_):
            self._refuse(node, depth)
        state = self.of(node["content"], depth) if "content" in node else {}
        states = state if isinstance(state, tuple) else (state,)
        if not all(isinstance(part, dict | None) for part in states):
            raise malformed(f"the state of '{class_}' is no dict")
        return Shell(class_, 0, {"states": [part for part in states if part is not None]})

    def _name(self, node: dict[str, Any], _: int) -> Named:
        return named(_text(node, "__module__"), _text(node, "__class__"))

    def _random(self, node: dict[str, Any], _: int) -> Named:
        """Where randomness was; nothing that is adopted is random."""
        name = _text(node, "__class__")
        if name not in {"RandomState", "Generator"}:
            self._refuse(node, 0)
        return Named("numpy.random", name)

    def _json(self, node: dict[str, Any], _: int) -> Any:
        try:
            value = json.loads(_text(node, "content"))
        except (ValueError, RecursionError) as error:
            raise malformed(f"a value is no JSON ({error})") from error
        if not isinstance(value, _PLAIN):
            raise malformed("a value is no plain text or number")
        return checked(value) if isinstance(value, str) else value

    def _slice(self, node: dict[str, Any], _: int) -> slice:
        content = node.get("content")
        given = content if isinstance(content, dict) else {"start": content}
        parts = [given.get(key) for key in ("start", "stop", "step")]
        if not given or not all(isinstance(part, int | str | None) for part in parts):
            raise malformed("a slice isn't of whole numbers or names")
        return slice(*parts)

    def _array(self, node: dict[str, Any], depth: int) -> Any:
        class_ = self._name(node, depth)
        if node.get("type") == "json":
            values = self._each(node, depth)
            shape = shape_of(self.of(node.get("shape"), depth))
            flat = _flat(values, len(shape))
            if len(flat) != math.prod(shape):
                raise malformed("an array's values aren't as many as its shape says")
            return Shell(_ARRAY, 0, {"objects": flat, "shape": shape, "order": "C"})
        if _npy.is_structured(self._file(node)):
            return Named("numpy", "void")  # a model's trees, which nobody adopts
        array = _npy.read(self._file(node))
        if class_ == _ARRAY:
            return Shell(_ARRAY, 0, {"value": array})
        if class_.module != "numpy" or array.shape:
            self._refuse(node, depth)
        return array[()]

    def _dtype(self, node: dict[str, Any], depth: int) -> Any:
        held = self.of(node.get("content"), depth)
        match held:
            case Shell(parts={"value": array}):
                return array.dtype
            case Shell(parts={"objects": _}):
                return np.dtype(object)
            case _:
                raise malformed("a dtype has no array that shows it")

    def _bytes(self, node: dict[str, Any], _: int) -> bytes:
        return self._file(node)

    def _file(self, node: dict[str, Any]) -> bytes:
        name = _text(node, "file")
        if name not in self._members:
            raise malformed("an array's member isn't there")
        return self._members[name]


def _text(node: dict[str, Any], key: str) -> str:
    value = node.get(key)
    if not isinstance(value, str):
        raise malformed(f"a node has no '{key}'")
    return value


def _key(kind: Any, key: str) -> Any:
    if not isinstance(kind, Named) or kind.name not in _KEYS or kind.module != "builtins":
        raise malformed("a key is no text or number")
    try:
        return _KEYS[kind.name](checked(key))
    except ValueError as error:
        raise malformed("a key isn't of its type") from error


def _flat(values: list[Any], rank: int) -> list[Any]:
    """The entries of lists within lists, in their order."""
    for _ in range(rank - 1):
        if not all(isinstance(inner, list) for inner in values):
            raise malformed("an array's values aren't in its shape")
        values = [one for inner in values for one in inner]
        if len(values) > 2**20 * 16:
            raise too_much("an array of too many objects")
    return values
