"""Disk, memory, and where things lie."""

from __future__ import annotations

from wslgpu.checks.cards import release_of
from wslgpu.checks.model import BOTH, Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts
from wslgpu.facts.mounts import WINDOWS_FILE_SYSTEMS, Mount
from wslgpu.knowledge.pins import footprint
from wslgpu.system.answers import Unknown

GIB = 1024**3
UNMEASURED = {"gpu": 9 * GIB, "cpu": 3 * GIB}
TO_GO_ON = GIB  # what an environment that stands needs for checkpoints and caches
FEWEST_INODES = 60_000  # an environment with CUDA holds about half of that
SMALL_TMP = 4 * GIB
LITTLE_MEMORY = 4 * GIB
SMALL_SHM = GIB // 2


def _spell(size: int) -> str:
    return f"{size / GIB:.1f} GiB"


def judge_disk(facts: Facts) -> Judgement:
    """WSL's disk calls itself 1 TB however full the Windows drive below it is (microsoft/WSL#8226)."""
    stands = facts.environment.there is True
    measured = footprint(release_of(facts), facts.profile).disk_bytes
    needed = TO_GO_ON if stands else measured or UNMEASURED[facts.profile]
    windows = facts.project.windows_room
    if facts.side == "wsl" and isinstance(windows, int) and windows < needed:
        return found(free=_spell(windows), where="the Windows drive that holds WSL's disk", needed=_spell(needed))
    room, inodes = known(facts.project.room), facts.project.inodes
    if room < needed:
        return found(free=_spell(room), where=facts.project.folder, needed=_spell(needed))
    if isinstance(inodes, int) and 0 < inodes < FEWEST_INODES and not stands:
        return found(free=f"{inodes} inodes", where=facts.project.folder, needed=f"{FEWEST_INODES} inodes")
    return well(free=_spell(room))


def judge_tmp(facts: Facts) -> Judgement:
    """pip unpacks in the folder for temporary files (pypa/pip#5816)."""
    room = known(facts.project.tmp_room)
    tmpdir = facts.variables.get("TMPDIR")
    if room is None or (isinstance(tmpdir, str) and tmpdir):
        return skip("TMPDIR names another folder")
    return well(free=_spell(room)) if room >= SMALL_TMP or facts.environment.there is True else found(free=_spell(room))


def judge_project_place(facts: Facts) -> Judgement:
    """Windows' file system through 9p is ten times slower and knows no links (microsoft/WSL#4197)."""
    mount = known(facts.project.mount)
    return found(point=mount.point, kind=mount.kind) if mount.kind in WINDOWS_FILE_SYSTEMS else well(kind=mount.kind)


def judge_data_place(facts: Facts) -> Judgement:
    """Training data on a Windows drive leaves the GPU waiting (microsoft/WSL#11341)."""
    for folder, mount in facts.data.folders.items():
        if isinstance(mount, Mount) and mount.kind in WINDOWS_FILE_SYSTEMS:
            return found(folder=folder, kind=mount.kind)
    return well()


def judge_writable(facts: Facts) -> Judgement:
    """setup writes into this folder."""
    return well() if known(facts.project.writable) else found(folder=facts.project.folder)


def judge_killed(facts: Facts) -> Judgement:
    """The kernel counts what it ends for want of memory (microsoft/WSL#8984)."""
    fact = facts.memory.killed if facts.side == "wsl" else facts.memory.killed_here
    killed, total = known(fact), facts.memory.total
    if killed == 0:
        return well(killed=0)
    return found(
        None if facts.side == "wsl" else "warn",
        killed=killed,
        total="?" if isinstance(total, Unknown) else _spell(total),
    )


def judge_memory(facts: Facts) -> Judgement:
    """TensorFlow with CUDA takes 2 to 3 GiB before the first batch."""
    usable, swap = known(facts.memory.usable), facts.memory.swap
    with_swap = "" if isinstance(swap, Unknown) else f", swap {_spell(swap)}"
    return found(usable=_spell(usable), swap=with_swap) if usable < LITTLE_MEMORY else well(usable=_spell(usable))


def judge_shm(facts: Facts) -> Judgement:
    """Keras' pools use pipes; loaders of other libraries use shared memory (64 MB in Docker)."""
    total = known(facts.memory.shm_total)
    return found(total=f"{(total or 0) // 2**20} MiB") if total is not None and total < SMALL_SHM else well()


def judge_shm_use(facts: Facts) -> Judgement:
    """Python's multiprocessing keeps its locks there: without it no worker process can be made."""
    return well() if known(facts.memory.shm_writable) else found()


CHECKS = (
    Check("disk-full", "disk", BOTH, judge_disk),
    Check("project-not-writable", "disk", BOTH, judge_writable),
    Check("venv-on-drvfs", "disk", ("wsl",), judge_project_place),
    Check("dataset-on-drvfs", "disk", ("wsl",), judge_data_place),
    Check("tmp-too-small", "disk", BOTH, judge_tmp),
    Check("shm-unusable", "memory", BOTH, judge_shm_use),
    Check("memory-low", "memory", BOTH, judge_memory),
    Check("oom-killed", "memory", BOTH, judge_killed),
    Check("shm-small", "memory", BOTH, judge_shm),
)
