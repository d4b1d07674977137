"""Pickles, joblib's and skops' files that bring code: each is refused, and none of it runs.

All of them are read in one process of its own, watched from within: an audit hook sees every
import, open, compilation, call of the system and lookup of a class while they are read.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import random
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from samescale.adopt import _stored
from samescale.errors import SamescaleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.sklearn]

_NUMBERS = np.arange(12.0).reshape(4, 3)
SCALER = StandardScaler().fit(_NUMBERS)
MIXED = make_pipeline(OneHotEncoder(), StandardScaler(with_mean=False)).fit(
    np.array([["a", None], ["b", "c"]], object)
)

# What a payload would call, and with what: `{sentinel}` is a file that must never appear.
CALLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("os", "system", ("touch {sentinel}",)),
    ("posix", "system", ("touch {sentinel}",)),
    ("nt", "system", ("type {sentinel}",)),
    ("subprocess", "Popen", ("touch {sentinel}",)),
    ("subprocess", "check_output", ("touch {sentinel}",)),
    ("builtins", "eval", ("open('{sentinel}', 'w')",)),
    ("builtins", "exec", ("open('{sentinel}', 'w')",)),
    ("__builtin__", "execfile", ("{sentinel}",)),
    ("builtins", "open", ("{sentinel}", "w")),
    ("builtins", "getattr", ("os", "system")),
    ("builtins", "__import__", ("antigravity",)),
    ("builtins", "compile", ("open('{sentinel}', 'w')", "a", "exec")),
    ("builtins", "map", ("a", "b")),
    ("builtins", "object.__subclasses__", ()),
    ("importlib", "import_module", ("antigravity",)),
    ("importlib._bootstrap", "_gcd_import", ("antigravity",)),
    ("runpy", "run_path", ("{sentinel}",)),
    ("pickle", "loads", ("cos\nsystem\n(S'touch {sentinel}'\ntR.",)),
    ("_pickle", "loads", ("x",)),
    ("marshal", "loads", ("x",)),
    ("types", "CodeType", ()),
    ("types", "FunctionType", ()),
    ("functools", "partial", ("a",)),
    ("operator", "attrgetter", ("system",)),
    ("operator", "methodcaller", ("system", "touch {sentinel}")),
    ("shutil", "rmtree", ("{sentinel}",)),
    ("webbrowser", "open", ("{sentinel}",)),
    ("timeit", "timeit", ("open('{sentinel}', 'w')",)),
    ("cProfile", "run", ("open('{sentinel}', 'w')",)),
    ("code", "interact", ()),
    ("pty", "spawn", ("touch {sentinel}",)),
    ("socket", "create_connection", ("localhost",)),
    ("ctypes", "CDLL", ("libc.so.6",)),
    ("torch", "load", ("{sentinel}",)),
    ("torch._utils", "_rebuild_tensor_v2", ()),
    ("joblib", "load", ("{sentinel}",)),
    ("joblib.numpy_pickle", "load", ("{sentinel}",)),
    ("joblib.numpy_pickle_compat", "ZNDArrayWrapper", ("{sentinel}",)),
    ("numpy", "load", ("{sentinel}",)),
    ("numpy", "fromfile", ("{sentinel}",)),
    ("numpy", "memmap", ("{sentinel}",)),
    ("numpy.testing._private.utils", "runstring", ("open('{sentinel}', 'w')",)),
    ("numpy.f2py.crackfortran", "myeval", ("open('{sentinel}', 'w')",)),
    ("numpy._core.multiarray", "fromfile", ("{sentinel}",)),
    ("pandas", "read_pickle", ("{sentinel}",)),
    ("pandas", "eval", ("a",)),
    ("scipy.io", "loadmat", ("{sentinel}",)),
    ("keras.models", "load_model", ("{sentinel}",)),
    ("dill._dill", "_create_code", ()),
    ("cloudpickle.cloudpickle", "_make_function", ()),
    ("__main__", "run", ()),
    ("sklearn.externals.array_api_compat", "load", ("{sentinel}",)),
    ("os.path", "system", ()),
    ("sklearn.utils\nos", "system", ()),
    ("copyreg", "add_extension", ()),
    ("_codecs", "decode", ("a",)),
)


def text(value: str) -> bytes:
    """A text, as protocols of 1 and more write it."""
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def arguments(values: tuple[str, ...]) -> bytes:
    """A tuple of texts."""
    return b"(" + b"".join(map(text, values)) + b"t"


def by_global(module: str, name: str) -> bytes:
    """A name, as protocols 0 to 3 write it."""
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def by_stack(module: str, name: str) -> bytes:
    """A name, as protocols of 4 and more write it."""
    return text(module) + text(name) + b"\x93"


def forms(module: str, name: str, values: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Every way in which a pickle can call something: the opcodes without their `STOP`."""
    given = arguments(values)
    yield "REDUCE", by_global(module, name) + given + b"R"
    yield "STACK_GLOBAL", by_stack(module, name) + given + b"R"
    yield "INST", b"(" + b"".join(map(text, values)) + b"i" + by_global(module, name)[1:]
    yield "OBJ", b"(" + by_stack(module, name) + b"".join(map(text, values)) + b"o"
    yield "NEWOBJ", by_stack(module, name) + given + b"\x81"
    yield "NEWOBJ_EX", by_stack(module, name) + given + b"}\x92"
    yield "BUILD", by_stack(module, name) + b"}" + text("a") + text("b") + b"sb"
    yield "__newobj__", by_global("copyreg", "__newobj__") + b"(" + by_stack(module, name) + b"tR"
    yield (
        "_reconstructor",
        by_global("copy_reg", "_reconstructor")
        + b"("
        + by_stack(module, name)
        + by_stack("builtins", "object")
        + b"NtR",
    )
    yield "name alone", by_stack(module, name)


