"""Every command, end to end, on a small CSV file."""

from __future__ import annotations

import csv
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import samescale as ss
from samescale.cli import commands, output
from samescale.cli.commands import explain
from samescale.cli.remedies import REMEDIES
from tests.unit.cli.conftest import write_csv

pytestmark = pytest.mark.sklearn
PRICE, BAND = "price.samescale", "band.samescale"


def test_fit_says_what_it_decided_how_it_split_and_how_good_it_is(run, tmp_path):
    out = str(tmp_path / "x.samescale")
    code, said, _ = run(
        "fit", "train.csv", "--target", "price", "--model", "linear", "--seed", "1", "-o", out
    )
    assert code == 0
    for part in ("city", "category", "192 to learn from", "48 to validate", "RMSE", "R²"):
        assert part in said
    assert [line.split()[1] for line in said.splitlines()[-3:]] == ["predict", "inspect", "serve"]
    assert ss.load(out).classes is None


def test_fit_of_classes(run, tmp_path):
    out = str(tmp_path / "x.samescale")
    code, said, _ = run(
        "fit", "train.csv", "--target", "band", "--model", "linear", "-q", "-o", out
    )
    assert code == 0
    assert "accuracy" in said
    assert "learn from" not in said


def test_an_inferred_spec_can_be_edited_and_passed_back(run, tmp_path):
    path, out = tmp_path / "spec.json", str(tmp_path / "x.samescale")
    code, said, _ = run("infer", "train.csv", "--target", "price", "-o", str(path))
    assert code == 0
    assert "3 different texts" in said
    spec = json.loads(path.read_text(encoding="utf-8"))
    del spec["columns"]["band"], spec["columns"]["income"]
    path.write_text(json.dumps(spec), encoding="utf-8")
    assert run("fit", "train.csv", "--spec", str(path), "--model", "linear", "-o", out)[0] == 0
    assert ss.load(out).schema.names == ("age", "city")


def test_infer_to_standard_output_is_json(run):
    code, said, noted = run("infer", "train.csv")
    assert code == 0
    assert ss.Spec.from_json(json.loads(said)).target is None
    assert "age" in noted


def raw(path):
    """The rows of a file as a person would write them."""
    with Path(path).open(encoding="utf-8") as file:
        return [
            {
                "age": int(row["age"]) if row["age"] else None,
                "income": float(row["income"]),
                "city": row["city"],
                "band": row["band"],
            }
            for row in csv.DictReader(file)
        ]


