"""The verdict on one machine's part, from what was seen of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from wslgpu.cli.smoke_hosts import read_hosts
from wslgpu.errors import UserError
from wslgpu.system.peers import PeerWatch, Silence, is_here, probe
from wslgpu.system.session import Ended
from wslgpu.training.payload_workers.wslgpu_workers_values import BATCHES_EACH, EPOCHS
from wslgpu.training.workers import Part, _judge_waiting
from wslgpu.training.workers_judge import Seen, judge_worker

HOSTS = ("alpha:29500", "beta:29500")
IMPORTED = {"event": "imported", "python": "3.12.1", "tensorflow": "2.21.0", "keras": "3.15.1", "gpus": []}
JOINED = {"event": "joined", "replicas": 2}
AT = {"event": "progress", "text": "epoch 2 of 3, batch 11 of 40"}


def trained(**changes: Any) -> dict[str, Any]:
    fed = [[epoch, 2 * number, 77, 8, 7] for epoch in range(EPOCHS) for number in range(BATCHES_EACH)]
    used = [1] * (EPOCHS * BATCHES_EACH * 2)
    whole = {"seconds": 2.0, "losses": [0.5, 0.1, 0.05], "fed": fed, "digests": ["ab", "ab"], "used": used, "pid": 7}
    return {"event": "trained", **whole, **changes}


def judge(*events: dict[str, Any], code: int = 0, ended_by: str = "", silent: tuple[Silence, ...] = ()) -> Any:
    ended = Ended(returncode=code, ended_by=ended_by, seconds=9.0, left_behind=(), output="")
    return judge_worker("python", ended, Seen(HOSTS, 0, list(events), silent, 300, 120))


def whole(result: dict[str, Any] | None = None, **changes: Any) -> Any:
    return judge(IMPORTED, JOINED, trained(**changes), result or {"event": "result", "alone": [0.5, 0.1, 0.05]})


def test_equal_weights_every_index_once_and_the_same_losses_pass() -> None:
    assert whole().status == "ok"
    assert "240 batches each used once over all" in whole().sentence


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"digests": ["ab", "cd"]}, "smoke-weights-differ"),
        ({"digests": ["ab"]}, "smoke-weights-differ"),
        ({"used": [1] * 239 + [2]}, "smoke-deliveries"),
        ({"used": [1] * 239}, "smoke-deliveries"),
        ({"losses": [0.5, 0.1, 0.06]}, "smoke-curves-differ"),
        ({"losses": [0.5, 0.1, float("nan")]}, "smoke-curves-differ"),
        ({"fed": [[0, 0, 77, 8, 1]]}, "smoke-not-forked"),
        ({"fed": [[0, 0, 77, 7, 6]]}, "smoke-not-forked"),
        ({"fed": [[0, 0, 7, 6, 5]]}, "smoke-not-forked"),
    ],
)
def test_what_is_not_so_fails(changes: dict[str, Any], slug: str) -> None:
    assert [found for found, _ in whole(**changes).problems] == [slug]


def test_a_machine_that_is_gone_is_named() -> None:
    silent = (Silence("beta:29500", "nothing listens there", 5.0),)
    for code, ended_by in ((1, ""), (-9, "lost")):
        error = {"event": "error", "kind": "UnavailableError", "text": "Connection reset by peer"}
        told = judge(IMPORTED, JOINED, AT, error, code=code, ended_by=ended_by, silent=silent)
        assert told.status == "fail"
        assert told.sentence.startswith("machine 1 (beta:29500) was lost: nothing listens there")
        assert "epoch 2 of 3, batch 11" in told.sentence


def test_a_machine_that_never_came_is_named() -> None:
    silent = (Silence("beta:29500", "no route to host", 120.0),)
    told = judge(IMPORTED, code=-9, ended_by="join", silent=silent)
    assert told.problems[0][0] == "smoke-machine-absent"
    assert "machine 1 (beta:29500): no route to host" in told.sentence


def test_who_stands_still_tells_its_stacks() -> None:
    dump = 'Thread 0x1 (most recent call first):\n  File "/x/payload/train.py", line 7 in train_together'
    told = judge(IMPORTED, JOINED, AT, {"event": "stacks", "pid": 7, "stacks": {"7": dump}}, code=-9, ended_by="still")
    assert told.status == "fail"
    assert "train_together" in told.stderr_tail


def test_its_own_error_is_not_laid_upon_the_others() -> None:
    silent = (Silence("beta:29500", "nothing listens there", 5.0),)
    error = {"event": "error", "kind": "ValueError", "text": "no such layer"}
    told = judge(IMPORTED, JOINED, AT, error, code=1, silent=silent)
    assert [slug for slug, _ in told.problems] == ["smoke-error"]
    assert "no such layer" in told.sentence


def test_its_own_death_is_its_own() -> None:
    told = judge(IMPORTED, JOINED, AT, code=-9)
    assert told.problems[0][0] == "smoke-crashed"
    assert "machine 0 (alpha:29500), which is this one, was ended by SIGKILL" in told.sentence


def test_a_deadline_alone_proves_nothing() -> None:
    assert judge(IMPORTED, JOINED, AT, code=-9, ended_by="deadline").status == "unknown"


@pytest.mark.parametrize("events", [(), (IMPORTED,), (IMPORTED, JOINED), (IMPORTED, JOINED, AT)])
def test_an_end_before_the_end_never_passes(events: tuple[dict[str, Any], ...]) -> None:
    for code in (0, 1):
        for ended_by in ("", "lost", "still", "join"):
            assert judge(*events, code=code, ended_by=ended_by).status != "ok"


@pytest.mark.parametrize(
    ("moved", "word"),
    [
        ({"": -1}, ""),
        ({"": -1, "start": -31}, "join"),
        ({"": -1, "joined": -2}, ""),
        ({"": -1, "joined": -9}, "lost"),
        ({"": -61, "joined": -62, "trained": -61}, "still"),
        ({"": -1, "joined": -62, "trained": -5}, ""),
        ({"": -99, "joined": -99, "trained": -99, "result": -99}, ""),
    ],
)
def test_who_is_waited_for(moved: dict[str, float], word: str) -> None:
    """Once all have trained and compared, a machine may go; the times are seconds before now."""

    class Gone(PeerWatch):
        def silent(self, at_least_s: float = 0.0) -> tuple[Silence, ...]:
            return (Silence("beta:29500", "nothing listens there", 5.0),) if at_least_s <= 5 else ()

    now = time.monotonic()
    part = Part(Path("python"), HOSTS, 0, join_s=30)
    began = now + moved.get("start", -1)
    assert _judge_waiting(part, Gone(()), began, {name: now + at for name, at in moved.items()}) == word


def test_hosts_are_read() -> None:
    assert read_hosts("alpha,beta:4000") == ("alpha:29500", "beta:4000")
    assert read_hosts("localhost,localhost,localhost") == ("localhost:29500", "localhost:29501", "localhost:29502")
    for bad in ("alpha", "alpha,", "alpha,beta:x", "a:1,a:1", "alpha,:4"):
        with pytest.raises(UserError, match="--hosts"):
            read_hosts(bad)
    assert is_here("127.0.0.1:1")
    assert is_here("localhost:1")
    assert not is_here("alpha:1")


def test_a_port_that_refuses_is_seen() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert probe(address) == ""
    assert probe(address) == "nothing listens there"
    with PeerWatch((address,)) as watch:
        until = time.monotonic() + 60
        while not watch.silent() and time.monotonic() < until:
            time.sleep(0.05)
        assert [one.address for one in watch.silent()] == [address]
        assert watch.silent(3600) == ()