def scaler_with(opcodes: bytes) -> bytes:
    """A scaler, one attribute of which is the payload."""
    body = by_stack("sklearn.preprocessing._data", "StandardScaler") + b")\x81}"
    return b"\x80\x04" + body + text("mean_") + opcodes + b"sb."


def wrapper_with(opcodes: bytes) -> bytes:
    """An array of joblib's, the dtype of which is the payload."""
    body = by_stack("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}("
    body += text("subclass") + by_stack("numpy", "ndarray") + text("shape") + b"K\x01\x85"
    body += text("order") + text("C") + text("dtype") + opcodes + b"ub"
    return b"\x80\x04" + body + bytes(8) + b"."


def behind_objects(opcodes: bytes) -> bytes:
    """An array of objects as joblib writes it, the inner pickle of which is the payload."""
    made = io.BytesIO()
    joblib.dump(np.array(["here", None], object), made)
    content = made.getvalue()
    inner = content.index(b"\x80", 10)
    return content[:inner] + b"\x80\x04" + opcodes + b"." + content[-1:]


def array_of_class(opcodes: bytes) -> bytes:
    """An array whose class is the payload."""
    start = by_global("numpy.core.multiarray", "_reconstruct")
    return b"\x80\x02" + start + b"(" + opcodes + b"K\x00\x85U\x01btR."


def dtype_of(opcodes: bytes) -> bytes:
    """A dtype whose state is the payload."""
    start = by_global("numpy", "dtype") + b"(" + text("f8") + b"K\x00K\x01tR"
    return b"\x80\x02" + start + opcodes + b"b."


HIDING: dict[str, Callable[[bytes], bytes]] = {
    "root": lambda x: b"\x80\x04" + x + b".",
    "thrown away": lambda x: b"\x80\x04" + x + b"0N.",
    "behind the end": lambda x: b"\x80\x04N.\x80\x04" + x + b".",
    "memo": lambda x: b"\x80\x04" + x + b"\x940h\x00.",
    "scaler": scaler_with,
    "joblib dtype": wrapper_with,
    "joblib objects": behind_objects,
    "array class": array_of_class,
    "dtype state": dtype_of,
    "set item": lambda x: b"\x80\x04}" + x + b"Ns.",
    "packed zlib": lambda x: zlib.compress(scaler_with(x)),
    "packed gzip": lambda x: gzip.compress(scaler_with(x)),
    "packed bz2": lambda x: bz2.compress(scaler_with(x)),
    "packed xz": lambda x: lzma.compress(scaler_with(x)),
    "packed lzma": lambda x: lzma.compress(scaler_with(x), lzma.FORMAT_ALONE),
    "packed twice": lambda x: gzip.compress(zlib.compress(scaler_with(x))),
}

OPCODES = {
    "EXT1": b"\x82\x01",
    "EXT2": b"\x83\x01\x00",
    "EXT4": b"\x84\x01\x00\x00\x00",
    "PERSID": b"Ppersistent\n",
    "BINPERSID": b"NQ",
    "NEXT_BUFFER": b"\x97",
    "READONLY_BUFFER": b"N\x98",
    "setstate of a list": b"]}" + text("a") + text("b") + b"sb",
    "setstate of a tuple": b"))b",
    "keys of a scaler": by_stack("sklearn.preprocessing._data", "StandardScaler") + b")\x81]b",
    "items in an array": by_global("numpy", "ndarray") + b")R",
    "a name of a name": by_stack("sklearn.preprocessing", "StandardScaler.fit.__globals__"),
    "dunder": by_stack("numpy", "__builtins__.eval"),
}

NODES: tuple[dict[str, Any], ...] = (
    {"__loader__": "FunctionNode", "__module__": "os", "__class__": "system"},
    {"__loader__": "TypeNode", "__module__": "subprocess", "__class__": "Popen"},
    {"__loader__": "OperatorFuncNode", "__module__": "operator", "__class__": "methodcaller",
     "attrs": []},
    {"__loader__": "MethodNode", "__module__": "builtins", "__class__": "method",
     "content": {"func": "system", "obj": {}}},
    {"__loader__": "PartialNode", "__module__": "functools", "__class__": "partial", "content": {}},
    {"__loader__": "ConstructorFromReduceNode", "__module__": "os", "__class__": "system",
     "content": {}},
    {"__loader__": "ObjectNode", "__module__": "os", "__class__": "system"},
    {"__loader__": "NdArrayNode", "__module__": "os", "__class__": "system", "type": "numpy",
     "file": "a.npy"},
    {"__loader__": "DictNode", "__module__": "os", "__class__": "system", "content": {},
     "key_types": {"__loader__": "ListNode", "__module__": "builtins", "__class__": "list",
                   "content": []}},
    {"__loader__": "ListNode", "__module__": "os", "__class__": "system", "content": []},
    {"__loader__": "NdArrayNode", "__module__": "numpy", "__class__": "ndarray", "type": "numpy",
     "file": "pickled.npy"},
)  # fmt: skip


def payloads(sentinel: str) -> Iterator[tuple[str, bytes]]:
    """Every attack by name: each call in each form, each form in each hiding place."""
    for place, (module, name, values) in enumerate(CALLS):
        filled = tuple(value.format(sentinel=sentinel) for value in values)
        for index, (form, opcodes) in enumerate(forms(module, name, filled)):
            hidden = list(HIDING)[(place + 3 * index) % len(HIDING)]
            yield f"{module}.{name} {form} {hidden}", HIDING[hidden](opcodes)
    system = ("os", "system", (f"touch {sentinel}",))
    for hiding, hide in HIDING.items():
        for form, opcodes in forms(*system):
            yield f"{form} {hiding}", hide(opcodes)
    for name, opcodes in OPCODES.items():
        yield name, scaler_with(opcodes)
    for number, node in enumerate(NODES):
        yield f"skops {number} {node['__loader__']}", skops_with(node, sentinel)
    yield "protocol 0 by hand", f"cos\nsystem\n(S'touch {sentinel}'\ntR.".encode()
    yield "a class that rebuilds itself", pickle.dumps(Rebuilt(sentinel))


class Rebuilt:
    """What `pickle` is usually attacked with."""

    def __init__(self, sentinel: str) -> None:
        self.sentinel = sentinel

    def __reduce__(self) -> Any:
        import os

        return os.system, (f"touch {self.sentinel}",)


def skops_with(node: dict[str, Any], sentinel: str) -> bytes:
    """A skops file, one attribute of which is the node."""
    content = skops.io.dumps(SCALER)
    pickled = b"\x93NUMPY\x01\x00" + struct.pack("<H", 60)
    pickled += b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(59) + b"\n"
    pickled += pickle.dumps(Rebuilt(sentinel))
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "schema.json":
                schema = json.loads(data)
                schema["content"]["content"]["mean_"] = node
                data = json.dumps(schema).encode()
            new.writestr(name, data)
        new.writestr("pickled.npy", pickled)
    return made.getvalue()


# Read each file while a hook watches; what the hook saw and how each ended goes out as JSON.
_WATCHED = """
import json, sys, pathlib
from samescale.adopt import _stored
from samescale.errors import SamescaleError
folder = pathlib.Path(sys.argv[1])
files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
good = [files.pop(name) for name in list(files) if name.startswith("good")]
for content in good:
    _stored.parse(content, "good")
try:
    _stored.parse(b"\\x80\\x04cos\\nsystem\\n.", "bad")
except SamescaleError:
    pass
seen, watching, before = [], [True], set(sys.modules)
def hook(event, arguments):
    if watching[0] and not event.startswith(("object.", "sys._getframe", "gc.", "builtins.id")):
        seen.append([event, repr(arguments)[:100]])
sys.addaudithook(hook)
ends = {}
for name, content in files.items():
    seen.clear()
    try:
        made = _stored.parse(content, name)
        end = "taken: " + repr(made)[:80]
    except SamescaleError as error:
        end = "refused"
    except BaseException as error:
        end = repr(error)
    ends[name] = [end, list(seen)]
watching[0] = False
print(json.dumps([ends, sorted(set(sys.modules) - before)]))
"""


def test_nothing_that_a_file_brings_is_run(tmp_path):
    files, sentinel = tmp_path / "files", tmp_path / "sentinel"
    files.mkdir()
    names = {}
    for number, (name, content) in enumerate(payloads(str(sentinel))):
        names[f"{number:04}"] = name
        (files / f"{number:04}").write_bytes(content)
    for number, content in enumerate(good().values()):
        (files / f"good{number}").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, str(files)], capture_output=True, text=True, check=True
    )
    ends, loaded = json.loads(done.stdout)
    assert len(ends) >= 70
    assert {names[key]: end for key, (end, _) in ends.items() if end != "refused"} == {}
    assert {names[key]: events for key, (_, events) in ends.items() if events} == {}
    assert loaded == []
    assert not sentinel.exists()


