"""scikit-learn's estimators: the same bits after a round trip, and nothing that runs code."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from samescale import models, sources
from samescale.errors import ModelError, SpecError
from samescale.spec import Spec, Target
from samescale.transforms.category_encoding import CategoryEncoding
from samescale.transforms.normalization import Normalization
from samescale.transforms.string_lookup import StringLookup

pytest.importorskip("sklearn")
pytest.importorskip("skops")
from sklearn import ensemble, linear_model, naive_bayes, neighbors, neural_network, svm, tree
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from samescale.models.sklearn import KIND, soundness, stored

pytestmark = pytest.mark.sklearn
MEMBER = "model/estimator.skops"

REGRESSORS = [
    linear_model.LinearRegression(),
    linear_model.Ridge(),
    linear_model.ElasticNet(alpha=0.01),
    linear_model.HuberRegressor(),
    linear_model.TweedieRegressor(),
    tree.DecisionTreeRegressor(max_depth=4, random_state=0),
    ensemble.RandomForestRegressor(5, random_state=0),
    ensemble.ExtraTreesRegressor(5, random_state=0),
    ensemble.GradientBoostingRegressor(n_estimators=5, random_state=0),
    ensemble.HistGradientBoostingRegressor(max_iter=5, random_state=0),
    ensemble.BaggingRegressor(n_estimators=3, random_state=0),
    ensemble.VotingRegressor([("a", linear_model.Ridge()), ("b", svm.SVR())]),
    ensemble.StackingRegressor([("a", linear_model.Ridge())], cv=2),
    neural_network.MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", random_state=0),
    svm.SVR(),
    neighbors.KNeighborsRegressor(),
    neighbors.KNeighborsRegressor(algorithm="brute"),
    GaussianProcessRegressor(random_state=0),
    make_pipeline(StandardScaler(), linear_model.Ridge()),
]
CLASSIFIERS = [
    linear_model.LogisticRegression(),
    tree.DecisionTreeClassifier(max_depth=4),
    ensemble.RandomForestClassifier(5, random_state=0),
    ensemble.GradientBoostingClassifier(n_estimators=5),
    ensemble.HistGradientBoostingClassifier(max_iter=5),
    ensemble.AdaBoostClassifier(n_estimators=3, random_state=0),
    neural_network.MLPClassifier(hidden_layer_sizes=(4,), solver="lbfgs", random_state=0),
    naive_bayes.GaussianNB(),
    neighbors.KNeighborsClassifier(),
    CalibratedClassifierCV(svm.LinearSVC(), cv=2),
]


def named(estimator):
    return type(estimator).__name__


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(3)
    rows = 120
    x, y = rng.normal(5, 2, rows), rng.normal(size=rows)
    city = np.array(rng.choice(["Bern", "Oslo"], rows), object)
    price = 3 * x - y + (city == "Oslo")
    level = np.array(["low", "middle", "high"], object)[np.digitize(price, [13, 17])]
    return {"x": x, "y": y, "city": city, "price": price, "level": level}


def adapt(table, target):
    city = [StringLookup(), CategoryEncoding(output_mode="one_hot")]
    columns = {"x": Normalization(), "y": Normalization(), "city": city}
    return Spec(columns, target=target).adapt(table)


@pytest.fixture(scope="module")
def regression(table):
    return adapt(table, Target("price", Normalization()))


@pytest.fixture(scope="module")
def classification(table):
    return adapt(table, Target("level", StringLookup()))


def trained(estimator, fitted, table):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # too few steps are enough here
        return estimator.fit(fitted.matrix(table).astype(np.float64), fitted.labels(table))


def loaded(model, fitted):
    KIND.check(model, fitted)
    return KIND.load(KIND.save(model), KIND.config(model, fitted), fitted)


def test_the_kind_is_found_by_its_name():
    assert models.load("sklearn") is KIND
    assert models.kind_of(linear_model.Ridge()) is KIND


@pytest.mark.parametrize("thing", [object(), StandardScaler(), linear_model.Ridge, "Ridge"])
def test_what_predicts_nothing_is_not_taken(thing):
    assert not KIND.accepts(thing)


@pytest.mark.parametrize("estimator", REGRESSORS, ids=named)
def test_a_regressor_answers_the_same_bits(estimator, regression, table):
    model = trained(estimator, regression, table)
    expected = model.predict(regression.matrix(table).astype(np.float64))
    found = loaded(model, regression).predict(regression.admit(table))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=named)
def test_a_classifier_answers_the_same_bits(estimator, classification, table):
    model = trained(estimator, classification, table)
    expected = model.predict_proba(classification.matrix(table).astype(np.float64))
    found = loaded(model, classification).predict(classification.admit(table))
    np.testing.assert_array_equal(found, expected)
    assert found.shape == (120, 3)


# Gaussian processes are left out: they sum kernel values with huge weights of both signs, and lose
# half of their digits in any order.
@pytest.mark.parametrize(
    "estimator", [one for one in REGRESSORS if "Gaussian" not in named(one)], ids=named
)
def test_a_row_is_answered_alike_alone_and_among_others(estimator, regression, table):
    model = loaded(trained(estimator, regression, table), regression)
    columns = regression.admit(table)
    together = model.predict(columns)[:7]
    alone = [model.predict({k: v[i : i + 1] for k, v in columns.items()})[0] for i in range(7)]
    np.testing.assert_allclose(alone, together, rtol=KIND.rtol, atol=KIND.rtol)


@pytest.mark.parametrize("estimator", [*REGRESSORS[:10], REGRESSORS[13]], ids=named)
def test_the_same_training_gives_the_same_bytes(estimator, regression, table):
    # A second fit of one object would leave its attributes in another order.
    first = KIND.save(trained(clone(estimator), regression, table))
    assert KIND.save(trained(clone(estimator), regression, table)) == first
    assert KIND.save(KIND.restore(first)) == first


def test_a_class_that_the_estimator_never_met_gets_no_chance(classification, table):
    labels = classification.labels(table)
    kept = labels != 1
    model = linear_model.LogisticRegression()
    model.fit(classification.matrix(table)[kept], labels[kept])
    chances = loaded(model, classification).predict(classification.admit(table))
    assert (chances[:, 1] == 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1)


def test_threads_do_not_race_in_a_served_forest(regression, table):
    model = trained(ensemble.RandomForestRegressor(5, n_jobs=2), regression, table)
    assert model.n_jobs == 2
    runtime = loaded(model, regression)
    assert runtime._estimator.n_jobs == 1


def test_names_of_a_frame_are_compared(regression, table):
    pandas = pytest.importorskip("pandas")
    matrix, labels = regression.matrix(table), regression.labels(table)
    named_right = pandas.DataFrame(matrix, columns=list(regression.feature_names))
    loaded(linear_model.Ridge().fit(named_right, labels), regression).predict(
        regression.admit(table)
    )
    swapped = pandas.DataFrame(matrix, columns=list(regression.feature_names)[::-1])
    with pytest.raises(ModelError, match="a frame with the feature"):
        KIND.check(linear_model.Ridge().fit(swapped, labels), regression)


def test_an_untrained_estimator_is_refused(regression):
    with pytest.raises(ModelError, match="Ridge isn't trained"):
        KIND.check(linear_model.Ridge(), regression)


def test_another_width_is_refused(regression, table):
    model = linear_model.Ridge().fit(regression.matrix(table)[:, 1:], table["price"])
    with pytest.raises(ModelError, match="trained on 4 features; this preprocessing gives 5"):
        KIND.check(model, regression)


def test_class_names_instead_of_codes_are_refused(classification, table):
    model = linear_model.LogisticRegression().fit(classification.matrix(table), table["level"])
    with pytest.raises(ModelError, match="not on class codes 0 to 2"):
        KIND.check(model, classification)


@pytest.mark.parametrize("estimator", [svm.LinearSVC(), linear_model.RidgeClassifier()], ids=named)
def test_a_classifier_without_probabilities_is_refused(estimator, classification, table):
    with pytest.raises(ModelError, match="no probabilities"):
        KIND.check(trained(estimator, classification, table), classification)


def test_a_classifier_for_a_number_is_refused(regression, classification, table):
    model = trained(linear_model.LogisticRegression(), classification, table)
    with pytest.raises(ModelError, match="'price' is a number"):
        KIND.check(model, regression)


class OwnEstimator(BaseEstimator):
    """Not scikit-learn's."""

    def __init__(self):
        self.n_features_in_ = 5

    def predict(self, matrix):
        return matrix[:, 0]


