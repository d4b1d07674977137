"""What was adopted, told: a table of columns, transforms and constants, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from samescale.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samescale.fitted import Fitted

_SHOWN: Final = 60


def say(fitted: Fitted) -> None:
    """Print the table, and where it comes from."""
    output.table(("column", "transform", "constants"), _rows(fitted))
    output.say(f"{fitted.provenance['source']}: {fitted.digest}")


def _rows(fitted: Fitted) -> Iterator[tuple[str, str, str]]:
    chains = dict(fitted.spec.columns)
    learned = dict(fitted.learned)
    if fitted.target is not None and fitted.spec.target is not None:
        chains[fitted.target.name] = fitted.spec.target.transforms
        learned[fitted.target.name] = fitted.target.learned
    for name, chain in chains.items():
        for transform, values in zip(chain, learned[name], strict=True):
            said = {**transform.to_config()["configuration"], **values}
            yield name, type(transform).__name__, _short(said)


def _short(values: dict[str, Any]) -> str:
    import json

    said = (f"{key} {json.dumps(v, ensure_ascii=False, default=str)}" for key, v in values.items())
    text = ", ".join(said)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def as_json(fitted: Fitted) -> dict[str, Any]:
    """Spec, contract, constants and digest."""
    return {
        "digest": fitted.digest,
        "spec": fitted.spec.to_json(),
        "schema": fitted.schema.to_json(),
        "learned": {name: list(values) for name, values in fitted.learned.items()},
        "source": fitted.provenance["source"],
    }