def test_the_payloads_do_what_they_say_when_they_are_loaded(tmp_path):
    # So that a refusal is a refusal of something: these run where a file is unpickled.
    for form in ("REDUCE", "STACK_GLOBAL", "INST", "OBJ"):
        sentinel = tmp_path / form
        opcodes = dict(forms("os", "system", (f"touch {sentinel}",)))[form]
        pickle.loads(b"\x80\x04" + opcodes + b"0N.")
        assert sentinel.exists()


def good() -> dict[str, bytes]:
    """Real files, of every format."""
    made = {"pickle": pickle.dumps(MIXED, 5), "protocol 0": pickle.dumps(MIXED, 0)}
    for packing in (0, ("zlib", 3), ("bz2", 3), ("xz", 0)):
        file = io.BytesIO()
        joblib.dump(MIXED, file, compress=packing)
        made[f"joblib {packing}"] = file.getvalue()
    return {**made, "skops": skops.io.dumps(MIXED)}


GOOD = good()


@pytest.mark.parametrize("name", GOOD)
def test_damaged_files_are_read_or_refused(name: str):
    source, chance = GOOD[name], random.Random(0)
    before = time.monotonic()
    tracemalloc.start()
    refused = 0
    for round_ in range(150):
        content = bytearray(source)
        if round_ % 3 == 0:
            del content[chance.randrange(len(content)) :]
        for _ in range(round_ % 3):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            _stored.parse(bytes(content), "damaged")
        except SamescaleError:
            refused += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused > 40
    assert peak < 2**26
    assert time.monotonic() - before < 20