def double(matrix):
    return matrix * 2


def sparse(fitted, table):
    return (
        linear_model.SGDClassifier(loss="log_loss")
        .fit(*matrix_and_labels(fitted, table))
        .sparsify()
    )


def matrix_and_labels(fitted, table):
    return fitted.matrix(table), (fitted.labels(table) > 0).astype(int)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda *_: OwnEstimator(), "OwnEstimator"),
        (
            lambda f, t: make_pipeline(FunctionTransformer(double), linear_model.Ridge()).fit(
                f.matrix(t), f.labels(t)
            ),
            "double",
        ),
        (sparse, "csr_matrix"),
        (
            lambda f, t: neighbors.KNeighborsRegressor(algorithm="ball_tree").fit(
                f.matrix(t), f.labels(t)
            ),
            "BallTree",
        ),
    ],
    ids=["own class", "own function", "sparse", "ball tree"],
)
def test_what_is_not_plain_data_is_refused_by_name(make, names, regression, table):
    with pytest.raises(ModelError, match=names) as caught:
        KIND.save(make(regression, table))
    assert caught.value.remedy


def test_another_estimator_than_the_manifests_is_refused(regression, table):
    model = trained(linear_model.Ridge(), regression, table)
    with pytest.raises(ModelError, match="isn't the 'Lasso' of the manifest"):
        KIND.load(KIND.save(model), {"estimator": "Lasso", "task": "regression"}, regression)


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip"])
def test_what_is_no_skops_file_is_refused(data):
    with pytest.raises(ModelError, match="skops file"):
        KIND.restore({MEMBER: data})


