"""Classes are abstract or final; values don't change; everything is annotated."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.architecture.tree import Module, classes, functions, modules, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

ABSTRACT_BASES = frozenset({"ABC", "Protocol"})
# scikit-learn's own contract: `fit` keeps what it learned in names that end in an underscore.
CONTRACTS = frozenset({("sklearn/preprocessor.py", "fit", "fitted_")})
MAKERS = frozenset({"__init__", "__post_init__", "__new__"})


def base_names(node: ast.ClassDef) -> set[str]:
    """The bases' names, without the modules before them and the parameters behind them."""
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


def is_abstract(node: ast.ClassDef) -> bool:
    """Whether a class says that it is abstract."""
    marked = any("abstractmethod" in ast.unparse(item) for item in node.body)
    return marked or bool(base_names(node) & ABSTRACT_BASES)


def is_error(node: ast.ClassDef) -> bool:
    """Errors form a tree of concrete classes: that is what `except` is for."""
    return node.name.endswith("Error")


def concrete() -> set[str]:
    """The names of the classes that nothing may derive from."""
    return {
        node.name
        for module in modules()
        for node in classes(module)
        if not is_abstract(node) and not is_error(node)
    }


def test_nothing_derives_from_a_concrete_class():
    known = concrete()
    assert not [
        f"{module}:{node.lineno} {node.name} derives from {base}"
        for module in modules()
        for node in classes(module)
        for base in base_names(node) & known
        if not is_error(node)
    ]


def test_what_derives_from_an_abstract_class_is_final_or_abstract():
    inside = {node.name for module in modules() for node in classes(module) if is_abstract(node)}
    refuse(
        f"{module}:{node.lineno} {node.name} lacks @final"
        for module in modules()
        for node in classes(module)
        if base_names(node) & inside and not is_abstract(node) and not _final(node)
    )


def _final(node: ast.ClassDef) -> bool:
    return any(ast.unparse(item).endswith("final") for item in node.decorator_list)


def assigned(target: ast.AST) -> Iterator[ast.Attribute]:
    """The attributes that an assignment's target sets."""
    match target:
        case ast.Attribute(value=ast.Name(id="self")):
            yield target
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            for inner in targets:
                yield from assigned(inner)
        case ast.Starred(value=inner):
            yield from assigned(inner)


def targets(node: ast.AST) -> list[ast.expr]:
    """What a statement assigns to or deletes."""
    match node:
        case ast.Assign(targets=found) | ast.Delete(targets=found):
            return found
        case ast.AugAssign(target=found) | ast.AnnAssign(target=found):
            return [found]
        case ast.Call(args=[ast.Name(id="self"), ast.Constant(), *_]):
            name = ast.unparse(node.func)
            written = name == "setattr" or name.endswith("__setattr__")
            return [ast.Attribute(ast.Name("self"), "…")] if written else []
        case _:
            return []


def changes(module: Module) -> Iterator[str]:
    """Each place that changes `self` outside the making of it."""
    for function in functions(module.tree):
        if function.name in MAKERS:
            continue
        for node in ast.walk(function):
            for target in targets(node):
                for attribute in assigned(target):
                    if (str(module), function.name, attribute.attr) in CONTRACTS:
                        continue
                    yield f"{module} {function.name} sets self.{attribute.attr}"


def test_nothing_changes_after_it_is_made():
    refuse(text for module in modules() for text in changes(module))


def unannotated(module: Module) -> Iterator[str]:
    """Each argument and each result without a type."""
    for function in functions(module.tree):
        given = function.args
        listed = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        named = [item for item in (*listed, given.vararg, given.kwarg) if item]
        for argument in named:
            if argument.annotation is None and argument.arg not in {"self", "cls"}:
                yield f"{module}:{function.lineno} {function.name}({argument.arg})"
        if function.returns is None:
            yield f"{module}:{function.lineno} {function.name} -> ?"


def test_everything_is_annotated():
    refuse(text for module in modules() for text in unannotated(module))


def test_every_module_says_what_it_is():
    refuse(str(module) for module in modules() if not ast.get_docstring(module.tree))
