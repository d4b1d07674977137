"""LightGBM's text model (https://lightgbm.readthedocs.io/en/stable/), in one form.

LightGBM follows the children and the features of a stored tree, and the sizes that the file tells,
without looking. So the text is read here, each tree is walked, and LightGBM is given what was
understood, written anew: neither sizes nor the parameters of the training are among it.
"""

from __future__ import annotations

import dataclasses as dc
import re
from typing import TYPE_CHECKING, Final, final

import numpy as np

from samescale.errors import ModelError
from samescale.models._boosted import MOST_BYTES, fault, reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from samescale.ir.types import Array

_WHAT: Final = "LightGBM file"
_REAL: Final = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")
# A split that sends NaN alone to one side is at infinity.
_BOUND: Final = re.compile(rf"-?inf|{_REAL.pattern}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,10}")
_OBJECTIVE: Final = re.compile(r"[a-z0-9_]+( [a-z0-9_]+(:[-+.0-9e]+)?)*")
_WORD: Final = re.compile(r"[^\s=]+")

# Of each list of a tree: what its entries look like, and how many it has beside the leaves.
_LISTS: Final[Mapping[str, tuple[re.Pattern[str], int]]] = {
    "split_feature": (_WHOLE, -1),
    "split_gain": (_REAL, -1),
    "threshold": (_BOUND, -1),
    "decision_type": (_WHOLE, -1),
    "left_child": (_WHOLE, -1),
    "right_child": (_WHOLE, -1),
    "leaf_value": (_REAL, 0),
    "leaf_weight": (_REAL, 0),
    "leaf_count": (_WHOLE, 0),
    "internal_value": (_REAL, -1),
    "internal_weight": (_REAL, -1),
    "internal_count": (_WHOLE, -1),
}
# What LightGBM needs of a tree, others tell how it was trained.
_NEEDED: Final = (
    *("split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value"),
)
_COUNTS: Final = ("num_class", "num_tree_per_iteration", "label_index", "max_feature_idx")
_CATEGORIES: Final = ("cat_boundaries", "cat_threshold")


@final
@dc.dataclass(frozen=True, slots=True)
class Stored:
    """A text model, understood.

    Attributes:
        head: The lines above the trees, by key.
        trees: For each tree its lines, by key; lists as their entries' text.
    """

    head: Mapping[str, str]
    trees: tuple[Mapping[str, tuple[str, ...]], ...]

    @property
    def width(self) -> int:
        """How many features it takes."""
        return int(self.head["max_feature_idx"]) + 1

    @property
    def groups(self) -> int:
        """How many sums the trees make."""
        return int(self.head["num_tree_per_iteration"])

    @property
    def objective(self) -> str:
        """What it was trained for, with its settings; empty if that was a function."""
        return self.head.get("objective", "")

    @property
    def averages(self) -> bool:
        """Whether the sums are divided by the number of rounds."""
        return "average_output" in self.head

    @property
    def text(self) -> bytes:
        """The form that is stored."""
        head = [f"{key}={value}" if value else key for key, value in self.head.items()]
        lines = ["tree", *head, ""]
        for number, tree in enumerate(self.trees):
            lines += [f"Tree={number}", *(f"{k}={' '.join(v)}" for k, v in tree.items()), "", ""]
        return "\n".join([*lines, "end of trees", ""]).encode("utf-8")


def read(data: bytes) -> Stored:
    """A text model, every tree of it sound.

    Raises:
        ModelError: If it isn't; says where.
    """
    if len(data) > MOST_BYTES:
        raise fault(_WHAT, f"{len(data)} bytes are more than {MOST_BYTES}")
    try:
        return _read(data.decode("utf-8"))
    except ModelError:
        raise
    except (KeyError, ValueError, IndexError, OverflowError) as error:
        raise fault(_WHAT, f"{type(error).__name__}: {error}") from error


def floats(texts: Iterable[str]) -> Array:
    """Numbers as float64."""
    return np.array([float(text) for text in texts], np.float64)


def whole(texts: Iterable[str]) -> Array:
    """Numbers as int64."""
    return np.array([int(text) for text in texts], np.int64)


def _read(text: str) -> Stored:
    above, _, rest = text.partition("\nTree=")
    blocks = f"Tree={rest}".partition("\nend of trees")[0].split("\nTree=") if rest else []
    head = _head(above.splitlines())
    trees = tuple(
        _tree(block.splitlines()[1:], number, int(head["max_feature_idx"]) + 1)
        for number, block in enumerate(blocks)
    )
    groups = int(head["num_tree_per_iteration"])
    if not trees or not 1 <= groups <= len(trees) or len(trees) % groups:
        raise fault(_WHAT, f"{len(trees)} trees aren't rounds of {groups}")
    if int(head["num_class"]) not in {1, groups}:
        raise fault(_WHAT, f"{head['num_class']} classes have {groups} trees a round")
    return Stored(head, trees)


