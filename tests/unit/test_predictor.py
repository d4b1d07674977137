"""The one object that answers."""

import csv
import dataclasses as dc
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from samescale import transforms
from samescale.errors import (
    DataError,
    GuardError,
    ModelError,
    SchemaError,
    SourceError,
    SpecError,
)
from samescale.guard import GuardWarning
from samescale.models.base import Runtime
from samescale.predictor import Predictor
from samescale.progress import Progress
from samescale.spec import Spec, Target
from tests.unit import predictors
from tests.unit.predictors import row, rows, table


@pytest.fixture
def price():
    return predictors.predictor("price")


@pytest.fixture
def kind():
    return predictors.predictor("kind")


class TestPredict:
    def test_a_number_comes_in_the_units_of_the_target(self, price):
        predictions = price.predict(rows(50))
        assert predictions.shape == (50,)
        assert predictions.dtype == np.float64
        scale = np.std(table()["price"]), np.mean(table()["price"])
        raw = price.runtime.predict(price.fitted.admit(rows(50)))
        np.testing.assert_allclose(predictions, raw * scale[0] + scale[1], rtol=1e-6)

    def test_a_class_comes_by_its_name_with_probabilities_in_the_order_of_classes(self, kind):
        probabilities = kind.predict_proba(rows(50))
        assert probabilities.shape == (50, len(kind.classes))
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
        names = [kind.classes[code] for code in probabilities.argmax(axis=1)]
        assert kind.predict(rows(50)).tolist() == names

    def test_a_number_has_no_probabilities_and_the_model_is_not_asked(self, price):
        with pytest.raises(ModelError, match="Use predict"):
            price.predict_proba(rows(1))
        assert price.runtime.calls == []

    def test_columns_are_matched_by_name_in_any_order_and_form(self, price):
        expected = price.predict(rows(9))
        given = rows(9)
        mixed = [dict(reversed(item.items())) for item in given]
        columns = {name: [item[name] for item in given] for name in reversed(given[0])}
        assert price.predict(mixed).tolist() == expected.tolist()
        assert price.predict(columns).tolist() == expected.tolist()

    def test_one_row_is_a_batch_of_one(self, price):
        assert price.predict(row()).shape == (1,)

    @pytest.mark.parametrize("name", ["price", "kind"])
    def test_no_rows_give_no_predictions_without_asking_the_model(self, name):
        predictor = predictors.predictor(name)
        empty = {name: column[:0] for name, column in table().items() if name in row()}
        assert predictor.predict(empty).shape == (0,)
        assert predictor.runtime.calls == []

    @pytest.mark.parametrize("name", ["price", "kind"])
    def test_a_row_alone_gives_what_it_gives_in_a_batch(self, name):
        predictor = predictors.predictor(name)
        together = predictor.predict(rows(20))
        alone = [predictor.predict(item)[0] for item in rows(20)]
        assert together.tolist() == alone

    def test_rows_that_break_the_contract_are_refused_with_the_finding(self, price):
        with pytest.raises(SchemaError, match="incme") as caught:
            price.predict({"incme" if k == "income" else k: v for k, v in row().items()})
        assert {finding.code for finding in caught.value.findings} == {"SG101", "SG102"}


