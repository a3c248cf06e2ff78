"""A recording of a Windows machine, made into one that the bed can play: keys, stand-ins, a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wslgpu.facts import windows
from wslgpu.system.answers import Absent, Answer, Content, Ran, Unknown, Value
from wslgpu.system.recorded import RecordedHost
from wslgpu.system.recording import load_recording
from wslgpu.system.wants import Registry

STATUS, SMI, WMI, CONFIG = "windows.wsl_status", "windows.nvidia_smi", "windows.wmi", "windows.wslconfig"
BANNER = "windows.nvidia_smi_banner"


def machine_of(play: Any, path: Path, port: int) -> Any:
    """The machine; its distribution, where it answers, is an agent on `port`."""
    host = load_recording(path)
    keys: dict[tuple[str, str], Any] = {}
    for want in windows.FIRST:
        if isinstance(want, Registry):
            answer = host.answers[want.id]
            keys[(want.hive, want.key)] = answer.value if isinstance(answer, Value) else None
    plays: dict[str, list[Any]] = {"powershell": [play_of(play, "*", host.answers[WMI])]}
    if not isinstance(host.answers[STATUS], Absent):
        plays["wsl"] = [
            play_of(play, "--status", host.answers[STATUS]),
            distribution_of(play, host, port),
            play.Play("*", mode="prompt"),  # everything else would install WSL
        ]
    if isinstance(host.answers[SMI], Ran):
        plays["nvidia-smi"] = [play_of(play, "--query-gpu=*", host.answers[SMI])]
    if isinstance(host.answers[BANNER], Ran):
        plays["nvidia-smi"].append(play_of(play, "", host.answers[BANNER]))
    config = host.answers[CONFIG]
    files = {".wslconfig": config.data} if isinstance(config, Content) else {}
    return play.Machine(keys=keys, plays=plays, files=files)


def play_of(play: Any, arguments: str, answer: Answer) -> Any:
    """How a stand-in plays a recorded answer."""
    if isinstance(answer, Unknown) and answer.reason == "timed_out":
        return play.Play(arguments, mode="hang")
    if isinstance(answer, Ran):
        code = answer.exit - 2**32 if answer.exit >= 2**31 else answer.exit
        return play.Play(arguments, stdout=answer.stdout, stderr=answer.stderr, exit=code)
    return play.Play(arguments, exit=1)


def distribution_of(play: Any, host: RecordedHost, port: int) -> Any:
    """wsl.exe -d NAME: relayed to the agent where the recording says that the distribution answers."""
    answer = host.answers[windows.VISIT.id]
    if isinstance(answer, (Value, Content)):
        return play.Play("-d *", mode="relay", port=port)
    return play_of(play, "-d *", answer)
