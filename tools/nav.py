"""A hook of MkDocs: an entry of the navigation that ends in `/*` becomes what the folder holds.

So a new transform or decision needs no edit of mkdocs.yml. An entry that ends in `?` is left out
while its page isn't there: `make bench` writes one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


def on_config(config: Any) -> Any:
    """Fill the open entries of `nav`."""
    config.nav = _filled(config.nav, Path(config.docs_dir))
    return config


def _filled(entries: list[Any], docs: Path) -> list[Any]:
    return [_entry(entry, docs) for entry in entries if not _is_missing(entry, docs)]


def _is_missing(entry: Any, docs: Path) -> bool:
    values = entry.values() if isinstance(entry, dict) else [entry]
    optional = [value[:-1] for value in values if isinstance(value, str) and value.endswith("?")]
    return any(not (docs / page).exists() for page in optional)


def _entry(entry: Any, docs: Path) -> Any:
    if not isinstance(entry, dict):
        return entry
    ((title, value),) = entry.items()
    if isinstance(value, list):
        return {title: _filled(value, docs)}
    return {title: _pages(value[:-2], docs) if value.endswith("/*") else value.rstrip("?")}


def _pages(folder: str, docs: Path) -> list[str]:
    names = sorted(path.name for path in (docs / folder).glob("*.md"))
    return [f"{folder}/{name}" for name in sorted(names, key=lambda name: name != "index.md")]