def answers(path):
    """The predictions in a file."""
    if path.suffix == ".parquet":
        return pq.read_table(path)["prediction"].to_pylist()
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line)["prediction"] for line in text.splitlines()]
    return [float(row["prediction"]) for row in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_predict_writes_what_python_answers(run, tmp_path, suffix):
    out = tmp_path / f"answers{suffix}"
    code, said, noted = run("predict", PRICE, "train.csv", "-o", str(out))
    assert (code, said) == (0, "")
    assert "240 rows predicted" in noted
    assert answers(out) == ss.load(PRICE).predict(raw("train.csv")).tolist()


def test_predict_without_a_file_prints_csv(run, folder):
    rows = write_csv(
        folder / "bands.csv", [[30, 1.0, "Oslo", 1.0]], ["age", "income", "city", "price"]
    )
    code, said, _ = run("predict", BAND, str(rows), "--proba", "-q")
    assert code == 0
    (row,) = csv.DictReader(io.StringIO(said))
    assert set(row) == {"prediction", "probability_high", "probability_low"}
    assert row["prediction"] in {"high", "low"}
    chances = [float(row["probability_high"]), float(row["probability_low"])]
    assert np.sum(chances) == pytest.approx(1)


def test_predict_reads_codes_as_the_contract_has_them(run, folder, tmp_path):
    rows = [[f"a{i % 4}" if i % 9 == 0 else f"{i % 4}", i, i % 7 * 1.5] for i in range(120)]
    table = str(write_csv(folder / "codes.csv", rows, ["code", "n", "y"]))
    bundle = str(tmp_path / "codes.samescale")
    spec = tmp_path / "spec.json"
    spec.write_text(
        json.dumps(
            ss.Spec(
                {"code": [ss.StringLookup(), ss.CategoryEncoding(output_mode="one_hot")]},
                target=ss.Target("y"),
            ).to_json()
        )
    )
    assert run("fit", table, "--spec", str(spec), "--model", "linear", "-o", bundle)[0] == 0
    # In this file all codes look like numbers.
    numbers = str(write_csv(folder / "numbers.csv", [["1"], ["3"]], ["code"]))
    code, said, noted = run("predict", bundle, numbers)
    assert code == 0, noted
    assert [float(x) for x in said.split()[1:]] == ss.load(bundle).predict(
        {"code": ["1", "3"]}
    ).tolist()


def test_rows_that_break_the_contract_are_refused_and_nothing_is_written(run, folder, tmp_path):
    table = write_csv(folder / "old.csv", [[30, 1.0, "Oslo"]], ["age", "incme", "city"])
    out = tmp_path / "answers.csv"
    code, said, noted = run("predict", PRICE, str(table), "-o", str(out))
    assert (code, said) == (1, "")
    assert "SG101" in noted
    assert "Rename 'incme' to 'income'" in noted
    assert "Traceback" not in noted
    assert list(tmp_path.iterdir()) == []


def test_a_policy_makes_a_finding_a_refusal(run, folder, tmp_path):
    rows = [[30, 50_000.0, "Atlantis", "low"]] * 5
    table = str(write_csv(folder / "far.csv", rows, ["age", "income", "city", "band"]))
    out = tmp_path / "answers.csv"
    code, _, noted = run("predict", PRICE, table, "-o", str(out))
    assert (code, "SG201" in noted, out.exists()) == (0, True, True)
    out.unlink()
    code, _, noted = run(
        "predict", PRICE, table, "-o", str(out), "--policy", "unseen_category=raise"
    )
    assert (code, "SG201" in noted, out.exists()) == (1, True, False)


def test_check_finds_and_does_not_predict(run, folder):
    rows = [[30, 50_000.0, "Oslo", "low"]] * 3 + [[30, 1e9, "Oslo", "low"]] * 2
    table = str(write_csv(folder / "odd.csv", rows, ["age", "income", "city", "band"]))
    code, said, _ = run("check", PRICE, table)
    assert code == 1
    assert "SG202" in said
    code, said, _ = run("check", PRICE, table, "--json")
    (finding,) = json.loads(said)
    assert (finding["column"], finding["row"], finding["share"]) == ("income", 3, 0.4)
    assert run("check", PRICE, table, "--policy", "outside_extent=off")[:2] == (0, "no findings\n")


def test_check_tells_contract_breaks_as_findings(run, folder):
    table = write_csv(folder / "gone.csv", [[30, "Oslo"]], ["age", "city"])
    code, said, _ = run("check", PRICE, str(table))
    assert code == 1
    assert "SG101 Column 'income' is missing" in said


def test_verify_and_a_changed_byte(run, folder):
    code, said, _ = run("verify", PRICE)
    assert code == 0
    assert "bit-equal" in said
    data = bytearray((folder / PRICE).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "changed.samescale").write_bytes(data)
    code, said, _ = run("verify", "changed.samescale", "--json")
    assert code == 1
    assert json.loads(said)["ok"] is False
    code, _, noted = run("predict", "changed.samescale", "new.csv")
    assert code == 1
    assert noted.startswith("error: ")


def test_inspect(run):
    code, said, _ = run("inspect", PRICE)
    assert code == 0
    assert "city" in said
    assert "seed 0" in said
    assert "split" in json.loads(run("inspect", PRICE, "--json")[1])["manifest"]["provenance"]
    assert "flowchart" in run("inspect", PRICE, "--graph", "mermaid")[1]
    assert "Input('age')" in run("inspect", PRICE, "--graph", "text")[1]


def test_explain(run):
    assert "outside-extent" in run("explain", "sg202")[1]
    code, said, _ = run("explain")
    assert code == 0
    assert "unseen-category" in said
    code, _, noted = run("explain", "SG999")
    assert code == 2
    assert "The codes are" in noted


def test_serve_hands_over_what_was_given(run, monkeypatch):
    given = {}
    import samescale.serve

    monkeypatch.setattr(
        samescale.serve, "serve", lambda bundle, **options: given.update(options, bundle=bundle)
    )
    code, _, _ = run("serve", PRICE, "--port", "0", "--policy", "default=raise")
    assert code == 0
    policies = {"default": "raise"}
    assert given == {"bundle": PRICE, "port": 0, "policies": policies, "runtime": "auto"}


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["predict", "nowhere.samescale", "new.csv"],
            "There is no file 'nowhere.samescale'. Check the path.",
        ),
        (["infer", "train.csv", "-o", "nowhere/spec.json"], "There is no folder 'nowhere'."),
        (["fit", "train.csv", "-o", "x"], "Give --target COLUMN"),
        (
            ["fit", "train.csv", "--target", "price", "-o", "x", "--model", "linear", "--epochs=3"],
            "takes no setting 'epochs'. Leave it out, or choose a model that takes it: keras",
        ),
        (["fit", "train.csv", "--target", "price", "-o", "x", "--epochs", "0"], "Give at least 1"),
        (["fit", "train.csv", "--target", "price", "-o", "train.csv"], "is the file that is read"),
        (["predict", PRICE, "train.csv", "-o", "train.csv"], "is the file that is read"),
        (["predict", PRICE, "new.csv", "--proba"], "Leave out --proba."),
        (["predict", PRICE, "nowhere.csv"], "nowhere.csv"),
        (["predict", PRICE, "new.csv", "-o", "answers.xlsx"], ".xlsx"),
        (["predict", PRICE, "new.csv", "--policy", "unsen_category=raise"], "unseen_category"),
        (["fit", "train.csv", "--target", "prise", "-o", "x"], "Did you mean 'price'"),
        (["fit", "train.csv", "--target", "price", "--model", "forest", "-o", "x"], "keras"),
        (["fit", "train.csv", "--target", "price", "--spec", "train.csv", "-o", "x"], "isn't JSON"),
    ],
)
def test_wrong_input_is_a_message_a_remedy_and_a_two(run, argv, message):
    code, said, noted = run(*argv)
    assert (code, said) == (2, "")
    assert noted.startswith("error: ")
    assert message in noted
    assert "Traceback" not in noted


