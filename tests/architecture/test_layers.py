"""The house: a module imports only from floors below its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.architecture.tree import OPEN, Module, imports, is_ground, modules, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

# Lowest first. See docs/how_it_works.md and docs/decisions/0001-targets-below-fitted.md.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "findings", "frozen", "progress", "terminal"),
    ("mistakes",),
    ("ir",),
    ("native",),
    ("statistics",),
    ("transforms",),
    ("schema", "sources", "sinks", "door", "declared"),
    ("spec", "plan"),
    ("engines",),
    ("targets",),
    ("convert",),
    ("evidence",),
    ("profile", "contract", "learn", "fitted", "freeze", "adapt", "draft"),
    ("adopt", "models", "bundle"),
    ("guard",),
    ("lane",),
    ("predictor",),
    ("batch",),
    ("train", "diagnose", "report", "export", "keras", "sklearn"),
    ("serve", "cli", "__init__", "__main__"),
)

# On one floor, and only in this direction: what is drawn side by side but stands in a row.
BESIDE: dict[str, frozenset[str]] = {
    "errors": frozenset({"findings"}),
    # The bar is the default where a person watches; it is imported only there.
    "progress": frozenset({"terminal"}),
    "terminal": frozenset({"progress"}),
    "sources": frozenset({"schema"}),
    "door": frozenset({"schema", "sources"}),
    "fitted": frozenset({"profile"}),
    "contract": frozenset({"profile"}),
    "freeze": frozenset({"profile", "contract", "learn", "fitted"}),
    "adapt": frozenset({"profile", "contract", "learn", "fitted", "freeze"}),
    "bundle": frozenset({"models"}),
    "report": frozenset({"diagnose"}),
    "export": frozenset({"sklearn"}),  # the estimator that holds a bundle
    "cli": frozenset({"serve", "__init__"}),
    "__main__": frozenset({"cli"}),
}

# Methods that read as people think and call up, late, inside themselves: docs/decisions/0003-*.
UPWARD = frozenset(
    {
        ("spec", "adapt"),
        ("spec", "fitted"),
        ("spec", "engines"),
        ("fitted", "models"),
        ("fitted", "bundle"),
        ("predictor", "batch"),
    }
)

FLOOR_OF = {unit: floor for floor, units in enumerate(FLOORS) for unit in units}


def internal(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted path (within the package) of each import of samescale itself."""
    for item in imports(module):
        if item.root == "samescale":
            yield item.line, item.target.partition(".")[2] or "__init__"


def violations(module: Module) -> Iterator[str]:
    """Each import that goes up, or sideways where that isn't granted."""
    for line, target in internal(module):
        unit = target.partition(".")[0]
        below = FLOOR_OF.get(unit, -1) < FLOOR_OF.get(module.unit, len(FLOORS))
        beside = unit == module.unit or unit in BESIDE.get(module.unit, ())
        if not (below or beside or (module.unit, unit) in UPWARD):
            yield f"{module}:{line} imports {target}, which isn't below it"


def test_every_module_is_on_a_floor():
    assert {str(module) for module in modules() if module.unit not in FLOOR_OF} == set()


def test_every_unit_on_a_floor_is_there():
    assert set(FLOOR_OF) == {module.unit for module in modules()}


def test_imports_go_down():
    refuse(text for module in modules() for text in violations(module))


def test_no_grant_is_idle():
    used = {
        (module.unit, target.partition(".")[0])
        for module in modules()
        for _, target in internal(module)
    }
    beside = {(unit, other) for unit, others in BESIDE.items() for other in others}
    refuse(f"{unit} needs no grant for {other}" for unit, other in sorted((beside | UPWARD) - used))


def neighbours(module: Module) -> Iterator[str]:
    """Imports of a unit beside this one, in a folder where units know nothing of each other."""
    folder = module.path.parent.as_posix()
    if folder not in OPEN or module.path.stem == "__init__":
        return
    prefix = folder.replace("/", ".") + "."
    for line, target in internal(module):
        name = target.removeprefix(prefix).partition(".")[0]
        if target.startswith(prefix) and not is_ground(folder, name):
            yield f"{module}:{line} imports its neighbour {name}"


def test_neighbours_never_import_each_other():
    refuse(text for module in modules() for text in neighbours(module))


def test_targets_know_the_graph_only():
    allowed = {"errors", "findings", "ir", "native", "targets"}
    known = {
        f"{module}:{line} {target}"
        for module in modules()
        if module.unit == "targets"
        for line, target in internal(module)
        if target.partition(".")[0] not in allowed
    }
    assert not known