def _head(lines: list[str]) -> dict[str, str]:
    if not lines or lines[0] != "tree":
        raise fault(_WHAT, "it doesn't begin with 'tree'")
    given = _pairs(lines[1:])
    if given["version"] != "v4" or not all(_WHOLE.fullmatch(given[name]) for name in _COUNTS):
        raise fault(_WHAT, f"it is of version {given['version'][:9]!r}, or has odd numbers")
    made = {"version": "v4", **{name: str(int(given[name])) for name in _COUNTS}}
    if objective := given.get("objective"):
        if not _OBJECTIVE.fullmatch(objective):
            raise fault(_WHAT, f"its objective is {objective[:40]!r}")
        made["objective"] = objective
    if "average_output" in given:
        made["average_output"] = ""
    return made | {name: _words(given, name) for name in ("feature_names", "feature_infos")}


def _words(given: Mapping[str, str], name: str) -> str:
    width = int(given["max_feature_idx"]) + 1
    words = given[name].split(" ")
    if len(words) != width or not all(_WORD.fullmatch(word) for word in words):
        raise fault(_WHAT, f"its {name} aren't of {width} features")
    return given[name]


def _tree(lines: list[str], number: int, width: int) -> dict[str, tuple[str, ...]]:
    what = f"LightGBM tree {number}"
    given = _pairs(lines)
    leaves = int(given["num_leaves"])
    if int(given.get("is_linear", "0")) or leaves < 1:
        raise fault(what, "its leaves are linear models, or there are none")
    made: dict[str, tuple[str, ...]] = {"num_leaves": (str(leaves),)}
    made["num_cat"] = (str(int(given.get("num_cat", "0"))),)
    for name, (shape, more) in _LISTS.items():
        if leaves > 1 or name == "leaf_value":
            words = tuple(given.get(name, "").split())
            if words or name in _NEEDED:
                made[name] = _entries(words, shape, leaves + more, what)
    if leaves > 1:
        _check_nodes(made, width, what)
        made |= _categories(given, made, what)
    shrinkage = given.get("shrinkage", "1").split()
    return made | {"is_linear": ("0",), "shrinkage": _entries(tuple(shrinkage), _REAL, 1, what)}


def _entries(
    words: tuple[str, ...], shape: re.Pattern[str], count: int, what: str
) -> tuple[str, ...]:
    if len(words) != count or not all(shape.fullmatch(word) for word in words):
        raise fault(what, f"a list isn't of {count} finite numbers")
    if shape is _REAL and not np.isfinite(floats(words)).all():
        raise fault(what, "a number overflows")
    return words


def _check_nodes(tree: Mapping[str, tuple[str, ...]], width: int, what: str) -> None:
    left, right = children(tree)
    if len(reached(left, right, what)) != len(left):
        raise fault(what, "its root doesn't lead to every node")
    asked, kinds = whole(tree["split_feature"]), whole(tree["decision_type"])
    if np.any((asked < 0) | (asked >= width)):
        raise fault(what, f"it asks for a feature beyond its {width}")
    if np.any((kinds < 0) | (kinds > 11)):  # noqa: PLR2004 - three bits, and two kinds of missing
        raise fault(what, "it compares in a way that there isn't")


def children(tree: Mapping[str, tuple[str, ...]]) -> tuple[Array, Array]:
    """The children of a tree's nodes: leaves come behind the inner ones, and have -1.

    Raises:
        ModelError: If one is outside.
    """
    leaves = int(tree["num_leaves"][0])
    inner = leaves - 1
    if not inner:
        return np.array([-1]), np.array([-1])
    made = []
    for name in ("left_child", "right_child"):
        given = whole(tree[name])
        if np.any(given >= inner) or np.any(given < -leaves):
            raise fault("LightGBM file", "a child lies outside of its tree")
        placed = np.where(given >= 0, given, inner + ~given)
        made.append(np.concatenate([placed, np.full(leaves, -1)]))
    return made[0], made[1]


def _categories(
    given: Mapping[str, str], tree: Mapping[str, tuple[str, ...]], what: str
) -> dict[str, tuple[str, ...]]:
    count = int(tree["num_cat"][0])
    by_category = (whole(tree["decision_type"]) & 1) != 0
    sets = floats(tree["threshold"])[by_category]
    if not count:
        if by_category.any():
            raise fault(what, "it splits by categories and has none")
        return {}
    bounds, words = (tuple(given[name].split()) for name in _CATEGORIES)
    ends = whole(_entries(bounds, _WHOLE, count + 1, what))
    _entries(words, _WHOLE, len(words), what)
    sound = ends[0] == 0 and ends[-1] == len(words) and np.all(np.diff(ends) > 0)
    if not sound or np.any(sets != np.floor(sets)) or np.any((sets < 0) | (sets >= count)):
        raise fault(what, "its sets of categories aren't its own")
    if any(not 0 <= int(word) < 2**32 for word in words):
        raise fault(what, "a set of categories isn't 32 bits")
    return {"cat_boundaries": bounds, "cat_threshold": words}


def _pairs(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition("=")
        if key:
            if key in found:
                raise fault(_WHAT, f"the key '{key[:40]}' stands twice")
            found[key] = value
    return found