def test_what_is_read_is_not_written_under_any_name(run, folder):
    before = (folder / "train.csv").read_bytes()
    (folder / "same.csv").symlink_to(folder / "train.csv")
    bundle = folder / "bundle.csv"  # a link, since a bundle's own name ends otherwise
    bundle.symlink_to(folder / PRICE)
    for out in ("same.csv", "./train.csv", "bundle.csv"):
        assert run("predict", PRICE, "train.csv", "-o", out)[0] == 2
    assert (folder / "train.csv").read_bytes() == before
    assert run("verify", PRICE)[0] == 0
    bundle.unlink()


def test_columns_beside_the_contract_are_one_note(run, tmp_path):
    note = "info: SG102 Not in the contract, and not used: 'price'."
    code, said, _ = run("check", PRICE, "train.csv")
    assert (code, said.count("SG102"), note in said) == (0, 1, True)
    code, _, noted = run("predict", PRICE, "train.csv", "-o", str(tmp_path / "x.csv"))
    assert (code, noted.count("SG102"), note in noted) == (0, 1, True)


def test_check_needs_no_model(run, monkeypatch):
    def load(*_):
        raise AssertionError

    monkeypatch.setattr("samescale.models.load", load)
    assert run("check", PRICE, "train.csv")[0] == 0


