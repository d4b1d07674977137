"""What a person wrote for a chain, in Python or in a spec file, as transforms; or what is wrong."""

from __future__ import annotations

import dataclasses as dc
import difflib
import json
from collections import abc
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from samescale import transforms
from samescale.errors import SpecError
from samescale.transforms.base import Transform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    class _Named(Protocol):
        @property
        def name(self) -> str: ...

    T = TypeVar("T", bound=_Named)

_CHAIN = 'A chain is a list of transforms: [{"name": "Log1p"}, {"name": "Normalization"}].'
_SHOWN = 80


def chain(
    name: str, given: Transform | Sequence[Transform], *, empty: bool = False
) -> tuple[Transform, ...]:
    """The chain of the column `name`, as it stands in Python.

    Args:
        name: The column.
        given: A transform or a list of them.
        empty: Whether there may be none.

    Raises:
        SpecError: If something in it is no transform.
    """
    made = tuple(given) if isinstance(given, list | tuple) else (given,)
    wrong = [one for one in made if not isinstance(one, Transform)]
    if wrong or (not made and not empty):
        raise SpecError(
            f"Column '{name}' has {_what(wrong[0]) if wrong else 'nothing'} in its chain.",
            remedy=_meant(wrong[0]) if wrong else _meant(None),
            column=name,
        )
    return made


def _what(wrong: object) -> str:
    return f"the class {wrong.__name__}" if isinstance(wrong, type) else repr(wrong)[:_SHOWN]


def _meant(wrong: object) -> str:
    name = wrong.__name__ if isinstance(wrong, type) else wrong
    near = difflib.get_close_matches(name, transforms.names(), 1) if isinstance(name, str) else []
    if near:
        return f"Write ss.{near[0]}()."
    return "A chain is a transform or a list of them: [ss.Log1p(), ss.Normalization()]."


def one(targets: Sequence[T]) -> T | None:
    """The only target, `None` if there is none.

    Args:
        targets: The targets, declared or learned.

    Raises:
        SpecError: If there are several.
    """
    if len(targets) > 1:
        names = [target.name for target in targets]
        raise SpecError(
            f"There are {len(names)} targets, {', '.join(map(repr, names))}; this takes one.",
            remedy=f"`targets` has all of them, and `fitted.by_target[{names[0]!r}]` is the fitted "
            "value of one.",
            value=names,
        )
    return targets[0] if targets else None


def record(fields: object, what: str, needed: Sequence[str], more: Sequence[str] = ()) -> None:
    """Refuse what is no JSON object, lacks a key, or has one that nothing reads.

    Args:
        fields: What was written.
        what: What it should be, for the message.
        needed: The keys that it must have.
        more: Those that it may have.

    Raises:
        SpecError: Naming the key, and the nearest that there is.
    """
    if not isinstance(fields, abc.Mapping):
        raise SpecError(
            f"{what} is {_json(fields)}, which is no object.",
            remedy=f"Write it as {{{', '.join(json.dumps(key) + ': …' for key in needed)}}}.",
            value=fields,
        )
    known = (*needed, *more)
    # An argument beside `configuration`, say, would have no effect.
    for key in fields.keys() - set(known):
        near = difflib.get_close_matches(str(key), known, 1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise SpecError(
            f"{what} has no {key!r} in {_json(fields)}.",
            remedy=f"{hint}The keys there are {', '.join(known)}; arguments stand in "
            "'configuration'.",
            value=key,
        )
    for key in needed:
        if key not in fields:
            raise SpecError(
                f"{what} lacks {key!r}: {_json(fields)}.", remedy=f"Add {key!r}.", value=key
            )


def listed(configs: object, owner: str) -> tuple[Transform, ...]:
    """The transforms of a list in a spec file.

    Args:
        configs: The list.
        owner: Whose chain it is, as `Column 'age'`.

    Raises:
        SpecError: If it is none, or something in it is no transform.
    """
    if not isinstance(configs, list | tuple):
        raise SpecError(f"{owner} is {_json(configs)}, which is no list.", remedy=_CHAIN)
    return tuple(_transform(one, owner) for one in configs)


def _transform(config: Any, owner: str) -> Transform:
    if isinstance(config, str):
        remedy = f'Write {{"name": {json.dumps(config)}}}.'
        raise SpecError(f"{owner} has the text {config!r} in its chain.", remedy=remedy)
    record(config, f"A transform of {owner[0].lower()}{owner[1:]}", ("name",), ("configuration",))
    try:
        kind = transforms.load(str(config["name"]))
        return _configured(kind, config.get("configuration", {}))
    except SpecError as error:
        message = f"{owner}: {error.message}"
        raise SpecError(message, remedy=error.remedy, **error.details) from error


def _configured(kind: type[Transform], configuration: Any) -> Transform:
    name = kind.__name__
    known = {field.name: field for field in dc.fields(kind)}  # type: ignore[arg-type]
    if not isinstance(configuration, abc.Mapping):
        raise SpecError(
            f"The configuration of {name} is {_json(configuration)}, which is no object.",
            remedy='Write {"argument": value}, or leave it out.',
        )
    for key in configuration.keys() - known.keys():
        raise _no_argument(name, key, known)
    for key, field in known.items():
        if key not in configuration and field.default is field.default_factory is dc.MISSING:
            raise SpecError(
                f"{name} lacks its argument '{key}'.",
                remedy=f'Write {{"name": "{name}", "configuration": {{"{key}": …}}}}.',
                value=key,
            )
    return _made(kind, configuration)


def _no_argument(name: str, key: str, known: Mapping[str, Any]) -> SpecError:
    near = difflib.get_close_matches(key, known, 1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    takes = f"It takes {', '.join(known)}." if known else "It takes none."
    return SpecError(f"{name} doesn't take the argument '{key}'.", remedy=hint + takes, value=key)


def _made(kind: type[Transform], configuration: Mapping[str, Any]) -> Transform:
    try:
        return kind.from_config(configuration)
    except SpecError:
        raise
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"{kind.__name__} can't take {_json(configuration)}: {error}.",
            remedy=f"See the arguments of ss.{kind.__name__}.",
        ) from error


def _json(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)[:_SHOWN]
