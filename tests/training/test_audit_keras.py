"""Audits of real Keras Sequences: what needs TensorFlow to go wrong."""

from __future__ import annotations

import os
import sys

import pytest

from wslgpu.training.audit import run_audit

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="audit looks at fork, so it is for Linux"),
]

HEAD = """
import os, tempfile
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from tensorflow import keras

class Good(keras.utils.Sequence):
    def __init__(self, **kwargs):
        if hasattr(keras.utils, "PyDataset"):
            super().__init__(**kwargs)
        self.x = np.arange(200, dtype="float32").reshape(50, 4)
    def __len__(self):
        return 10
    def __getitem__(self, index):
        return self.x[index * 5 : index * 5 + 5], np.full((5,), index)

class Operation(Good):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return tf.matmul(x, tf.ones((4, 4))).numpy(), y

@tf.function
def multiply(x):
    return tf.matmul(x, tf.ones((4, 4)))

class Function(Good):
    def __getitem__(self, index):
        x, y = super().__getitem__(index)
        return multiply(x).numpy(), y

class NoSuper(keras.utils.Sequence):
    \"\"\"Pictures.\"\"\"
    def __init__(self, size=5):
        self.x = np.arange(200, dtype="float32").reshape(50, 4)
        self.size = size
    def __len__(self):
        return 10
    def __getitem__(self, index):
        return self.x[index * 5 : index * 5 + 5], np.full((5,), index)

class Hdf(Good):
    def __init__(self):
        super().__init__()
        import h5py
        handle, path = tempfile.mkstemp(suffix=".h5")
        os.close(handle)
        with h5py.File(path, "w") as file:
            file.create_dataset("x", data=self.x, chunks=(5, 4), compression="gzip")
        self.file = h5py.File(path, "r")
    def __getitem__(self, index):
        return self.file["x"][index * 5 : index * 5 + 5], np.full((5,), index)
"""


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    python = os.environ.get("WSLGPU_TEST_TF_PYTHON")
    if not python:
        pytest.skip("WSLGPU_TEST_TF_PYTHON does not name a python that has TensorFlow")
    folder = tmp_path_factory.mktemp("keras")
    (folder / "case.py").write_text(HEAD, encoding="utf-8")
    return lambda name: run_audit(python, f"case:{name}", project=folder, seconds=2, deadline_s=200)


def test_a_sound_keras_sequence_passes(audit):
    found = audit("Good")
    assert [f for f in found.findings if f.status != "info"] == []
    assert "sequence-not-keras" not in {f.slug for f in found.findings}
    assert found.safe == {"threads": "safe", "fork": "safe", "spawn": "safe"}
    assert found.facts["tensorflow"]


@pytest.mark.parametrize("name", ["Operation", "Function"])
def test_tensorflow_in_a_forked_worker(audit, name):
    """A small operation may get through, and is named by the source; a tf.function hangs, and is named by that."""
    found = audit(name)
    deadlock = next(f for f in found.findings if f.slug == "keras-fork-tf-deadlock")
    assert deadlock.status == "fail"
    if name == "Operation":
        assert deadlock.line == 1 + HEAD[: HEAD.index("        return tf.matmul(x, tf.ones((4, 4))).numpy()")].count(
            "\n"
        )
    assert found.safe["fork"] == "unsafe"
    assert found.safe["threads"] == "safe"


def test_a_constructor_that_forgets_super(audit):
    found = audit("NoSuper")
    slugs = {f.slug: f for f in found.findings}
    if found.facts["keras"].startswith("2."):
        assert "keras-no-super-init" not in slugs
        return
    patch = slugs["keras-no-super-init"].patch
    assert "-    def __init__(self, size=5):\n" in patch
    assert "+    def __init__(self, size=5, **kwargs):\n+        super().__init__(**kwargs)\n" in patch


def test_an_open_hdf5_file(audit):
    found = audit("Hdf")
    slugs = {f.slug: f for f in found.findings}
    assert slugs["keras-h5py-fork"].evidence["path"] == "self.file"
    assert "keras-pickle" in slugs
    assert found.safe["fork"] == "unsafe"
