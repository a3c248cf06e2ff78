"""Audits of Sequences whose flaws are known, alone and in pairs, and of sound ones, which must pass."""

from __future__ import annotations

import itertools
import os
import random
import sys

import pytest

from tests.training.audit_cases import FLAWS, MET, SOUND, Flaw, write_case
from tests.training.audit_nursery import Nursery
from wslgpu.errors import UserError
from wslgpu.training.audit import RUNS, find_source, judge_trains, run_audit
from wslgpu.training.audit_judge import judge_audit
from wslgpu.training.audit_text import render_audit
from wslgpu.training.events import EventReader

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="audit looks at fork, so it is for Linux")
pytest.importorskip("numpy", reason="the audited Sequences need numpy in this interpreter")

# All pairs take ten minutes: WSLGPU_TEST_ALL_PAIRS=1. Otherwise a seeded sample.
PAIRS = list(itertools.combinations(sorted(FLAWS), 2))
SAMPLE = PAIRS if os.environ.get("WSLGPU_TEST_ALL_PAIRS") else random.Random(20).sample(PAIRS, 14)
# Pairs of which one flaw takes the ground from under the other.
NOT_TOGETHER = {
    "a broken item": {"exit in an item", "index error at the end"},
    "exit in an item": {"index error at the end"},
    "one batch too many": {"index error at the end", "open archive", "open file", "database"},
    "counter in place of the index": {"index error at the end", "one batch too many"},  # its index never gets so far
    "a number for a label": {"dtypes"},  # the one replaces what the other changes
    "a hook of another name": {"an order that nobody reads"},  # which brings the hook of the right name
}
# A finding that cannot be told beside another: batches that differ anyway show no wrong ones, what cannot be sent to a
# worker is not judged there, a worker that ends or hangs has no random numbers. The other one has to be found.
VARIES = {"sequence-not-deterministic", "sequence-order-dependent", "keras-same-random"}
NO_WORKER = {"sequence-fork-dies", "sequence-fork-hangs", "sequence-shared-handle"}
HIDDEN_BY = {
    "sequence-pickle-large": {"keras-pickle"},
    "sequence-spawn-wrong": {"keras-pickle"} | VARIES,
    "sequence-fork-wrong": NO_WORKER | VARIES,
    "sequence-fork-hangs": {"sequence-fork-dies"},
    "keras-same-random": NO_WORKER | VARIES | {"sequence-fork-wrong"},
    "sequence-not-deterministic": {"sequence-order-dependent", "keras-same-random"},
    "sequence-order-dependent": {"sequence-not-deterministic", "keras-same-random"},
    "sequence-reused-buffer": VARIES,
    "sequence-thread-race": VARIES | {"sequence-thread-deadlock"},
    "sequence-thread-deadlock": {"sequence-item-raises", "sequence-thread-race", "sequence-reused-buffer"},
}


@pytest.fixture(scope="module")
def audit():
    """An audit of a class with the given flaws: as run_audit's, in forks of one process (audit_nursery.py)."""
    nursery = Nursery()

    def look(folder, *flaws: Flaw, seconds=0.4, patience=3.0):
        (folder / "case.py").write_text(write_case(*flaws), encoding="utf-8")
        source = find_source(folder, "case:Case")
        if source.trains_at is not None:
            return judge_trains("case:Case", source, {"event": "trains", "line": source.trains_at}, 0.0)
        events, endings = [], []
        for parts in RUNS:
            status = nursery.look(folder, parts, seconds, patience)
            reader = EventReader(folder / "events.jsonl")
            found = reader.read()
            (folder / "events.jsonl").unlink()
            events += [event for event in found if not events or event["event"] != "loaded"]
            if status:
                endings.append(f"the process ended with status {status}")
        found = judge_audit("case:Case", events, source, 0.0, endings)
        late = [f.evidence.get("what", "") for f in found.findings if f.slug == "audit-not-finished"]
        assert "the audit itself broke" not in late
        if late:
            pytest.skip(f"this machine was too busy for the audit's own limits: {late[0]}")
        return found

    yield look
    nursery.close()


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_sequence_passes(audit, name, tmp_path):
    found = audit(tmp_path, SOUND[name])
    assert [f for f in found.findings if f.status != "info"] == []
    assert found.safe == {"threads": "safe", "fork": "safe", "spawn": "safe"}


@pytest.mark.parametrize("name", [*FLAWS, *MET])
def test_each_flaw_is_named_and_nothing_else(audit, name, tmp_path):
    flaw = FLAWS.get(name) or MET[name]
    found = audit(tmp_path, flaw)
    named = {f.slug for f in found.findings if f.status != "info" and f.cause is None}
    for slug in flaw.slugs:
        assert slug in {f.slug for f in found.findings}
    assert named - set(flaw.slugs) == set()
    assert {way for way, verdict in found.safe.items() if verdict == "unsafe"} == set(flaw.unsafe)


