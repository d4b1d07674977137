"""Adopt what was fitted elsewhere: a scaler and a model become one verified bundle.

--scaler takes a fitted object of scikit-learn (skops, joblib or pickle; a Pipeline or a
ColumnTransformer too), statistics as JSON or NumPy, or a preprocessor_config.json. A pickle is
read, never run: it names what it holds, and anything but plain data of scikit-learn's is refused.

--model takes a .keras file, an .onnx file, XGBoost's JSON or UBJSON, LightGBM's text, CatBoost's
JSON, or a scikit-learn model in skops' file. What its target was scaled with in training is given
as --target-scaler; without it, answers are taken as they are. A Keras model with Normalization
layers inside needs no --scaler: they are taken out of it. Without --model what is written is no
bundle but the preprocessing alone, with which 'samescale fit --fitted' trains. Where the scaler's
file is a Pipeline with a model at its end, the model is taken from skops' file, and left where it
is in a pickle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samescale.cli import adoption, output, scalers

if TYPE_CHECKING:
    import argparse

    from samescale.adopt import Adopted
    from samescale.fitted import Fitted


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("--scaler", metavar="FILE", help="what was fitted, in a file of its own")
    add("--model", metavar="FILE", help="the trained model, in a file of its own")
    add("-o", "--out", required=True, help="the bundle, or without a model the fitted file")
    add("--columns", type=_names, metavar="A,B,…", help="the columns' names, in training's order")
    add("--target", metavar="NAME", help="what the model predicts")
    add("--target-scaler", metavar="FILE", help="what the target was scaled with, in training")
    add("--classes", type=_names, metavar="A,B,…", help="the classes, in the order of its answers")
    add("--key", help="which of several objects in the scaler's file")
    add("--target-key", metavar="KEY", help="which of several in the target scaler's file")
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
        adoption.say(found.fitted)
    verified = _write(found, args)
    if args.json:
        output.as_json({**adoption.as_json(found.fitted), "verified": verified})
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
    if args.target_key and not args.target_scaler:
        raise SpecError(
            "There is a key of no target scaler.", remedy="Give its file: --target-scaler FILE."
        )
    if args.target_scaler and args.classes:
        raise SpecError("A target is scaled, or of classes.", remedy="Leave one of the two out.")
    if (args.classes or args.target_scaler) and not args.target:
        raise SpecError(
            f"There are {'classes' if args.classes else 'statistics'} of no target.",
            remedy="Name what they are of: --target NAME.",
        )


def _adopted(args: argparse.Namespace) -> Adopted:
    """The preprocessing, and the model where there is one."""
    from samescale.adopt import Adopted

    model = _model(args)
    if not args.scaler:
        return _inside(model, args)
    found = _scaler(model, args)
    left = f"The model in {args.scaler} ({scalers.named(found.model)}) is left out"
    if model is not None and found.model is not None:
        output.note(f"{left} for --model.")
    if model is not None:
        return _beside(found.fitted, model, args)
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
    from samescale.adopt import adopted, load
    from samescale.errors import SpecError

    if not load("keras").accepts(model):
        raise SpecError(
            f"The model ({type(model).__name__}) holds no preprocessing that could be taken out.",
            remedy="Give what its data went through: --scaler FILE.",
        )
    made = adopted(model, columns=args.columns, target=_target(model, None, args))
    _say_units(made.fitted, args)
    return made


def _beside(fitted: Fitted, model: Any, args: argparse.Namespace) -> Adopted:
    """A model from a file of its own, behind what was adopted."""
    from samescale.adopt import Adopted
    from samescale.adopt.sklearn import coded

    _say_units(fitted, args)
    return Adopted(fitted, coded(model, fitted))


def _say_units(fitted: Fitted, args: argparse.Namespace) -> None:
    """Nothing in a model tells whether its target was scaled."""
    target = fitted.target
    if target is not None and target.inverse is not None and not target.learned:
        _told(args, f"The model's answers are taken for '{target.name}' as they are. If it was "
              "trained on a scaled one, give --target-scaler FILE.")  # fmt: skip


def _scaler(model: Any, args: argparse.Namespace) -> Adopted:
    from samescale.adopt import adopted, load

    given = scalers.read(args.scaler, args.key, alone=not args.model)
    options: dict[str, Any] = {}
    if load("images").accepts(given):
        options = {
            "size": args.size,
            "data_format": f"channels_{args.channels}",
            "resized": args.resized,
        }
    elif args.size or args.resized:
        output.note("--size and --resized are for images, and change nothing here.")
    return adopted(
        given, columns=args.columns, target=_target(given, model, args), of=args.scaler, **options
    )


def _target(given: Any, model: Any, args: argparse.Namespace) -> Any:
    """What the model predicts: by name; with its classes, or with what it was scaled by."""
    if args.target_scaler:
        return args.target, scalers.read(args.target_scaler, args.target_key, alone=False)
    own = _own_classes(model)
    if args.classes and own and args.classes != [str(one) for one in own]:
        from samescale.errors import SpecError

        raise SpecError(
            f"The model has the classes {own!r:.200}, in this order, not {args.classes!r:.200}.",
            remedy="Leave --classes out: the model knows its own.",
        )
    known = own or args.classes
    if not known or not args.target:
        return args.target
    from samescale.adopt import load
    from samescale.adopt._record import Record

    if not load("sklearn").accepts(given):
        return args.target, known
    import numpy as np

    # As scikit-learn says classes: by what encoded them.
    encoder = {"classes_": np.array(known, dtype=object)}
    return args.target, Record("sklearn.preprocessing._label", "LabelEncoder", encoder)


def _own_classes(model: Any) -> list[Any] | None:
    """The classes that a classifier of scikit-learn's knows."""
    known: Any = getattr(model, "classes_", None)
    return known.tolist() if getattr(known, "ndim", 0) == 1 else None


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
