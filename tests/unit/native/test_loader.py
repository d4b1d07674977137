"""The kernels are built, found and refused as native/README.md says."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from samescale import native
from samescale.native import loader, recipe

ROOT = Path(__file__).resolve().parents[3]
SOURCE = "int answer(void) { return 42; }\n"


@pytest.fixture
def hook():
    path = ROOT / "hatch_build.py"
    if not path.exists():
        pytest.skip("the build hook is in the repository only")
    spec = importlib.util.spec_from_file_location("hatch_build", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of kernels of its own, which the loader reads."""
    shutil.copy(recipe.__file__, tmp_path)
    (tmp_path / "deep.c").write_text(SOURCE.replace("int", recipe_export() + "int", 1))
    shutil.copy(recipe.FOLDER / "cpu.c", tmp_path)
    monkeypatch.setattr(recipe, "FOLDER", tmp_path)
    forget()
    yield tmp_path
    forget()


def recipe_export() -> str:
    return '__attribute__((visibility("default"))) '


def forget() -> None:
    loader._opened.cache_clear()
    loader._cpu.cache_clear()


def built(hook, folder) -> list[Path]:
    if hook.compiler() is None:
        pytest.skip("no C compiler")
    forget()
    return hook.compile_all(folder)


def test_a_kernel_is_built_once_a_level_and_answers(hook, folder):
    paths = built(hook, folder)
    assert {path.name.split("-")[1] for path in paths} == set(recipe.LEVELS) | {"plain"}
    assert loader.library("deep").answer() == 42
    before = [path.stat().st_mtime_ns for path in paths]
    assert [path.stat().st_mtime_ns for path in built(hook, folder)] == before


def test_the_highest_level_of_the_cpu_is_loaded(hook, folder, monkeypatch):
    built(hook, folder)
    for level in ("plain", *reversed([name for name in recipe.LEVELS if name != "plain"])):
        monkeypatch.setattr(loader, "_levels", lambda _, level=level: (level,))
        loader._opened.cache_clear()
        if level == "v4" and processor() < 4:
            continue
        assert loader._opened("deep")[1] == level


def processor() -> int:
    path = next(recipe.FOLDER.glob("_cpu-*.so"))
    return ctypes.CDLL(os.fspath(path)).cpu_level()


def test_a_stale_library_is_not_loaded_and_says_so(hook, folder):
    built(hook, folder)
    source = folder / "deep.c"
    source.write_text(source.read_text().replace("42", "43"))
    forget()
    assert loader.library("deep") is None
    assert "another source" in loader.describe()["deep"]
    old = set(folder.glob("_deep-*"))
    built(hook, folder)
    assert loader.library("deep").answer() == 43
    assert not old & set(folder.glob("_deep-*"))


def test_only_headers_that_a_kernel_includes_are_part_of_it(folder):
    source = folder / "deep.c"
    source.write_text('#include "one.h"\n' + source.read_text())
    (folder / "one.h").write_text('#include "two.h"\n')
    (folder / "two.h").write_text("#define TWO 2\n")
    (folder / "other.h").write_text("#define OTHER 1\n")
    first = recipe.digest("deep", folder)
    (folder / "other.h").write_text("#define OTHER 2\n")
    assert recipe.digest("deep", folder) == first
    (folder / "two.h").write_text("#define TWO 3\n")
    assert recipe.digest("deep", folder) != first


def test_line_ends_of_a_checkout_change_nothing(folder):
    first = recipe.digest("deep", folder)
    source = folder / "deep.c"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert recipe.digest("deep", folder) == first


def test_libraries_without_their_sources_are_loaded(hook, folder):
    built(hook, folder)
    for source in folder.glob("*.c"):
        source.unlink()
    forget()
    assert loader.library("deep").answer() == 42
    assert set(loader.describe()) == {"deep"}


def test_the_environment_turns_kernels_off_and_on(hook, folder, monkeypatch):
    built(hook, folder)
    monkeypatch.setenv("SAMESCALE_NATIVE", "0")
    assert not native.available("deep")
    assert loader.describe() == {"deep": "NumPy: SAMESCALE_NATIVE=0"}
    monkeypatch.delenv("SAMESCALE_NATIVE")
    assert native.available("deep")


def test_a_file_that_is_no_library_leaves_it_to_numpy(folder):
    name = recipe.library("deep", "plain", recipe.digest("deep", folder))
    (folder / name).write_bytes(b"not a library")
    assert loader.library("deep") is None
    assert loader.describe()["deep"].startswith("NumPy: ")


def test_no_compiler_is_said_and_is_no_failure(hook, folder, monkeypatch, capsys):
    monkeypatch.setenv("CC", "/nowhere/cc")
    assert hook.compile_all(folder) == []
    assert "no C compiler" in capsys.readouterr().err
    assert loader.library("deep") is None


def test_what_does_not_compile_is_said_and_is_no_failure(hook, folder, capsys):
    (folder / "broken.c").write_text("int answer(void) { return forty_two; }\n")
    names = {path.name.split("-")[0] for path in built(hook, folder)}
    assert names == {"_deep", "_cpu"}
    assert "forty_two" in capsys.readouterr().err
    assert loader.library("broken") is None


def test_the_hook_needs_neither_numpy_nor_samescale(hook, folder):
    code = "import runpy, sys; runpy.run_path(sys.argv[1]); assert 'numpy' not in sys.modules"
    command = [sys.executable, "-I", "-c", code, str(folder / "recipe.py")]
    subprocess.run(command, check=True)
