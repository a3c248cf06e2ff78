"""The choice from figures, the snippet's text, the report, the picture: from events, with no training."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from wslgpu.training.tune_judge import choose_way, judge_bound, judge_tune, write_snippet
from wslgpu.training.tune_model import Way
from wslgpu.training.tune_picture import render_html, render_svg
from wslgpu.training.tune_text import as_document, render_tuning


def rates(**values):
    ways = []
    for name, rate in values.items():
        mode = name.rstrip("0123456789")
        ways.append(Way(mode, int(name[len(mode) :] or 1), rate))
    return ways


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        ({"single": 50, "threads2": 51, "feed2": 98, "fork2": 90}, ("feed", 2)),
        ({"single": 50, "threads4": 200, "threads17": 203, "feed17": 198}, ("threads", 4)),
        ({"single": 100, "threads2": 101, "fork2": 102}, ("single", 1)),
        ({"single": 50, "feed2": 97, "fork2": 99}, ("feed", 2)),
        ({"single": 50, "feed2": 90, "fork2": 99}, ("fork", 2)),
        ({"single": 330, "fork2": 14}, ("single", 1)),
        ({"threads2": None, "single": None}, None),
    ],
)
def test_the_simplest_of_the_fastest_is_chosen(values, chosen):
    way = choose_way(rates(**values))
    assert (way and (way.mode, way.workers)) == chosen


@pytest.mark.parametrize(
    ("get", "step", "own", "bound"),
    [
        (0.020, 0.001, True, "input"),
        (0.001, 0.0075, True, "compute"),
        (0.001, 0.0012, True, "input"),
        (0.02, 0.001, False, "not known"),
        (None, 0.001, True, "not known"),
    ],
)
def test_who_waits_for_whom(get, step, own, bound):
    assert judge_bound(get, step, own) == bound


@pytest.mark.parametrize(
    ("way", "keras3", "words"),
    [
        (Way("threads", 4), True, "sequence.workers = 4\nsequence.use_multiprocessing = False\n"),
        (Way("fork", 2), False, "workers=2, use_multiprocessing=True, max_queue_size=7)"),
        (Way("feed", 3), True, "with fork_feed(sequence, workers=3) as feed:"),
        (Way("single", 1), True, "sequence.workers, sequence.use_multiprocessing = 1, False"),
        (Way("single", 1), False, "workers=1, use_multiprocessing=False)"),
    ],
)
def test_the_snippet_is_for_the_keras_that_is_there_and_is_python(way, keras3, words):
    text = write_snippet(way, "data:Pictures", 7, keras3)
    assert words in text
    assert "Pictures(...)" in text
    compile(text.replace(", ...)", ")"), "snippet", "exec")


STEPS = [[0.02 * n, 0.02 * n + 0.019] for n in range(30)]
EVENTS = [
    {"event": "versions", "keras3": True, "tensorflow": "2.21.0", "keras": "3.15.1", "gpus": 0},
    {"event": "figures", "length": 9, "cores": 2, "get_s": 0.02, "cpu_s": 0.02, "bytes": 102432, "speedup2": 1.0},
    {"event": "step", "seconds": 0.001},
    {"event": "predicted", "ways": [["single", 1, 0.02], ["threads", 2, 0.02], ["feed", 2, 0.01], ["fork", 2, 0.01]]},
    {"event": "trial", "mode": "single", "workers": 1},
    {
        "event": "rate",
        "mode": "single",
        "workers": 1,
        "rate": 49.0,
        "queue": 4,
        "steps": STEPS,
        "made": [[n, 0.02 * n, 0.02 * n + 0.018, 7] for n in range(30)],
    },
    {"event": "trial", "mode": "feed", "workers": 2},
    {
        "event": "rate",
        "mode": "feed",
        "workers": 2,
        "rate": 97.0,
        "queue": 4,
        "steps": STEPS,
        "made": [[1, 0.1, 0.2, 8]],
    },
    {"event": "trial", "mode": "fork", "workers": 2},
]


def test_a_way_that_hung_costs_only_itself():
    tuning = judge_tune("data:Pictures", EVENTS, True, 20.0, "Keras' fork workers hung: no batch for 12 s")
    assert (tuning.choice.mode, tuning.choice.workers) == ("feed", 2)
    assert tuning.gain == pytest.approx(97 / 49)
    fork = next(way for way in tuning.ways if way.mode == "fork")
    assert fork.rate is None
    assert "hung" in fork.why
    assert "hung" in render_tuning(tuning)
    slugs = [slug for slug, _, _ in tuning.findings]
    assert slugs == ["input-bound", "keras-threads-no-speedup", "keras-queue-memory"]
    document = as_document(tuning, "1", 0)
    assert document["choice"] == {"mode": "feed", "workers": 2, "queue": 4, "rate": 97.0}


def again(rate, others=0.0):
    return {
        "event": "rate",
        "mode": "feed",
        "workers": 2,
        "rate": rate,
        "queue": 4,
        "steps": [],
        "made": [],
        "others": others,
    }


@pytest.mark.parametrize("events", [[again(15.0, 0.45), again(97.0)], [again(97.0), again(15.0, 0.45)]])
def test_of_two_trials_the_undisturbed_counts(events):
    trial = {"event": "trial", "mode": "feed", "workers": 2}
    tuning = judge_tune("data:Pictures", [trial, events[0], trial, events[1]], True, 20.0)
    assert (tuning.choice.rate, tuning.choice.others) == (97.0, 0.0)
    assert not tuning.notes


def test_a_way_that_hangs_the_second_time_is_not_taken():
    trial = {"event": "trial", "mode": "feed", "workers": 2}
    tuning = judge_tune("data:Pictures", [trial, again(97.0), trial], True, 20.0, "fork_feed hung")
    assert tuning.choice is None
    assert "hung" in tuning.ways[0].why


def test_a_busy_machine_is_said():
    tuning = judge_tune("data:Pictures", [again(30.0, 0.45)], True, 20.0)
    assert "other programs had up to 45 % of the cores" in render_tuning(tuning)
    assert as_document(tuning, "1", 0)["ways"][0]["others"] == 0.45


def test_time_that_was_over_too_soon_has_a_way_out():
    skipped = {"event": "skipped", "mode": "feed", "workers": 2, "why": "no time left"}
    assert "--seconds" in render_tuning(judge_tune("data:Pictures", [skipped], False, 30.0))


def test_nothing_measured_is_said():
    tuning = judge_tune("data:Pictures", [], False, 30.0, "not all was done within 30 s (--seconds)", "Killed")
    assert tuning.choice is None
    assert "nothing could be measured" in render_tuning(tuning)
    assert "not all was done" in render_tuning(tuning)


def test_the_picture_is_whole_and_needs_nothing_from_outside():
    tuning = judge_tune("data:Pictures<script>", EVENTS, True, 20.0)
    svg = render_svg(tuning)
    root = ElementTree.fromstring(svg)
    names = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any("one process: 49.0" in (name or "") for name in names)
    assert any("fork_feed, 2 workers" in (name or "") for name in names)
    assert "waits for a batch" in names
    bars = [float(e.get("width")) for e in root.iter("{http://www.w3.org/2000/svg}rect") if e.get("width") != "100%"]
    assert min(bars) > 0
    page = render_html(tuning)
    assert "<script>" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


RAISES = {"event": "item-raises", "index": 3, "kind": "ValueError", "text": "boom", "line": ["case.py", 7]}


def test_a_batch_that_raises_by_itself_leaves_no_choice():
    tuning = judge_tune("data:Pictures", [*EVENTS, RAISES], True, 20.0)
    assert tuning.choice is None
    assert [(slug, status) for slug, status, _ in tuning.findings] == [("sequence-item-raises", "fail")]
    text = render_tuning(tuning)
    assert "it cannot be tuned as it is" in text
    assert "x batch 3 raises ValueError: boom (case.py:7)" in text


def test_a_batch_that_raises_in_one_way_alone_costs_only_that_way():
    failed = {"event": "trial-failed", "mode": "fork", "workers": 2, "text": "UnknownError: a long graph"}
    events = [*EVENTS, {"event": "raised-in-trial", "index": 7, "text": "OSError: closed"}, failed]
    tuning = judge_tune("data:Pictures", events, True, 20.0)
    assert tuning.choice.mode == "feed"
    assert next(way for way in tuning.ways if way.mode == "fork").why == "batch 7 raises OSError: closed"
    assert "sequence-item-raises" not in {slug for slug, _, _ in tuning.findings}


def test_an_object_is_not_called_in_the_snippet():
    assert "sequence = pictures\n" in write_snippet(Way("threads", 2), "data:pictures", 5, True, fresh=False)
