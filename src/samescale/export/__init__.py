"""Exports: a bundle as other ecosystems have it, each asked the bundle's probe rows there.

>>> "onnx" in names()
True
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

from samescale.errors import MissingExtraError, SpecError, UnsupportedError
from samescale.export import _place
from samescale.export._compare import compared
from samescale.export._original import Original
from samescale.export.base import Exported as Exported
from samescale.export.base import Form as Form

if TYPE_CHECKING:
    import os

    from samescale.export.base import Tell, Work


def names() -> tuple[str, ...]:
    """What a bundle can be exported to, whether or not the packages are installed."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if name != "base" and not name.startswith("_")))


def load(name: str) -> Form:
    """What the export called `name` gives and needs; nothing is imported for it.

    Raises:
        SpecError: If there is no such export.
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        remedy = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(names())}."
        raise SpecError(f"There is no export '{name}'.", remedy=remedy, value=name)
    made: Form = importlib.import_module(f"{__name__}.{name}").EXPORT
    return made


def export(
    path: str | os.PathLike[str],
    to: str,
    out: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    fold: bool = False,
    tell: Tell | None = None,
) -> Exported:
    """Write a bundle as another ecosystem has it: raw values in, answers in the target's units out.

    It is written beside its place, loaded by that ecosystem's own loader, asked the bundle's probe
    rows, and takes its place only if it answers as the bundle does.

    Args:
        path: The bundle.
        to: One of `names()`.
        out: Where to: a file, or for saved_model, mlflow and triton a folder.
        overwrite: Whether an export of the same form that is there is replaced.
        fold: For onnx and triton, whether scale and mean are folded into the model's first layer,
            column by column, where that is safe.
        tell: Told what is done next.

    Returns:
        What was written, what it takes and gives, and how far its answers are from the bundle's.

    Raises:
        SpecError: If there is no such export, or it can't fold.
        BundleError: If the file isn't what was written, or the place can't be taken.
        ProbeError: If the export answers otherwise; names row, output and both values.
        UnsupportedError: If a model of that kind has no such form; says what would do.
        MissingExtraError: If a package isn't installed.

    Examples:
        >>> import numpy as np
        >>> import samescale as ss
        >>> from sklearn.linear_model import Ridge
        >>> from tempfile import TemporaryDirectory
        >>> table = {"size": np.arange(9.0), "price": np.arange(9.0) * 1000}
        >>> price = ss.Target("price", ss.Normalization())
        >>> fitted = ss.Spec({"size": ss.Normalization()}, target=price).adapt(table)
        >>> model = Ridge().fit(fitted.matrix(table), fitted.labels(table))
        >>> with TemporaryDirectory() as folder:
        ...     _ = ss.Bundle(fitted, model).save(f"{folder}/price.samescale")
        ...     made = export(f"{folder}/price.samescale", "onnx", f"{folder}/price.onnx")
        >>> [(x.name, x.dtype, x.shape) for x in made.inputs], [x.name for x in made.outputs]
        ([('size', 'float32', (1,))], ['price'])
    """
    told = tell or _silent
    at, bundle, place = load(to), Path(path), Path(out)
    _check_asked(at, place, fold=fold)
    _place.check(place, bundle, at.mark, overwrite=overwrite)
    told(f"reading {bundle.name}")
    source = Original.of(bundle)
    _check_kind(at, source)
    work = _work(at)
    work.check(source, place)
    with _place.placed(place) as made:
        told(f"writing {to}")
        written = work.write(source, made, fold=fold)
        told(f"asking it {len(source.rows)} probe rows")
        outputs = compared(source, written, work.ask(source, made, written))
        files = _place.files(made)
    return Exported(
        path=str(place),
        to=to,
        kind=source.kind_name,
        bundle=source.digest,
        files=files,
        inputs=written.inputs,
        outputs=outputs,
        rows=len(source.rows),
        rtol=source.rtol,
        classes=source.fitted.classes or (),
        notes=written.notes,
    )


def _silent(text: str) -> None:
    del text


def _work(at: Form) -> Work:
    """What writes and asks: from here on its framework is imported."""
    try:
        return cast("Work", importlib.import_module(f"{__name__}.{at.name}.work"))
    except ModuleNotFoundError as error:
        package = (error.name or at.name).partition(".")[0]
        if package == "samescale":
            raise
        raise MissingExtraError.of(package, at.extra) from error


def _check_asked(at: Form, out: Path, *, fold: bool) -> None:
    if fold and not at.folds:
        able = " and ".join(name for name in names() if load(name).folds)
        raise SpecError(
            f"An export to {at.name} folds nothing.", remedy=f"Leave it out; {able} can."
        )
    if not out.name.endswith(at.ending):
        raise SpecError(
            f"'{out.name}' is no name of an export to {at.name}.",
            remedy=f"End it with {at.ending}.",
            value=str(out),
        )


def _check_kind(at: Form, source: Original) -> None:
    if at.kinds and source.kind_name not in at.kinds:
        raise UnsupportedError(
            f"A model of kind '{source.kind_name}' has no form in {at.name}, which takes "
            f"{' and '.join(at.kinds)}.",
            remedy=at.remedy,
            kind=source.kind_name,
            target=at.name,
        )