def test_random_opcodes_are_read_or_refused():
    chance = random.Random(1)
    codes = b"()]}N\x88\x89K\x01J0012a.est\x85\x86\x87ubR\x81\x93\x94h\x00q\x01\x8f\x90\x91oc"
    remedies = set()
    for _ in range(3_000):
        content = b"\x80\x04" + bytes(chance.choices(codes, k=chance.randrange(1, 40))) + b"."
        try:
            _stored.parse(content, "random")
        except SamescaleError as error:
            remedies.add(error.remedy)
    assert remedies
    assert "" not in remedies


def test_many_steps_are_refused_however_they_are_spread(monkeypatch):
    # A few kilobytes may unpack to hundreds of millions of opcodes, in several pickles.
    monkeypatch.setattr("samescale.adopt._pickle.machine.MAX_STEPS", 10_000)
    one = b"\x80\x04" + b"N0" * 4_000 + b"N."
    assert _stored.parse(gzip.compress(one), "one") is None
    with pytest.raises(SamescaleError, match="more than 10000 steps"):
        _stored.parse(gzip.compress(one * 20), "several")


def test_where_randomness_was_nothing_is_made_of_it():
    for state in (np.random.RandomState(1), np.random.default_rng(2)):
        for protocol in range(6):
            read = _stored.parse(pickle.dumps([state], protocol), "random")
            assert [str(one) for one in read] == ["numpy.random.RandomState"]
    for name in (
        "_pickle.getattr",
        "bit_generator.ISeedSequence",
        "mtrand.seed",
        "_pickle.BitGenerator",
    ):
        module, _, what = name.partition(".")
        content = f"cnumpy.random.{module}\n{what}\n(tR.".encode()
        with pytest.raises(SamescaleError, match="names"):
            _stored.parse(content, name)