def test_what_infer_says_next_runs(run, tmp_path):
    spec = str(tmp_path / "the spec.json")
    _, _, noted = run(
        "infer", "train.csv", "--target", "price", "--dtype", "age=number", "-o", spec
    )
    call = shlex.split(noted.partition("then: ")[2])
    assert call[0] == "samescale"
    assert call[-2:] == ["-o", "train.samescale"]
    call[-1] = str(tmp_path / call[-1])
    assert run(*call[1:], "--model", "linear")[0] == 0


def test_infer_gives_its_reasons_in_the_json(run):
    found = json.loads(run("infer", "train.csv", "--target", "price")[1])
    assert found["why"]["city"] == "category: 3 different texts"


def test_hints_are_words_of_the_command_line():
    assert output.as_flags('as text: dtypes={"a b": "string"}.') == "as text: --dtype 'a b=string'."


def test_what_is_interrupted_leaves_nothing_and_says_so(run, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("samescale.cli.commands.verify.run", interrupted)
    assert run("verify", PRICE) == (130, "", "interrupted; nothing was written\n")


def test_sigterm_leaves_no_part_of_a_file(folder, tmp_path):
    code = (
        "import os, signal, sys; from samescale.cli.main import main; from samescale import batch\n"
        "def late(*_, **__): os.kill(os.getpid(), signal.SIGTERM); return {}\n"
        "batch._columns = late; sys.exit(main(sys.argv[1:]))"
    )
    call = [sys.executable, "-c", code, "predict", PRICE, "train.csv", "-o"]
    out = str(tmp_path / "x.csv")
    done = subprocess.run([*call, out], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (143, "interrupted; nothing was written\n")
    assert list(tmp_path.iterdir()) == []


def test_explain_knows_errors_too(run):
    for code in ("e510", "FormatError"):
        said = run("explain", code)[1]
        assert "E510 FormatError" in said
        assert "Fix: Fetch the file again" in said
    assert "E510" in run("explain")[1]


def test_every_error_has_a_remedy():
    assert {error.code for error in explain._below(ss.SamescaleError)} == set(REMEDIES)


def test_debug_shows_the_traceback(run):
    code, _, noted = run("predict", "nowhere.samescale", "new.csv", "--debug")
    assert code == 2
    assert "Traceback" in noted


@pytest.mark.parametrize(
    "argv",
    [[], ["predct"], ["predict"], ["predict", PRICE, "new.csv", "--policy", "unseen_category"]],
)
def test_a_wrong_call_is_a_two(run, argv):
    code, said, noted = run(*argv)
    assert (code, said) == (2, "")
    assert "usage: samescale" in noted


@pytest.mark.parametrize("name", commands.names())
def test_every_command_explains_itself(run, name):
    code, said, _ = run(name, "--help")
    assert code == 0
    assert f"usage: samescale {name}" in said
    assert "--debug" in said


def test_the_version(run):
    assert run("--version")[:2] == (0, f"samescale {ss.__version__}\n")


def test_a_process_of_its_own(folder):
    command = [sys.executable, "-m", "samescale", "predict", "nowhere.samescale", "new.csv"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from samescale.cli.main import main; main(['--help']);"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert loaded.isdisjoint({"numpy", "pyarrow", "rich", "keras", "sklearn", "jax", "uvicorn"})


def test_adapt_says_its_passes_first_and_then_what_was_learned(run):
    code, out, err = run("adapt", "spec.json", "train.csv", "--quiet")
    assert (code, err) == (0, "")
    wanted = ss.Spec.load("spec.json").adapt("train.csv")
    assert out.rstrip().endswith(wanted.digest)

    code, out, err = run("adapt", "spec.json", "train.csv", "--json")
    assert code == 0
    learned = json.loads(out)
    assert learned["digest"] == wanted.digest
    assert learned["provenance"]["rows"] == 240
    assert set(learned["learned"]) == set(wanted.learned)
    assert err.startswith(f"At least {wanted.provenance['passes']} passes over train.csv")


def test_what_adapt_wrote_is_inspected_and_trained_behind(run, tmp_path):
    file, out = str(tmp_path / "store.fitted"), str(tmp_path / "store.samescale")
    code, said, noted = run("adapt", "spec.json", "train.csv", "-o", file)
    assert code == 0
    assert f"samescale fit TABLE --fitted {file}" in noted
    digest = ss.Fitted.load(file).digest
    assert said.rstrip().endswith(digest)
    assert digest == ss.Spec.load("spec.json").adapt("train.csv").digest

    code, said, _ = run("inspect", file)
    assert code == 0
    assert said.startswith("samescale fitted, format 1")
    assert digest in said
    assert json.loads(run("inspect", file, "--json")[1])["manifest"]["fitted"] == digest
    assert run("inspect", file, "--graph", "mermaid")[1].startswith("flowchart")

    code, said, _ = run("fit", "train.csv", "--fitted", file, "--model", "linear", "-o", out)
    assert code == 0
    assert "The statistics were learned before the split, from train.csv (240 rows)" in said
    assert ss.load(out).fitted.digest == digest


@pytest.mark.parametrize("command", ["predict", "check", "verify"])
def test_a_fitted_file_answers_nothing(command, run, tmp_path):
    file = str(tmp_path / "store.fitted")
    assert run("adapt", "spec.json", "train.csv", "-o", file, "-q")[0] == 0
    code, said, noted = run(command, file, *(["new.csv"] if command != "verify" else []))
    assert code == 1
    assert "holds a fitted value and no model" in said + noted


def test_a_fitted_file_is_not_served(run, tmp_path):
    pytest.importorskip("uvicorn")
    file = str(tmp_path / "store.fitted")
    assert run("adapt", "spec.json", "train.csv", "-o", file, "-q")[0] == 0
    code, _, noted = run("serve", file)
    assert code == 1
    assert "holds a fitted value and no model" in noted


def test_adapt_tells_of_a_place_that_is_not_there_before_it_reads(run):
    code, said, noted = run("adapt", "spec.json", "train.csv", "-o", "nowhere/store.fitted")
    assert (code, said) == (2, "")
    assert noted.startswith("error: There is no folder 'nowhere'.")


def test_fit_takes_a_spec_or_a_fitted_file(run):
    code, _, noted = run(
        "fit", "train.csv", "--fitted", PRICE, "--spec", "spec.json", "-o", "x.samescale"
    )
    assert code == 2
    assert "not allowed with argument" in noted
    code, _, noted = run("fit", "train.csv", "--fitted", PRICE, "-o", "x.samescale")
    assert code == 1
    assert "is a bundle: it has a model" in noted


def test_adapt_takes_a_uri_and_an_engine(run):
    uri = Path("train.csv").absolute().as_uri()
    code, out, err = run("adapt", "spec.json", uri, "--engine", "threads://2")
    assert code == 0
    assert "on threads://2." in err
    assert ss.Spec.load("spec.json").adapt("train.csv").digest in out


def test_adapt_writes_over_nothing_that_it_reads(run):
    before = Path("train.csv").read_bytes()
    code, _, err = run("adapt", "spec.json", "train.csv", "-o", "train.csv")
    assert code == 2
    assert err.startswith("error:")
    assert Path("train.csv").read_bytes() == before


def test_adapt_refuses_an_engine_that_isn_t_there(run):
    code, _, err = run("adapt", "spec.json", "train.csv", "--engine", "flink://host")
    assert code == 2
    assert "There is no engine 'flink://host'." in err
