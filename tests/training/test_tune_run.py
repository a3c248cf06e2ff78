"""Tuning for real: a Sequence is measured inside `fit`, what cannot be tuned is refused, and the snippet trains."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wslgpu import training
from wslgpu.errors import UserError
from wslgpu.training.tune import run_tune
from wslgpu.training.tune_judge import write_snippet
from wslgpu.training.tune_model import Way
from wslgpu.training.tune_picture import render_svg
from wslgpu.training.tune_text import as_document, render_tuning

CASE = """
import os, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
from tensorflow import keras

class Waiting(keras.utils.Sequence):
    def __init__(self, seconds=0.02):
        if hasattr(keras.utils, "PyDataset"):
            super().__init__()
        self.seconds = seconds
    def __len__(self):
        return 50
    def __getitem__(self, index):
        time.sleep(self.seconds)
        return np.zeros((8, 16), "float32"), np.zeros((8, 1), "float32")

def build(compile=True):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model

def build_bare():
    return keras.Sequential([keras.layers.Dense(1)])

class Slow(keras.Model):
    pass
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune")
    (folder / "case.py").write_text(CASE, encoding="utf-8")
    return folder


@pytest.mark.tensorflow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tune looks at fork, so it is for Linux")
def test_a_sequence_that_waits_gets_threads_or_workers(tf_python, project):
    said = []
    tuning = run_tune(
        str(tf_python),
        "case:Waiting",
        model="case:build",
        arguments="seconds=0.06",
        project=project,
        seconds=180,
        on_progress=said.append,
    )
    assert tuning.choice is not None
    assert tuning.choice.mode != "single"
    assert tuning.bound == "input"
    assert tuning.get_s >= 0.06
    assert {"single", "threads", "feed", "fork"} == {way.mode for way in tuning.ways}
    assert any("batches a second" in line for line in said)
    assert render_svg(tuning).count("<rect") > 20


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("target", "model", "words"),
    [
        ("case:Waiting", "case:build_bare", "not compiled"),
        ("case:Waiting", "case:nothing", "case has no nothing"),
        ("case:build", "", "no Sequence"),
    ],
)
def test_bad_models_are_named(tf_python, project, target, model, words):
    with pytest.raises(UserError, match=words):
        run_tune(str(tf_python), target, model=model, project=project, seconds=60)


NO_BATCHES = "class Case:\n    def __len__(self):\n        return {length}\n    def __getitem__(self, i):\n        raise OSError(3)\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tune looks at fork, so it is for Linux")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NO_BATCHES.format(length=0), r"case:Case cannot be tuned: its len\(\) is 0"),
        (NO_BATCHES.format(length="1 / 2"), r"cannot be tuned: len\(\) raises TypeError"),
        ("class Case:\n    def __init__(self):\n        raise OSError(3)\n", r"case:Case cannot be used.*line 3\)"),
        ("class Case:\n    def fit(self): pass\nCase().fit()\n", r"case.py, line 3, trains whenever"),
    ],
)
def test_what_cannot_be_tuned_is_said_in_one_sentence(tmp_path, text, words):
    (tmp_path / "case.py").write_text(text)
    with pytest.raises(UserError, match=words):
        run_tune(sys.executable, "case:Case", project=tmp_path, seconds=60)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tune looks at fork, so it is for Linux")
def test_a_first_batch_that_raises_is_a_failure_with_its_line(tmp_path):
    (tmp_path / "case.py").write_text(NO_BATCHES.format(length=4))
    tuning = run_tune(sys.executable, "case:Case", project=tmp_path, seconds=60)
    assert f"x batch 0 raises OSError: 3 ({tmp_path / 'case.py'}:5)" in render_tuning(tuning)
    assert as_document(tuning, "0", 1)["findings"][0]["slug"] == "sequence-item-raises"


LATE = """
import numpy as np
class Late:
    def __len__(self):
        return 400
    def __getitem__(self, index):
        if index == 37:  # not one of the few that are asked for before `fit`
            raise ValueError("late")
        return np.zeros((4, 3), "float32"), np.zeros((4, 1), "float32")
"""

FIT = """
import numpy as np, tensorflow as tf
class Late:
    ended = 0
    def __len__(self):
        return 5
    def __getitem__(self, index):
        return np.full((4, 3), index, "float32"), np.zeros((4, 1), "float32")
    def on_epoch_end(self):
        Late.ended += 1
SNIPPETS = {snippets!r}
for snippet in SNIPPETS[hasattr(tf.keras.utils, "PyDataset")]:
    Late.ended = 0
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    model.compile(tf.keras.optimizers.SGD(0.0), "mse")
    exec(snippet, globals())
    assert Late.ended, snippet
"""


@pytest.mark.tensorflow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tune looks at fork, so it is for Linux")
def test_a_late_batch_that_raises_is_named(tf_python, tmp_path):
    (tmp_path / "case.py").write_text(LATE)
    tuning = run_tune(str(tf_python), "case:Late", project=tmp_path, seconds=90)
    assert tuning.choice is None
    assert {"sequence-item-raises", "sequence-not-keras"} == {slug for slug, _, _ in tuning.findings}
    assert "x batch 37 raises ValueError: late" in render_tuning(tuning)


@pytest.mark.tensorflow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the snippets fork")
def test_the_snippets_for_a_class_that_fit_refuses_train(tf_python, tmp_path):
    """With the installed Keras, 2 or 3: fit takes what the snippet makes, and the class' own hook is called."""
    ways = [Way("feed", 2), Way("threads", 2), Way("single", 1), Way("fork", 2)]
    snippets = {
        keras3: [
            write_snippet(way, "case:Late", 3, keras3, of_keras=False)
            .replace(", ...", ", verbose=0")
            .replace("(...)", "()")
            for way in ways
        ]
        for keras3 in (False, True)
    }
    (tmp_path / "train.py").write_text(FIT.format(snippets=snippets))
    source = str(Path(training.__file__).parents[2])
    done = subprocess.run(
        [tf_python, "train.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": source, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_an_interpreter_without_tensorflow_is_named(tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("tune looks at fork, so it is for Linux")
    (tmp_path / "case.py").write_text(
        "class Case:\n    def __len__(self): return 1\n    def __getitem__(self, i): return i\n"
    )
    try:
        import tensorflow  # noqa: F401
    except ImportError:
        with pytest.raises(UserError, match="has no TensorFlow"):
            run_tune(sys.executable, "case:Case", project=tmp_path, seconds=30)
    else:
        pytest.skip("this interpreter has TensorFlow")
