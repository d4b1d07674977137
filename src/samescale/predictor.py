"""The one object that answers: input contract, guard, model, and the way back to real units."""

from __future__ import annotations

import dataclasses as dc
from typing import TYPE_CHECKING, Any, final

import numpy as np

from samescale.door import door
from samescale.errors import GuardError, ModelError
from samescale.guard import Guard, Watch, finite, warn, watch
from samescale.lane import Lane

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from samescale.batch import Written
    from samescale.bundle.manifest import Manifest
    from samescale.bundle.served import Choice
    from samescale.door import Admitted
    from samescale.findings import Finding
    from samescale.fitted import Fitted
    from samescale.guard import Passed, Policies
    from samescale.guard._said import Said
    from samescale.ir.types import Answers
    from samescale.models.base import Runtime
    from samescale.progress import Progress
    from samescale.schema import Schema


@final
@dc.dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a predictor says about some rows.

    Attributes:
        predictions: One a row, in the target's own units: float64, or class names. Of several
            targets, a dict of that by name.
        probabilities: For a class, rows × classes in the order of `Predictor.classes`; `None` for
            a number. Of several targets, a dict by name of those that are classes; `None` if none
            is.
        findings: What the input contract and the guard noted.
    """

    predictions: Answers
    probabilities: Answers | None
    findings: tuple[Finding, ...]


@final
@dc.dataclass(frozen=True, eq=False)
class Predictor:
    """A model and its preprocessing: raw rows in, answers in the target's own units out.

    Frozen: no call changes what the next one predicts, and a row's prediction doesn't depend on the
    rows beside it. What single rows say together is kept in `watch` and shows in findings alone.
    Usually made by `samescale.load`.

    A table is a data frame, arrays or lists by column name, a list of dicts, a path, or an array
    of the contract's width. Columns are matched by name, in any order.

    Args:
        fitted: The preprocessing.
        runtime: The model, as its kind runs it.
        policies: What the guard does on a finding: `off`, `observe` (noted and counted), `warn` or
            `raise`, for everything or by the name or code of a rule or a mistake, `default` for
            the others; `repair` (a named mistake is taken back in the request) by the mistake's
            name alone. Each may be a dict by column, `default` for the other columns.
        manifest: What the bundle says of itself, if it comes from one.
        workers: How many processes share the traffic. What single rows say together is weighed in
            each by itself, and all of them may raise no more false alarms than one.

    Raises:
        SpecError: For a rule, a mistake, a column or a policy that there isn't.

    Examples:
        >>> from samescale import transforms
        >>> from samescale.models.base import Runtime
        >>> from samescale.spec import Spec, Target
        >>> scaled = transforms.load("Normalization")()
        >>> spec = Spec({"size": scaled}, target=Target("price", scaled))
        >>> fitted = spec.adapt({"size": [1.0, 3.0], "price": [10.0, 30.0]})
        >>> class Line(Runtime):
        ...     def predict(self, columns):
        ...         return fitted.matrix_of(columns)[:, 0]
        >>> Predictor(fitted, Line()).predict({"size": [1.0, 2.0, 2.5]})
        array([10., 20., 25.])
    """

    fitted: Fitted
    runtime: Runtime
    policies: Policies = dc.field(default=None, kw_only=True)
    manifest: Manifest | None = dc.field(default=None, kw_only=True)
    workers: int = dc.field(default=1, kw_only=True)
    guard: Guard = dc.field(init=False, repr=False)
    watch: Watch = dc.field(init=False, repr=False)
    lane: Lane | None = dc.field(init=False, repr=False)

    def __post_init__(self) -> None:
        guard = watch(
            self.fitted.schema, self.fitted.profile, self.fitted.graph, policies=self.policies
        )
        object.__setattr__(self, "guard", guard)
        seen = Watch.of(guard, workers=self.workers)
        object.__setattr__(self, "watch", seen)
        object.__setattr__(self, "lane", Lane.of(self.fitted, self.runtime, guard, seen))

    def __reduce__(self) -> tuple[object, ...]:
        # Guard and lane are made anew: a lane holds places in memory that are this process's.
        return _again, (self.fitted, self.runtime, self.policies, self.manifest, self.workers)

    def __repr__(self) -> str:
        told = " and ".join(f"{one.name!r} ({one.task})" for one in self.fitted.targets)
        of = f" of {told}" if told else ""
        return f"<Predictor{of} from {len(self.schema.columns)} columns, {self.digest[:15]}…>"

    @property
    def schema(self) -> Schema:
        """The input contract."""
        return self.fitted.schema

    @property
    def classes(self) -> Any:
        """The class names in the order of the probabilities, a tuple; `None` for a number.

        Of several targets, a dict by name of those that are classes; `None` if none is.
        """
        if len(self.fitted.targets) <= 1:
            return self.fitted.classes
        return {one.name: one.answers for one in self.fitted.targets if one.answers} or None

    @property
    def digest(self) -> str:
        """`sha256:…` of the preprocessing: equal where every number of it is."""
        return self.fitted.digest

    def predict(self, table: object) -> Answers:
        """One prediction a row, in the target's own units.

        Args:
            table: Raw rows.

        Returns:
            Shape (rows,): float64, or classes (int64, booleans, or strings as objects). Of several
            targets, a dict of that by name.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
            GuardError: If something was found whose policy is `raise`.

        Warns:
            GuardWarning: What the guard noted, once a finding.
        """
        answer = self.answer(table)
        warn(answer.findings)
        return answer.predictions

    def predict_proba(self, table: object) -> Answers:
        """The probability of each class, rows × classes, in the order of `classes`.

        Args:
            table: Raw rows.

        Returns:
            Shape (rows, classes). Of several targets, a dict by name of those that are classes.

        Raises:
            ModelError: If the target is a number, or each of several is.
            SchemaError: If the rows break the input contract; names column, row and value.
            GuardError: If something was found whose policy is `raise`.

        Warns:
            GuardWarning: What the guard noted, once a finding.
        """
        if self.classes is None:
            raise ModelError(
                "The target is a number, which has no classes to give probabilities for.",
                remedy="Use predict().",
            )
        answer = self.answer(table)
        warn(answer.findings)
        return answer.probabilities  # there are, for there are classes

    def answer(self, table: object) -> Answer:
        """Predictions, probabilities and findings together; nothing is warned of.

        Args:
            table: Raw rows.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
            DataError: If a row has no finite answer, far outside of training; names it.
            GuardError: If something was found whose policy is `raise`.
        """
        if type(table) is dict and self.lane is not None:
            found = self.lane.answer(table)
            if found is not None:
                return Answer(*found, self._of_late() if self.watch.standing else ())
        admitted = self._admit(table)
        told = self.watch.see(admitted.columns) if admitted.rows == 1 else ()
        return self._answered(admitted, self._passed(admitted, told, sparing=True))

    def answer_admitted(self, admitted: Admitted) -> Answer:
        """What `answer` gives for rows that came through the door of this predictor's schema.

        Args:
            admitted: The rows. They aren't changed.

        Raises:
            DataError: If a row has no finite answer; names it.
            GuardError: If something was found whose policy is `raise`.
        """
        return self._answered(admitted, self._passed(admitted))

    def _answered(self, admitted: Admitted, passed: Passed) -> Answer:
        rows = admitted.rows
        findings = (*admitted.findings, *passed.findings)
        if passed.columns is not admitted.columns:
            admitted = dc.replace(admitted, columns=passed.columns)
        # Frameworks differ on batches of no rows, so they aren't asked.
        given = finite.asked(self.runtime, self.fitted, admitted) if rows else _none(self.fitted)
        predictions = self.fitted.inverse(given) if self.fitted.targets else given
        if len(self.fitted.targets) > 1:
            return self._several(predictions, given, admitted, findings)
        if self.classes is not None:
            return Answer(predictions, given, findings)
        return Answer(finite.checked(predictions, self.fitted, admitted), None, findings)

    def _several(
        self,
        predictions: Any,
        given: Any,
        admitted: Admitted,
        findings: tuple[Finding, ...],
    ) -> Answer:
        known = self.classes or {}
        numbers = {name: found for name, found in predictions.items() if name not in known}
        finite.checked(numbers, self.fitted, admitted)
        return Answer(predictions, {name: given[name] for name in known} or None, findings)

    def _passed(
        self, admitted: Admitted, told: Sequence[Said] = (), *, sparing: bool = False
    ) -> Passed:
        try:
            passed = self.guard.let(admitted.columns, admitted.rows, told, sparing=sparing)
        except GuardError as error:
            self.watch.count(error.findings)
            raise
        if passed.findings:
            self.watch.count(passed.findings)
        return passed

    def _of_late(self) -> tuple[Finding, ...]:
        """What single rows say together, told with the answer of one."""
        findings = tuple(one.finding for one in self.watch.told)
        self.watch.count(findings)
        return findings

    def check(self, table: object) -> tuple[Finding, ...]:
        """What `answer` would note about rows, without asking the model or raising for the guard.

        Nothing is repaired, and what single rows say together knows nothing of these.

        Args:
            table: Raw rows.

        Raises:
            SchemaError: If the rows break the input contract; names column, row and value.
        """
        admitted = self._admit(table)
        return (*admitted.findings, *self.guard.check(admitted.columns, admitted.rows))

    def predict_file(
        self,
        source: object,
        path: str | os.PathLike[str],
        *,
        probabilities: bool = False,
        progress: Progress | None = None,
        threads: int | None = None,
        resume: bool = False,
    ) -> Written:
        """Predict a table of any length chunk by chunk, in its order, into a file.

        Args:
            source: A path, a folder, a frame, an iterable of batches: whatever `adapt` takes.
            path: The file to write; its ending says whether CSV, JSON lines or Parquet. It
                appears when it is whole.
            probabilities: Whether to add a column `probability_…` for each class. Of several
                targets, columns are called `prediction_TARGET` and `probability_TARGET_…`.
            progress: Who is told how many rows are done.
            threads: How many chunks are answered at once: as many as there are cores to run on,
                if left out.
            resume: Whether to keep what is done in a folder `.NAME.unfinished` beside the file,
                and to go on from there if the same job has one; it is removed at the end. The
                table must be a file or a folder on this machine, which tells when it was written.
                A predictor that isn't of a bundle is taken for the one that began.

        Returns:
            How many rows were written, and what was noted about them.

        Raises:
            SchemaError: If a row breaks the input contract; names its index in the source.
            GuardError: If something whose policy is `raise` was found in a chunk.
            SourceError: If the source can't be read or the file not written, or if what was begun
                there is another job's.
            SpecError: If `threads` is no whole number from 1 on.
        """
        from samescale.batch import predict_file

        return predict_file(
            self,
            source,
            path,
            probabilities=probabilities,
            progress=progress,
            threads=threads,
            resume=resume,
        )

    def _admit(self, table: object) -> Admitted:
        return door(self.schema, table)


def _again(
    fitted: Fitted,
    runtime: Runtime,
    policies: Policies,
    manifest: Manifest | None,
    workers: int = 1,
) -> Predictor:
    return Predictor(fitted, runtime, policies=policies, manifest=manifest, workers=workers)


def _none(fitted: Fitted) -> Answers:
    """What a model gives for no rows."""
    found = {
        one.name: np.zeros((0, *(() if one.classes is None else (len(one.classes),))), np.float32)
        for one in fitted.targets
    }
    return found if len(found) > 1 else next(iter(found.values()), np.zeros(0, np.float32))


def load(
    path: str | os.PathLike[str],
    *,
    policies: Policies = None,
    runtime: Choice = "auto",
    workers: int = 1,
) -> Predictor:
    """The predictor of a bundle, after everything in it was verified.

    Args:
        path: The bundle.
        runtime: What is to answer: `onnx` is ONNX Runtime, `native` the model's own framework,
            and `auto` the first of them that is installed and gives the recorded answers.
        policies: What the guard does on a finding: see `Predictor`.
        workers: How many processes share the traffic: see `Predictor`.

    Raises:
        BundleError: If the file isn't what was written, or answers otherwise than then.
        ModelError: If the model in it can't be loaded without running code.
        MissingExtraError: If the model's framework isn't installed.
        UnsupportedError: If ONNX Runtime is asked for and the bundle has no form for it.
        SpecError: For a rule, a mistake, a column, a policy or a runtime that there isn't.
    """
    from samescale.bundle.read import read

    bundle = read(path, runtime=runtime)
    return Predictor(
        bundle.fitted, bundle.runtime, policies=policies, manifest=bundle.manifest, workers=workers
    )
