"""An engine by its name or its address."""

from __future__ import annotations

import gc
import sys
import time
from contextlib import ExitStack

import pytest

from samescale import engines, sources
from samescale.engines._own import Own
from samescale.errors import MissingExtraError, SpecError


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("threads", "threads", "Threads(threads=None)"),
        ("threads://3", "threads", "Threads(threads=3)"),
        ("dask", "dask", "Dask(client=None, address=None)"),
        ("dask://host:8786", "dask", "Dask(client=None, address='tcp://host:8786')"),
        ("ray", "ray", "Ray(address=None)"),
        ("ray://host:10001", "ray", "Ray(address='ray://host:10001')"),
        ("spark", "spark", "Spark(session=None, master=None)"),
        ("spark://host:7077", "spark", "Spark(session=None, master='spark://host:7077')"),
        ("sc://host:15002", "spark", "Spark(session=None, master='sc://host:15002')"),
        ("local", "spark", "Spark(session=None, master='local[*]')"),
        ("local[2]", "spark", "Spark(session=None, master='local[2]')"),
    ],
)
def test_a_text_names_an_engine(text, name, shown) -> None:
    pytest.importorskip(
        {"dask": "distributed", "ray": "ray", "spark": "pyspark"}.get(name, "numpy")
    )
    assert repr(engines.open(text)) == shown


def test_an_engine_is_given_back() -> None:
    engine = engines.open("threads://2")
    assert engines.open(engine) is engine


@pytest.mark.parametrize("wrong", ["flink", "flink://host", "", "threds", 3, None])
def test_what_names_none_is_refused(wrong) -> None:
    with pytest.raises(SpecError, match="engine") as caught:
        engines.open(wrong)
    assert "dask://host:8786" in caught.value.remedy


@pytest.mark.parametrize("wrong", ["threads://many", "threads://0"])
def test_what_is_no_number_of_threads_is_refused(wrong) -> None:
    with pytest.raises(SpecError, match="no number of threads"):
        engines.open(wrong)


@pytest.mark.parametrize(
    ("name", "package"), [("dask", "dask"), ("ray", "ray"), ("spark", "pyspark")]
)
def test_a_missing_package_names_its_extra(name, package, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"samescale.engines.{name}", raising=False)
    with pytest.raises(MissingExtraError, match=rf"samescale\[{name}\]"):
        engines.open(name)


def test_no_scheduler_is_told() -> None:
    distributed = pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    with dask.config.set({"distributed.comm.timeouts.connect": "200ms"}):
        engine = engines.open("dask://127.0.0.1:1")
        with pytest.raises(SpecError, match=r"no Dask scheduler at tcp://127.0.0.1:1"):
            engine._client()  # type: ignore[attr-defined]
    assert distributed


@pytest.mark.parametrize(
    ("package", "address", "said"),
    [
        ("distributed", "dask://host", "no Dask scheduler at tcp://host: it has no host or no"),
        ("ray", "ray://127.0.0.1:1", "no Ray cluster at ray://127.0.0.1:1"),
        ("pyspark", "spark://127.0.0.1:1", "no Spark cluster at spark://127.0.0.1:1"),
        ("pyspark", "sc://127.0.0.1:1/;token=a", "no Spark cluster at sc://127.0.0.1:1"),
        ("pyspark", "local[x]", r"'local\[x\]' is no Spark on this machine"),
    ],
)
def test_an_address_where_nothing_listens_is_told_at_once(package, address, said) -> None:
    pytest.importorskip(package)
    engine = engines.open(address)
    begun = time.monotonic()
    with pytest.raises(SpecError, match=said), ExitStack() as ends:
        engine._start(ends)  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 10


def test_a_table_of_no_cluster_is_for_threads() -> None:
    assert repr(engines.suited(sources.open({"x": [1]}))) == "Threads(threads=None)"


def test_what_was_started_is_ended_once_and_by_the_collector_too() -> None:
    ended: list[int] = []
    own = Own()

    def start(ends):
        ends.callback(ended.append, 1)
        return object()

    assert own.get(start) is own.get(start)
    own.close()
    own.close()
    assert ended == [1]
    own.get(start)
    del own
    gc.collect()
    assert ended == [1, 1]
