"""A small CSV file, and one bundle of it that all commands look at."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from samescale.cli.main import main

CITIES = ("Oslo", "Rome", "Kyiv")


def write_csv(path, rows, columns):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


@pytest.fixture(scope="package")
def folder(tmp_path_factory):
    """`train.csv` (with gaps), `new.csv` (without the target) and the bundles of both targets."""
    folder = tmp_path_factory.mktemp("cli")
    random = np.random.default_rng(0)
    rows = [
        (
            "" if i % 25 == 0 else int(random.integers(18, 80)),
            f"{random.normal(50_000, 9_000):.2f}",
            CITIES[i % 3],
            f"{random.normal(300_000, 40_000):.2f}",
            ("low", "high")[i % 2],
        )
        for i in range(240)
    ]
    names = ("age", "income", "city", "price", "band")
    write_csv(folder / "train.csv", rows, names)
    write_csv(folder / "new.csv", [row[:3] for row in rows[1:6]], names[:3])
    spec = folder / "spec.json"
    assert main(["infer", str(folder / "train.csv"), "--target", "price", "-o", str(spec)]) == 0
    for target, out in (("price", "price.samescale"), ("band", "band.samescale")):
        command = ["fit", str(folder / "train.csv"), "--target", target, "--model", "linear"]
        assert main([*command, "-o", str(folder / out)]) == 0
    return folder


@pytest.fixture
def run(capsys, folder, monkeypatch):
    """Run a command in the folder: exit code, standard output, standard error."""
    monkeypatch.chdir(folder)

    def command(*argv):
        capsys.readouterr()
        code = main(list(argv))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command
