"""From a raw table to answers for raw rows, through one file, on real data.

The table is `cars` of the package vega_datasets: 406 cars of 1970 to 1982 with their fuel
consumption, as it was published: other units in every column, gaps, dates, texts.

Run it with `make quickstart`, or with `python examples/quickstart.py` where samescale[quickstart]
is installed. It takes well under a minute and writes to out/quickstart/.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("KERAS_BACKEND", "jax")  # before Keras is imported, which reads it once

import numpy as np
from vega_datasets import local_data

import samescale as ss

if TYPE_CHECKING:
    from samescale.train import FitResult

TARGET = "Miles_per_Gallon"
OUT = Path("out") / "quickstart"
Row = dict[str, Any]

# What becomes of each column, by Keras' names and in the order in which it is applied. Columns that
# aren't here aren't used. `ss.infer(table, target=…)` drafts such a spec, with its reasons.
SPEC = ss.Spec(
    {
        "Cylinders": ss.Normalization(),
        "Displacement": [ss.Log1p(), ss.Normalization()],
        "Horsepower": [ss.Impute("median"), ss.Log1p(), ss.Normalization()],
        "Weight_in_lbs": ss.Normalization(),
        "Acceleration": ss.Normalization(),
        "Year": ss.Normalization(),
        "Origin": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")],
    },
    target=ss.Target(TARGET, ss.Normalization()),
)


def main() -> None:
    """The main job, and one mistake caught."""
    began = time.perf_counter()
    OUT.mkdir(parents=True, exist_ok=True)
    new, truth = write_tables()
    result = train()
    answers_are_the_same(result, new, truth)
    mistakes_are_caught(new)
    say(f"Done in {time.perf_counter() - began:.0f} seconds. Three commands to go on with:")
    command = program()
    print(
        f"  {command} inspect {OUT}/cars.samescale       what the file knows and does\n"
        f"  {command} serve {OUT}/cars.samescale         the same answers over HTTP\n"
        f"  {command} fit YOUR.csv --target COLUMN -o your.samescale"
    )


def program() -> str:
    """How to call the command line from here: `make` leaves it in an environment of its own."""
    beside = Path(sys.executable).with_name("samescale")
    return "samescale" if shutil.which("samescale") else os.path.relpath(beside)


def write_tables() -> tuple[list[Row], list[float]]:
    """The cars as a CSV file to train on, and ten of them as new rows, without their answer."""
    cars = json.loads(Path(local_data.cars.filepath).read_text(encoding="utf-8"))
    complete = [car for car in cars if car[TARGET] is not None]
    new = complete[::40]
    rest = [car for car in cars if car not in new]
    with (OUT / "cars.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(cars[0]))
        writer.writeheader()
        writer.writerows(rest)
    say(f"A raw table: {OUT}/cars.csv, {len(rest)} cars. Three of them:")
    print_rows(rest[:61:30])
    print(f"\n{len(new)} other cars are new rows, of which the training knows nothing.")
    truth = [car[TARGET] for car in new]
    raw = [{name: car[name] for name in SPEC.columns} for car in new]
    text = "\n".join(map(json.dumps, raw)) + "\n"
    (OUT / "new.jsonl").write_text(text, encoding="utf-8")
    return raw, truth


def train() -> FitResult:
    """Split, adapt, train, score and save: one call, as `samescale fit` makes it."""
    say("Learn: rows are split off first; then the statistics, once; then a Keras network.")
    result = ss.fit(OUT / "cars.csv", spec=SPEC, seed=0, out=OUT / "cars.samescale")
    print(result)
    print(f"\nNetwork, statistics and input contract are one file: {OUT}/cars.samescale")
    return result


def answers_are_the_same(result: FitResult, new: list[Row], truth: list[float]) -> None:
    """Another process answers from the file alone, and to the bit as this one does."""
    say("Predict: a fresh process loads the file, checks every byte, and answers the raw rows.")
    command = ["predict", f"{OUT}/cars.samescale", f"{OUT}/new.jsonl"]
    command += ["-o", f"{OUT}/answers.jsonl"]
    print(f"  {program()} " + " ".join(command))
    subprocess.run([sys.executable, "-m", "samescale", *command], check=True)
    lines = (OUT / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    there = np.array([json.loads(line)["prediction"] for line in lines])
    here = result.predictor.predict(new)
    for car, answer, true in zip(new[:3], there, truth, strict=False):
        named = f"{car['Origin']}, {car['Year'][:4]}, {car['Weight_in_lbs']} lbs"
        print(f"  {named:24} {answer:4.1f} miles per gallon, in truth {true:g}")
    same = here.tobytes() == there.tobytes()
    if not same:
        sys.exit("The answers of the two processes differ.")
    print(f"The {len(there)} answers are, to the bit, those of the process that trained.")


def mistakes_are_caught(new: list[Row]) -> None:
    """A caller sends kilograms, and another one misspells a column."""
    predictor = ss.load(OUT / "cars.samescale")
    say("A mistake: a caller sends the weight in kilograms, and the column says pounds.")
    wrong = [{**row, "Weight_in_lbs": round(row["Weight_in_lbs"] * 0.45359237)} for row in new]
    right, off = predictor.answer(new), predictor.answer(wrong)
    difference = np.abs(off.predictions - right.predictions).mean()
    print(f"Nothing fails, and the answers are off by {difference:.1f} miles per gallon. But:\n")
    for finding in off.findings:
        print(f"  {finding}")
    say("Another one: a column is misspelt.")
    names = {"Horsepower": "Horsepwer"}
    try:
        predictor.predict([{names.get(k, k): v for k, v in row.items()} for row in new])
    except ss.SamescaleError as error:
        print(f"  {error}")


def print_rows(rows: list[Row]) -> None:
    """Rows as a table."""
    widths = {name: max(len(name), *(len(str(row[name])) for row in rows)) for name in rows[0]}
    for line in [{name: name for name in widths}, *rows]:
        print(
            "  " + "  ".join(f"{line[name]!s:{width}}" for name, width in widths.items()).rstrip()
        )


def say(text: str) -> None:
    """A heading."""
    print(f"\n{text}\n")


if __name__ == "__main__":
    main()
