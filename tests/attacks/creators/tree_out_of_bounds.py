"""A tree whose nodes point outside its arrays, which compiled code would follow."""

SAYS = "points outside its own arrays"
ERROR = "ModelError"
WITH_FRAMEWORK = True


def build(good):
    from sklearn.tree import DecisionTreeRegressor

    from samescale.models.sklearn import stored

    rows = [[value] * 12 for value in range(9)]
    model = DecisionTreeRegressor(max_depth=2).fit(rows, range(9))
    state = model.tree_.__getstate__()
    state["nodes"]["feature"][0] = 2**40
    model.tree_.__setstate__(state)
    config = {"estimator": "DecisionTreeRegressor", "task": "regression"}
    return good.sealed(
        {"model/estimator.skops": stored.dumps(model)},
        model={"kind": "sklearn", "config": config},
    )