class TestGuarding:
    def test_predict_warns_at_the_callers_line_and_answers(self, price):
        with pytest.warns(GuardWarning, match="SG201") as caught:
            assert len(price.predict(row(city="Osl"))) == 1
        assert caught[0].filename == __file__

    def test_predict_proba_warns_too(self, kind):
        with pytest.warns(GuardWarning, match="SG202|SG307"):
            kind.predict_proba(row(age=4100.0))

    def test_answer_gives_the_findings_and_does_not_warn(self, price):
        answer = price.answer(row(city="Osl", weekday=9))
        assert {"SG201", "SG204"} <= {finding.code for finding in answer.findings}
        assert answer.probabilities is None

    def test_check_asks_no_model_and_never_raises_for_the_guard(self):
        strict = predictors.predictor("price", policies="raise")
        assert [f.code for f in strict.check(row(city="Osl"))] == ["SG201"]
        assert strict.runtime.calls == []

    def test_under_raise_nothing_is_predicted(self):
        strict = predictors.predictor("price", policies={"unseen_category": "raise"})
        with pytest.raises(GuardError, match="SG201"):
            strict.predict(row(city="Osl"))
        assert strict.runtime.calls == []

    def test_a_wrong_policy_is_refused_when_the_predictor_is_made(self):
        with pytest.raises(SpecError, match=r"no rule 'unseen_categories'.*Did you mean"):
            predictors.predictor("price", policies={"unseen_categories": "off"})

    def test_the_guard_changes_no_prediction(self, price):
        silent = predictors.predictor("price", policies="off")
        odd = [row(city="Osl"), row(age=500.0), row(weekday=0)]
        assert price.answer(odd).predictions.tolist() == silent.predict(odd).tolist()


class Overflowing(Runtime):
    """Answers infinite features as models do: with NaN, or with words of its own."""

    def __init__(self, fitted, answer):
        self.fitted, self.answer = fitted, answer

    def predict(self, columns):
        matrix = self.fitted.matrix_of(columns)
        gone = ~np.isfinite(matrix).all(axis=1)
        if self.answer == "raises" and gone.any():
            raise ValueError("Input X contains infinity")
        width = () if self.fitted.classes is None else (len(self.fitted.classes),)
        found = np.full((len(matrix), *width), 0.5)
        found[gone] = np.nan
        return found


