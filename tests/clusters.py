"""One small cluster of each framework, started once a process by whichever test needs it."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
from typing import Any

import pytest


def start(engine: str) -> Any:
    """The cluster of an engine, as its framework has it; skips where it can't run."""
    return {"dask": dask, "ray": ray, "spark": spark}.get(engine, lambda: None)()


@functools.cache
def dask() -> Any:
    """A Dask client, the current one, of two worker threads in this process."""
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
    )
    client = distributed.Client(cluster)
    client.gather([client.submit(abs, number) for number in range(8)])  # starts its threads
    return client


@functools.cache
def ray() -> Any:
    """Ray on two cores of this machine."""
    ray = pytest.importorskip("ray")
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}},
    )
    atexit.register(ray.shutdown)
    return ray


@functools.cache
def spark() -> Any:
    """A Spark session of two cores, where a task may fail three times."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        pytest.skip("Spark needs Java, and there is none here.")
    sql = pytest.importorskip("pyspark.sql")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[2,4]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.executorEnv.PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    atexit.register(session.stop)
    return session
