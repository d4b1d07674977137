"""Writes the generated pages of the reference from the sources.

`python tools/reference.py` writes them, `--check` fails if one is stale. Generated are the page of
each transform, the command line, the mistakes and the errors: what the code says once is written
once.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samescale import errors, mistakes, transforms
from samescale.cli import main as cli

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
# At the end, because MkDocs takes a page's title only from what stands first.
NOTE = "\n\n<!-- Written by tools/reference.py: edit the sources, then `make reference`. -->\n"
WIDTH = 72
SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields|Examples|Example|Laws|Note):$")
ITEM = re.compile(r"^(\S[^:]*): (.*)$")


def sections(docstring: str) -> dict[str, list[str]]:
    """A Google docstring's lines by section; what stands before the first is under ""."""
    found: dict[str, list[str]] = {"": []}
    name = ""
    for line in inspect.cleandoc(docstring).splitlines():
        if heading := SECTION.match(line):
            name = heading[1]
            found[name] = []
        else:
            found[name].append(line)
    return found


def items(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Name and text of each entry of an `Args:` or `Raises:` section."""
    name, text = "", ""
    for line in inspect.cleandoc("\n".join(["", *lines])).splitlines():
        if (found := ITEM.match(line)) and not line.startswith(" "):
            if name:
                yield name, text
            name, text = found[1], found[2]
        else:
            text = f"{text} {line.strip()}".strip()
    if name:
        yield name, text


def default(cls: type[Any], name: str) -> str:
    """The default of an argument as it is written in a call."""
    parameter = inspect.signature(cls).parameters.get(name)
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return ""
    return f"`{parameter.default!r}`"


def call(cls: type[Any]) -> str:
    """How a transform is written, with its defaults."""
    parameters = inspect.signature(cls).parameters.values()
    shown = [
        item.name if item.default is item.empty else f"{item.name}={item.default!r}"
        for item in parameters
    ]
    line = f"ss.{cls.__name__}({', '.join(shown)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"ss.{cls.__name__}(", *(f"    {item}," for item in shown), ")"])


def arguments(cls: type[Any], lines: list[str]) -> str:
    """The arguments as a table."""
    rows = [f"| `{name}` | {default(cls, name)} | {text} |" for name, text in items(lines)]
    return "\n".join(["| argument | default | meaning |", "|---|---|---|", *rows]) if rows else ""


def raised(lines: list[str]) -> str:
    """What is raised, as a list."""
    return "\n".join(f"- `{name}`: {text}" for name, text in items(lines))


def transform_page(cls: type[Any]) -> str:
    """The page of one transform."""
    found = sections(cls.__doc__ or "")
    examples = found.get("Examples", found.get("Example", []))
    parts = [
        f"# {cls.__name__}",
        "\n".join(found[""]).strip(),
        f"```python\n{call(cls)}\n```",
        _part("Arguments", arguments(cls, found.get("Args", found.get("Attributes", [])))),
        _part("Errors", raised(found.get("Raises", []))),
        _part("Example", _fenced(examples)),
        _part("Undone by", _inverse(cls)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _part(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""


def _fenced(lines: list[str]) -> str:
    code = inspect.cleandoc("\n".join(["", *lines]))
    return f"```pycon\n{code}\n```" if code else ""


def _inverse(cls: type[Any]) -> str:
    if "inverse" in vars(cls):
        return "Its inverse, so it can stand in the chain of a target that is a number."
    return "Nothing, so it can't stand in the chain of a target that is a number."


def summary(cls: type[Any]) -> str:
    """The first sentence of a docstring."""
    text = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[0]
    return " ".join(text.split())


def transform_index(classes: list[type[Any]]) -> str:
    """The table of all transforms."""
    rows = [f"| [{cls.__name__}]({cls.__name__.lower()}.md) | {summary(cls)} |" for cls in classes]
    head = "# Transforms\n\nEach is a frozen dataclass; names and arguments are Keras' where"
    head += " Keras has them.\n\n| transform | what it computes |\n|---|---|\n"
    return head + "\n".join(rows) + "\n"


def options(parser: argparse.ArgumentParser) -> str:
    """The arguments of a command as a table."""
    actions = parser._actions  # noqa: SLF001 -- argparse has no public list of them
    shown = [action for action in actions if "--help" not in action.option_strings]
    rows = [
        f"| {_flags(action)} | {_help(action)} |"
        for action in sorted(shown, key=lambda action: "--debug" in action.option_strings)
        if action.help != argparse.SUPPRESS
    ]
    return "\n".join(["| argument | meaning |", "|---|---|", *rows]) if rows else ""


def _flags(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar or action.dest}`"
    flags = ", ".join(f"`{flag}`" for flag in action.option_strings)
    if action.nargs == 0:
        return flags
    choices = "\\|".join(map(str, action.choices or ()))
    return f"{flags} `{action.metavar or choices or action.dest.upper()}`"


def _help(action: argparse.Action) -> str:
    text = (action.help or "").replace("|", "\\|")
    shown = {"default": action.default, "prog": "samescale", "choices": action.choices}
    return text % shown if "%(" in text else text.replace("%%", "%")


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands, by name."""
    return {
        name: command
        for action in parser._actions  # noqa: SLF001 -- as above
        if isinstance(action, argparse._SubParsersAction)  # noqa: SLF001 -- as above
        for name, command in action.choices.items()
    }


def command_page() -> str:
    """The page of the command line."""
    parser = cli.parser()
    parts = ["# Command line", parser.description or "", parser.epilog or ""]
    for name, command in commands(parser).items():
        parts += [f"## samescale {name}", command.description or "", options(command)]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def error_page() -> str:
    """The page of the errors: the tree, then each with its code."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("\n\n")[2]
    head = (
        "# Errors\n\nEvery error says what is wrong, names the thing and its value, and ends with"
        " what to do about it. `error.code` is stable, `error.remedy` is the last sentence, and"
        " `error.details` holds the same facts as data (`column`, `row`, `value`, …).\n\n"
        f"```text\n{tree.strip()}\n```\n\n| code | error | meaning |\n|---|---|---|\n"
    )
    return head + "\n".join(_error_rows(errors.SamescaleError)) + "\n"


def _error_rows(root: type[errors.SamescaleError]) -> list[str]:
    classes = sorted(_below(root), key=lambda cls: cls.code)
    return [f"| {cls.code} | `{cls.__name__}` | {summary(cls)} |" for cls in classes]


def _below(root: type[errors.SamescaleError]) -> set[type[errors.SamescaleError]]:
    below = {cls for child in root.__subclasses__() for cls in _below(child)}
    return below if root.__name__.startswith("_") else below | {root}


def pages() -> dict[Path, str]:
    """Every generated page by its path under docs/reference."""
    classes = sorted(map(transforms.load, transforms.names()), key=lambda cls: cls.__name__)
    written = {
        Path(f"transforms/{cls.__name__.lower()}.md"): transform_page(cls) for cls in classes
    }
    written[Path("transforms/index.md")] = transform_index(classes)
    written[Path("cli.md")] = command_page()
    written[Path("mistakes.md")] = mistakes.markdown()
    written[Path("errors.md")] = error_page()
    return {path: text.rstrip() + NOTE for path, text in written.items()}


def stale() -> list[str]:
    """The generated pages that the sources have left behind, and pages of what is gone."""
    wanted = pages()
    found = {path.relative_to(REFERENCE) for path in (REFERENCE / "transforms").glob("*.md")}
    old = [path for path in wanted if _read(path) != wanted[path]]
    return sorted(path.as_posix() for path in {*old, *(found - set(wanted))})


def _read(path: Path) -> str | None:
    file = REFERENCE / path
    return file.read_text(encoding="utf-8") if file.exists() else None


def write() -> None:
    """Write every page."""
    (REFERENCE / "transforms").mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        (REFERENCE / path).write_text(text, encoding="utf-8")


def main() -> int:
    """Write the pages, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if one is stale")
    if not parser.parse_args().check:
        write()
        return 0
    left = stale()
    if left:
        print(f"Stale under docs/reference: {', '.join(left)}. Run: make reference")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