@pytest.mark.parametrize(("one", "other"), SAMPLE)
def test_two_flaws_are_both_named(audit, one, other, tmp_path):
    if other in NOT_TOGETHER.get(one, ()) or one in NOT_TOGETHER.get(other, ()):
        pytest.skip("of these two, one hides the other by its nature")
    flaws = [FLAWS[one], FLAWS[other]]
    seen = [flaw for flaw in flaws if flaw.masks] or flaws
    if any("sequence-trains-on-import" in flaw.slugs for flaw in seen):
        seen = [flaw for flaw in seen if "sequence-trains-on-import" in flaw.slugs]
    named = {slug for flaw in seen for slug in flaw.slugs}
    told_first = {slug for slug in named if not HIDDEN_BY.get(slug, set()) & (named - {slug})}
    # What only an unlucky moment shows (a race, a deadlock) may take more than the short look.
    for seconds in (0.4, 3.0):
        found = audit(tmp_path, *flaws, seconds=seconds)
        slugs = {f.slug for f in found.findings}
        missing = told_first - slugs
        unsafe = {way for way, verdict in found.safe.items() if verdict == "unsafe"}
        taken_for_safe = {way for flaw in seen if told_first & set(flaw.slugs) for way in flaw.unsafe} - unsafe
        if not missing and named & slugs and not taken_for_safe:
            return
    assert missing == set()
    assert named & slugs, f"none of {named} in {slugs}"
    assert taken_for_safe == set()


def test_what_moves_with_the_order_is_no_random_number(audit, tmp_path):
    slugs = {
        f.slug for f in audit(tmp_path, FLAWS["counter in place of the index"], FLAWS["unseeded each time"]).findings
    }
    assert {"sequence-order-dependent", "sequence-not-deterministic"} <= slugs
    assert "keras-same-random" not in slugs


def test_a_class_that_fit_refuses_is_a_remark_with_its_remedy(audit, tmp_path):
    found = audit(tmp_path, SOUND["plain"])
    remark = next(f for f in found.findings if f.slug == "sequence-not-keras")
    assert (remark.status, remark.title) == ("info", "it inherits no Sequence of Keras: `fit` refuses it")
    assert write_case().splitlines()[remark.line - 1] == "class Case:"
    assert "mend: For `fit`:" in render_audit(found)


@pytest.mark.parametrize(
    ("like_array", "words"),
    [([], "refuses"), (["shape"], "refuses"), (["shape", "dtype"], "Keras 2 takes it for an array")],
)
def test_what_fit_does_with_it_is_said(like_array, words):
    loaded = {"event": "loaded", "kind": "sequence", "name": "Case", "sequence_base": False, "like_array": like_array}
    assert words in next(iter(judge_audit("case:Case", [loaded], None, 0.0).findings)).title
    array = loaded | {"like_array": ["shape", "dtype", "__array__"]}
    assert judge_audit("case:Case", [array], None, 0.0).findings == ()


def test_lines_point_at_the_code(audit, tmp_path):
    found = audit(tmp_path, FLAWS["race"])
    race = next(f for f in found.findings if f.slug == "sequence-thread-race")
    text = (tmp_path / "case.py").read_text().splitlines()
    assert race.line is not None
    assert text[race.line - 1].strip() == "self.index = index"


def test_the_path_of_what_cannot_be_pickled(audit, tmp_path):
    found = audit(tmp_path, FLAWS["lambda, deep inside"])
    pickle = next(f for f in found.findings if f.slug == "keras-pickle")
    assert pickle.evidence["what"] == "self.steps['scale'][0] is a lambda"


GENERATORS = """
import threading
import numpy as np

def batches():
    for number in range(40):
        yield np.full((3,), number), np.zeros(3)

class {name}:
    def __init__(self):
        self.it = batches()
        self.lock = threading.Lock()
    def __iter__(self):
        return self
{body}
"""
NOT_TAKEN = """    def __next__(self):
        return next(self.it)
    def next(self):
        with self.lock:
            return self.it.next()
"""
FRESH = "    def __next__(self):\n        with threading.Lock():\n            return next(self.it)\n"
TAKEN = "    def __next__(self):\n        with self.lock:\n            return next(self.it)\n"


def audit_text(tmp_path, text, name):
    (tmp_path / "case.py").write_text(text, encoding="utf-8")
    return run_audit(sys.executable, f"case:{name}", project=tmp_path, seconds=0.5, deadline_s=300)


def test_a_bare_generator_is_not_for_threads(tmp_path):
    found = audit_text(tmp_path, GENERATORS.format(name="Other", body=TAKEN), "batches")
    assert found.safe["threads"] == "unsafe"
    assert found.kind == "generator"
    assert "generator-not-threadsafe" in {f.slug for f in found.findings}


