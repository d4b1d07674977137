"""Adopt what was fitted elsewhere: a scaler and a model become one verified bundle.

--scaler takes a fitted object of scikit-learn (skops, joblib or pickle; a Pipeline or a
ColumnTransformer too), statistics as JSON or NumPy, or a preprocessor_config.json. A pickle is
read, never run: it names what it holds, and anything but plain data of scikit-learn's is refused.

--model takes a .keras file, an .onnx file, XGBoost's JSON, LightGBM's text, or a scikit-learn model
in skops' file. A Keras model with Normalization layers inside needs no --scaler: they are taken
out of it. Without --model what is written is no bundle but the preprocessing alone, with which
'samescale fit --fitted' trains. Where the scaler's file is a Pipeline with a model at its end, the
model is taken from skops' file, and left where it is in a pickle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samescale.cli import output, scalers

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from samescale.adopt import Adopted
    from samescale.fitted import Fitted

_SHOWN = 60


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--scaler", metavar="FILE", help="what was fitted, in a file of its own")
    add("--model", metavar="FILE", help="the trained model, in a file of its own")
    add("-o", "--out", required=True, help="the bundle, or without a model the fitted file")
    add("--columns", type=_names, metavar="A,B,…", help="the columns' names, in training's order")
    add("--target", metavar="NAME", help="what the model predicts")
    add("--classes", type=_names, metavar="A,B,…", help="the classes, in the order of its answers")
    add("--key", help="which of several objects in the scaler's file")
    add("--json", action="store_true", help="print what was adopted as JSON")
    add("-q", "--quiet", action="store_true", help="print nothing but errors")
    _configure_images(parser.add_argument_group("images (preprocessor_config.json)"))


def _configure_images(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--size", type=_size, metavar="HEIGHT,WIDTH", help="of the images as sent")
    add("--resized", action="store_true", help="images are sent resized and cropped already")
    add(
        "--channels",
        choices=("first", "last"),
        default="last",
        help="where they stand in an image as sent (default: last)",
    )


def run(args: argparse.Namespace) -> int:
    """Adopt, show, write, verify."""
    from pathlib import Path

    from samescale.batch import refuse_same
    from samescale.bundle.write import check_place

    _check(args)
    refuse_same(Path(args.out), args.scaler, args.model)
    check_place(args.out)
    found = _adopted(args)
    if not args.quiet and not args.json:
        _say(found.fitted)
    verified = _write(found, args)
    if args.json:
        output.as_json({**_json(found.fitted), "verified": verified})
    return 0


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _size(text: str) -> tuple[int, int]:
    height, width = (int(size) for size in text.replace("x", ",").split(","))
    return height, width


def _check(args: argparse.Namespace) -> None:
    from samescale.errors import SpecError

    if not args.scaler and not args.model:
        raise SpecError("There is nothing to adopt.", remedy="Give --scaler FILE, --model FILE.")
    if args.classes and not args.target:
        raise SpecError(
            "There are classes of no target.", remedy="Name what they are of: --target NAME."
        )


def _adopted(args: argparse.Namespace) -> Adopted:
    """The preprocessing, and the model where there is one."""
    from samescale.adopt import Adopted

    model = _model(args)
    if not args.scaler:
        return _inside(model, args)
    found = _scaler(args)
    left = f"The model in {args.scaler} ({scalers.named(found.model)}) is left out"
    if model is not None and found.model is not None:
        output.note(f"{left} for --model.")
    if model is not None:
        return Adopted(found.fitted, model)
    if scalers.is_record(found.model):
        output.note(f"{left}: a pickle isn't run. Save it with skops.io.dump, and give that.")
        return Adopted(found.fitted, None)
    return found


def _model(args: argparse.Namespace) -> Any:
    from samescale.adopt import _stored
    from samescale.cli import model_files

    return model_files.read(_stored.load(args.model), args.model) if args.model else None


def _inside(model: Any, args: argparse.Namespace) -> Adopted:
    """A model that holds its preprocessing, apart."""
    from samescale.adopt import load
    from samescale.errors import SpecError

    keras = load("keras")
    if not keras.accepts(model):
        raise SpecError(
            f"The model ({type(model).__name__}) holds no preprocessing that could be taken out.",
            remedy="Give what its data went through: --scaler FILE.",
        )
    target = (args.target, args.classes) if args.classes else args.target
    found: Adopted = keras.adopt(model, columns=args.columns, target=target)
    return found


def _scaler(args: argparse.Namespace) -> Adopted:
    from samescale.adopt import Adopted, adopt, load

    given = scalers.read(args.scaler, args.key, alone=not args.model)
    images = load("images")
    if images.accepts(given):
        found: Adopted = images.adopt(
            given,
            columns=args.columns,
            target=(args.target, args.classes) if args.classes else args.target,
            size=args.size,
            data_format=f"channels_{args.channels}",
            resized=args.resized,
        )
        return found
    made = adopt(given, columns=args.columns, target=_target(given, args))
    return made if isinstance(made, Adopted) else Adopted(made, None)


def _target(given: Any, args: argparse.Namespace) -> Any:
    from samescale.adopt import load
    from samescale.adopt._record import Record

    if not args.classes:
        return args.target
    if not load("sklearn").accepts(given):
        return args.target, args.classes
    import numpy as np

    # As scikit-learn says classes: by what encoded them.
    encoder = {"classes_": np.array(args.classes, dtype=object)}
    return args.target, Record("sklearn.preprocessing._label", "LabelEncoder", encoder)


def _write(found: Adopted, args: argparse.Namespace) -> bool:
    """Write beside the file, verify there, and only then give it its name."""
    import tempfile
    from pathlib import Path

    from samescale.bundle import Bundle, verify
    from samescale.errors import ProbeError

    out = Path(args.out)
    if found.model is None:
        found.fitted.save(out)
        _told(args, f"Saved as {out}, without a model. Next: samescale fit TABLE --fitted {out}")
        return True
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        made = Path(folder, out.name)
        Bundle(found.fitted, found.model).save(made)
        result = verify(made)
        if not result.ok:
            raise ProbeError(
                f"The bundle doesn't give its own answers again, and isn't written: "
                f"{next(str(check) for check in result.checks if not check.ok)}",
                remedy="Tell us how the model was made.",
            )
        made.replace(out)
    _told(args, f"Saved as {out}, and verified: its answers were given again. Next:\n"
          f"  samescale predict {out} ROWS -o predictions.csv")  # fmt: skip
    return True


def _told(args: argparse.Namespace, text: str) -> None:
    if not args.quiet:
        output.note(text)


def _say(fitted: Fitted) -> None:
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


def _json(fitted: Fitted) -> dict[str, Any]:
    return {
        "digest": fitted.digest,
        "spec": fitted.spec.to_json(),
        "schema": fitted.schema.to_json(),
        "learned": {name: list(values) for name, values in fitted.learned.items()},
        "source": fitted.provenance["source"],
    }