def test_every_changed_byte_of_the_schema_is_refused_or_harmless(regression, table):
    """A stored estimator never ends in another error than ModelError, whatever is in it."""
    data = KIND.save(trained(linear_model.Ridge(), regression, table))[MEMBER]
    for place in range(0, len(data), 29):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            KIND.restore({MEMBER: changed})
        except ModelError:
            continue


def poke(model, change):
    state = model.__getstate__()
    change(state["nodes"])
    model.__setstate__(state)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left_child", 10**6),
        ("right_child", 0),
        ("feature", 5),
        ("feature", -3),
        ("left_child", -1),
    ],
)
def test_a_tree_that_points_outside_is_refused(field, value, regression, table):
    model = trained(ensemble.RandomForestRegressor(3, random_state=0), regression, table)

    def change(nodes):
        nodes[field][0] = value

    poke(model.estimators_[1].tree_, change)
    with pytest.raises(ModelError, match="A Tree in the model points outside"):
        KIND.restore(KIND.save(model))


def test_a_tree_in_a_forest_is_held_to_the_forests_width(regression, table):
    """A tree of a wider matrix: its own width allows the feature, the forest's doesn't."""
    model = trained(ensemble.RandomForestRegressor(3, random_state=0), regression, table)
    wide = np.random.default_rng(0).normal(size=(99, 50))
    model.estimators_[0] = tree.DecisionTreeRegressor().fit(wide, wide[:, 49])
    with pytest.raises(ModelError, match="A Tree in the model points outside"):
        KIND.restore(KIND.save(model))


@pytest.mark.parametrize(("field", "value"), [("left", 2**31), ("right", 0), ("feature_idx", 9)])
def test_a_boosted_tree_that_points_outside_is_refused(field, value, regression, table):
    model = trained(ensemble.HistGradientBoostingRegressor(max_iter=2), regression, table)
    model._predictors[1][0].nodes[field][0] = value
    with pytest.raises(ModelError, match="A TreePredictor in the model points outside"):
        KIND.restore(KIND.save(model))


def test_a_kd_tree_that_points_outside_is_refused(regression, table):
    model = trained(neighbors.KNeighborsRegressor(), regression, table)
    state = list(model._tree.__getstate__())
    place = next(i for i, part in enumerate(state) if getattr(part, "dtype", None) == np.intp)
    state[place] = state[place].copy()
    state[place][0] = 10**6
    model._tree.__setstate__(tuple(state))
    with pytest.raises(ModelError, match="KDTree in the model points outside"):
        KIND.restore(KIND.save(model))


def test_sound_models_pass_through_pipelines_of_other_widths(table, regression):
    from sklearn.preprocessing import PolynomialFeatures

    model = make_pipeline(PolynomialFeatures(3), ensemble.RandomForestRegressor(3, random_state=0))
    soundness.check(trained(model, regression, table), 5)


@pytest.mark.parametrize("estimator", ["boosting", "linear", "mlp"])
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_default_estimators_learn(estimator, task, table, request):
    fitted = request.getfixturevalue(task)
    source = sources.open(table)
    told = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, history = KIND.train(
            fitted, source, source, progress=lambda *step: told.append(step), estimator=estimator
        )
    KIND.check(model, fitted)
    base = 1.0 if task == "regression" else np.log(3)
    assert history["val_loss"][-1] < 0.9 * base
    assert told[-1][:2] == (1, 1)


def test_a_training_is_fixed_by_its_seed(table, regression):
    source = sources.open(table)
    first, second = (KIND.train(regression, source, source, seed=5)[0] for _ in range(2))
    assert stored.dumps(first) == stored.dumps(second)


def test_an_unknown_default_estimator_is_refused(table, regression):
    source = sources.open(table)
    with pytest.raises(SpecError, match="no default estimator 'boost'"):
        KIND.train(regression, source, source, estimator="boost")


@pytest.mark.parametrize(
    "model", [linear_model.LinearRegression(), ensemble.RandomForestRegressor(2)], ids=repr
)
def test_a_model_of_several_targets_is_refused_when_it_is_bundled(regression, table, model):
    matrix, labels = regression.matrix(table), regression.labels(table)
    with pytest.raises(ModelError, match="gives 2 answers for a row, and 'price' is one"):
        KIND.check(clone(model).fit(matrix, np.stack([labels, labels], 1)), regression)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a forest would like a plain column
        KIND.check(clone(model).fit(matrix, labels[:, None]), regression)