def test_a_lock_that_next_does_not_take_is_found_and_patched(tmp_path):
    found = audit_text(tmp_path, GENERATORS.format(name="Safe", body=NOT_TAKEN), "Safe")
    lock = next(f for f in found.findings if f.slug == "generator-lock-not-taken")
    assert found.safe["threads"] == "unsafe"
    assert lock.line == 16
    assert "+        with self.lock:\n+            return next(self.it)\n" in lock.patch
    assert found.findings[-1].cause == "generator-lock-not-taken" or found.findings[0].slug == lock.slug


def test_a_lock_made_at_each_call_locks_nothing(tmp_path):
    found = audit_text(tmp_path, GENERATORS.format(name="Fresh", body=FRESH), "Fresh")
    assert "anew" in next(f for f in found.findings if f.slug == "generator-lock-not-taken").title


@pytest.mark.parametrize("name", ["Taken", "make"])
def test_a_lock_that_is_taken_is_correct_and_no_faster(tmp_path, name):
    text = GENERATORS.format(name="Taken", body=TAKEN) + "\n\ndef make():\n    return Taken()\n"
    found = audit_text(tmp_path, text, name)
    assert found.safe["threads"] == "safe"
    assert "generator-lock-no-speedup" in {f.slug for f in found.findings}


@pytest.mark.parametrize(
    ("target", "arguments", "words"),
    [
        ("nothing:Case", "", "finds no module 'nothing'"),
        ("case:Nothing", "", "case has no Nothing; it has Case"),
        ("case:Needy", "", "needs arguments"),
        ("case:TEXT", "", "no Sequence"),
        ("nothing.py:Case", "", "there is no file nothing.py in "),
    ],
)
def test_bad_targets_are_named_in_one_sentence(tmp_path, target, arguments, words):
    (tmp_path / "case.py").write_text(
        "TEXT = [1]\nclass Case:\n    pass\nclass Needy:\n    def __init__(self, path):\n        pass\n"
    )
    with pytest.raises(UserError, match=words):
        run_audit(sys.executable, target, arguments=arguments, project=tmp_path, deadline_s=300)


def test_an_iterator_of_python_2_is_a_finding(tmp_path):
    text = "class Old:\n    def __iter__(self):\n        return self\n    def next(self):\n        return 1\n"
    found = audit_text(tmp_path, text, "Old")
    assert "sequence-item-raises" in {f.slug for f in found.findings}
    assert "non-iterator" in found.findings[0].title


def test_arguments_and_factories_and_files(tmp_path):
    (tmp_path / "case.py").write_text(
        write_case(Flaw(methods="    def set_batch(self, batch):\n        self.batch = batch\n        return self"))
        + "\ndef make(batch, *, times=1):\n    return Case().set_batch(batch * times)\n"
    )
    found = run_audit(
        sys.executable, "case.py:make", arguments="2, times=2", project=tmp_path, seconds=0.5, deadline_s=300
    )
    assert found.facts["length"] == 24
    assert found.safe == {"threads": "safe", "fork": "safe", "spawn": "safe"}


def test_a_file_of_a_package_is_imported_as_part_of_it(tmp_path):
    package = tmp_path / "inner" / "pictures"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "words.py").write_text("TIMES = 3\n")
    (package / "case.py").write_text("from .words import TIMES\n" + write_case(SOUND["plain"]))
    found = run_audit(sys.executable, "inner/pictures/case.py:Case", project=tmp_path, seconds=0.5, deadline_s=300)
    assert found.safe == {"threads": "safe", "fork": "safe", "spawn": "safe"}


def test_what_cannot_be_made_is_a_finding(tmp_path):
    (tmp_path / "case.py").write_text("class Case:\n    def __init__(self):\n        raise OSError('no data here')\n")
    found = run_audit(sys.executable, "case:Case", project=tmp_path, deadline_s=300)
    assert [f.slug for f in found.findings] == ["sequence-cannot-load"]
    assert "no data here" in found.findings[0].title
    assert found.findings[0].line == 3


def test_the_line_is_the_users_where_a_compiled_module_raises(tmp_path):
    text = "import numpy as np\nclass Case:\n    def __init__(self):\n        np.random.shuffle(max)\n"
    found = audit_text(tmp_path, text, "Case")
    assert [(f.slug, f.line) for f in found.findings] == [("sequence-cannot-load", 4)]


def test_a_part_that_does_not_end_is_unknown_and_nothing_is_left(tmp_path):
    (tmp_path / "case.py").write_text("import time\nclass Case:\n    def __init__(self):\n        time.sleep(1000)\n")
    found = run_audit(sys.executable, "case:Case", project=tmp_path, deadline_s=2)
    assert [f.slug for f in found.findings] == ["audit-not-finished"]
    assert "importing the module was not done after 2 s" in found.findings[0].title