def narrow(target):
    """Preprocessing that multiplies by ten thousand: large floats overflow."""
    rows = 50
    sizes = np.linspace(0, 1e-3, rows, dtype=np.float32)
    kinds = np.array(["a", "b"] * (rows // 2), object)
    scaled = transforms.load("Normalization")()
    chain = {"kind": transforms.load("StringLookup")(), "price": transforms.load("Log1p")()}
    columns = {"size": sizes, "kind": kinds, "price": np.linspace(1, 9, rows)}
    return Spec({"size": scaled}, target=Target(target, chain[target])).adapt(columns)


class TestFinite:
    @pytest.mark.parametrize("answer", ["raises", "nan"])
    @pytest.mark.parametrize("target", ["kind", "price"])
    def test_a_row_without_a_finite_answer_is_refused_with_its_feature(self, target, answer):
        fitted = narrow(target)
        predictor = Predictor(fitted, Overflowing(fitted, answer))
        assert len(predictor.answer({"size": [0.0, 1e-3]}).predictions) == 2
        with pytest.raises(DataError, match=r"Row 1 .* its feature 'size' is inf") as caught:
            predictor.answer({"size": [0.0, 3e38]})
        assert caught.value.details["row"] == 1

    def test_an_answer_that_overflows_on_the_way_back_is_refused(self):
        fitted = narrow("price")

        class Far(Runtime):
            def predict(self, columns):
                return np.array([1.0, 1e4])[: len(columns["size"])]

        with pytest.raises(DataError, match="Row 1 has no finite answer"):
            Predictor(fitted, Far()).answer({"size": [0.0, 1e-3]})

    def test_an_error_of_the_model_about_finite_features_is_the_models(self):
        fitted = narrow("price")

        class Broken(Runtime):
            def predict(self, columns):
                raise ValueError(f"of my own about {columns}")

        with pytest.raises(ValueError, match="of my own"):
            Predictor(fitted, Broken()).answer({"size": [0.0]})

    def test_a_file_names_the_row_of_the_source_and_is_not_written(self, tmp_path):
        fitted = narrow("kind")
        sizes = np.zeros(70_000, np.float32)
        sizes[66_000] = 3e38
        predictor = Predictor(fitted, Overflowing(fitted, "nan"))
        with pytest.raises(DataError, match="Row 66000 "):
            predictor.predict_file({"size": sizes}, tmp_path / "out.csv")
        assert list(tmp_path.iterdir()) == []


class TestFrozen:
    def test_nothing_can_be_set(self, price):
        with pytest.raises(dc.FrozenInstanceError):
            price.fitted = None

    def test_what_was_predicted_changes_nothing(self, price):
        digest, first = price.digest, price.predict(rows(5)).tolist()
        price.answer([row(age=1e6, city="new")] * 100)
        assert price.digest == digest
        assert price.predict(rows(5)).tolist() == first

    def test_its_text_says_what_it_predicts(self, price):
        assert repr(price).startswith("<Predictor of 'price' (regression) from 4 columns, sha256:")


class Told(Progress):
    def __init__(self):
        self.events = []

    def start(self, what, total):
        self.events.append(("start", what, total))

    def step(self, done):
        self.events.append(("step", done))

    def stop(self):
        self.events.append(("stop",))


def read(path):
    match path.suffix:
        case ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
        case ".jsonl":
            return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        case _:
            return pq.read_table(path).to_pylist()


class TestPredictFile:
    @pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
    def test_a_file_holds_the_predictions_in_the_order_of_the_rows(self, price, tmp_path, suffix):
        out = tmp_path / f"out{suffix}"
        written = price.predict_file(rows(100), out)
        assert (written.path, written.rows) == (out, 100)
        expected = price.predict(rows(100)).tolist()
        assert [float(item["prediction"]) for item in read(out)] == expected

    def test_probabilities_are_columns_by_class(self, kind, tmp_path):
        out = tmp_path / "out.parquet"
        kind.predict_file(rows(10), out, probabilities=True)
        found = pq.read_table(out)
        assert found.column_names == ["prediction", *(f"probability_{c}" for c in kind.classes)]
        np.testing.assert_array_equal(
            np.array([found[name] for name in found.column_names[1:]]).T,
            kind.predict_proba(rows(10)),
        )

    def test_a_long_table_goes_through_in_chunks(self, price, tmp_path):
        told = Told()
        price.predict_file(rows(70_000), tmp_path / "out.parquet", progress=told)
        assert told.events[0][::2] == ("start", 70_000)
        assert told.events[1:] == [("step", 65_536), ("step", 4_464), ("stop",)]
        assert max(price.runtime.calls) == 65_536

    def test_columns_beside_the_contract_are_not_read(self, price, tmp_path):
        given = [item | {"price": 1.0, "id": "x"} for item in rows(3)]
        written = price.predict_file(given, tmp_path / "out.csv")
        assert written.rows == 3
        (note,) = (finding for finding in written.findings if finding.code == "SG102")
        assert note.severity == "info"
        assert note.message == "Not in the contract, and not used: 'price', 'id'."

    def test_findings_name_the_row_of_the_source_and_the_share_of_all_rows(self, price, tmp_path):
        given = rows(70_000)
        given[66_000] = row(city="Osl")
        written = price.predict_file(given, tmp_path / "out.csv")
        (finding,) = (f for f in written.findings if f.code == "SG201")
        assert finding.row == 66_000
        assert finding.share == pytest.approx(1 / 70_000)

    def test_the_row_of_a_finding_is_the_one_that_its_message_is_about(self, price, tmp_path):
        given = rows(70_000)
        given[5] = row(age=91.0)
        given[66_000] = row(age=4100.0)
        written = price.predict_file(given, tmp_path / "out.csv")
        (finding,) = (f for f in written.findings if f.code == "SG202" and f.column == "age")
        assert (finding.row, finding.value, finding.severity) == (66_000, "4100", "warning")

    def test_a_broken_row_in_a_later_chunk_is_named_and_leaves_no_file(self, price, tmp_path):
        given = rows(70_000)
        given[66_000] = row(income=None)
        with pytest.raises(SchemaError, match="66000"):
            price.predict_file(given, tmp_path / "out.csv")
        assert list(tmp_path.iterdir()) == []

    def test_a_failed_run_leaves_the_older_file(self, price, tmp_path):
        out = tmp_path / "out.csv"
        out.write_text("before")
        with pytest.raises(SchemaError):
            price.predict_file([row(income=None)], out)
        assert out.read_text() == "before"

    def test_a_refusal_of_the_guard_names_the_row_of_the_source(self, tmp_path):
        strict = predictors.predictor("price", policies={"SG201": "raise"})
        given = rows(70_000)
        given[66_000] = row(city="Osl")
        with pytest.raises(GuardError, match="rows from 65536") as caught:
            strict.predict_file(given, tmp_path / "out.csv")
        assert caught.value.findings[0].row == 66_000

    def test_no_rows_give_a_file_with_the_columns(self, price, tmp_path):
        source = tmp_path / "in.parquet"
        pq.write_table(_arrow(table(1)).slice(0, 0), source)
        written = price.predict_file(source, tmp_path / "out.csv")
        assert written.rows == 0
        assert (tmp_path / "out.csv").read_text() == "prediction\n"

    def test_text_that_looks_like_numbers_in_a_file_stays_text(self, price, tmp_path):
        source = tmp_path / "in.csv"
        source.write_text("age,income,city,weekday\n41,22026.5,0047,3\n")
        written = price.predict_file(source, tmp_path / "out.csv")
        (finding,) = (f for f in written.findings if f.code == "SG201")
        assert finding.value == "0047"

    def test_another_ending_is_refused_with_those_there_are(self, price, tmp_path):
        with pytest.raises(SourceError, match=r"\.xlsx.*\.csv, \.jsonl"):
            price.predict_file(rows(1), tmp_path / "out.xlsx")

    def test_the_file_that_is_read_is_not_written(self, price, tmp_path):
        source = tmp_path / "in.csv"
        source.write_text("age,income,city,weekday\n41,22026.5,Oslo,3\n")
        with pytest.raises(SourceError, match="the file that is read"):
            price.predict_file(source, source)

    @pytest.mark.parametrize("given", ["in.csv", "*.csv", ".", "linked.csv"])
    def test_a_file_that_is_read_under_another_name_is_not_written(
        self, price, tmp_path, monkeypatch, given
    ):
        source = tmp_path / "in.csv"
        source.write_text("age,income,city,weekday\n41,22026.5,Oslo,3\n")
        (tmp_path / "linked.csv").symlink_to(source)
        monkeypatch.chdir(tmp_path)
        before = source.read_text()
        with pytest.raises(SourceError, match="the file that is read"):
            price.predict_file(given, tmp_path / "in.csv")
        assert source.read_text() == before

    def test_a_link_is_written_through(self, price, tmp_path):
        (tmp_path / "real").mkdir()
        link = tmp_path / "out.csv"
        link.symlink_to(tmp_path / "real" / "answers.csv")
        price.predict_file(rows(2), link)
        assert link.is_symlink()
        assert len(read(tmp_path / "real" / "answers.csv")) == 2

    def test_probabilities_of_a_number_are_refused(self, price, tmp_path):
        with pytest.raises(ModelError, match="no classes"):
            price.predict_file(rows(2), tmp_path / "out.csv", probabilities=True)

    def test_a_folder_that_is_not_there_is_named(self, price, tmp_path):
        with pytest.raises(SourceError, match="can't be written"):
            price.predict_file(rows(1), tmp_path / "nowhere" / "out.csv")

    def test_a_name_that_no_file_can_have_is_told(self, price, tmp_path):
        with pytest.raises(SourceError, match="can't be written: File name too long"):
            price.predict_file(rows(1), tmp_path / f"{'x' * 300}.csv")


def _arrow(columns):
    import pyarrow as pa

    return pa.table({name: columns[name] for name in row()})
