"""The Windows half by itself: the same checks as in the whole registry, and nothing of Linux is loaded for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from wslgpu.checks.registry import CHECKS
from wslgpu.checks.windows_registry import WINDOWS_CHECKS

TOP = Path(__file__).parents[2]
# A look at a Windows without a distribution, from a recording, as cli/doctor.py does it on the machine itself.
SCRIPT = """
import sys
from pathlib import Path
from wslgpu.cli.doctor import checks_for, home_of, judge_look, show
from wslgpu.facts.gather_windows import gather_windows
from wslgpu.output.report import Report
from wslgpu.system.recorded import RecordingHost
from wslgpu.system.recording import load_recording

recorded = load_recording(Path(sys.argv[1]))
facts = gather_windows(recorded, "~", None, lambda exe, name: recorded)
host = RecordingHost(recorded)
host.inner = type("Machine", (), {"side": "windows"})()
findings = judge_look(host, facts, checks_for(facts, (), ()))
show(Report("0", "windows", facts.profile, findings, 1, 0.0, home_of(facts)), "text", None, False)
print(*sorted(sys.modules), file=sys.stderr)
"""
OF_LINUX = ("wslgpu.facts.gather", "wslgpu.facts.kernel", "wslgpu.checks.registry", "wslgpu.checks.venv")
SLOW = ("packaging", "tomllib", "importlib.metadata", "email", "shutil", "secrets", "difflib")


def test_the_windows_half_is_what_the_registry_has_of_it() -> None:
    assert tuple(check for check in CHECKS if "windows" in check.sides) == WINDOWS_CHECKS


def test_a_windows_without_a_distribution_loads_nothing_of_linux() -> None:
    recording = TOP / "tests" / "recordings" / "windows-docker-only.json"
    environment = {**os.environ, "PYTHONPATH": str(TOP / "src")}
    ended = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            SCRIPT.replace("import sys", f"import sys; sys.path += {sys.path!r}", 1),
            recording,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=environment,
    )
    assert "[wsl-no-distro]" in ended.stdout
    loaded = ended.stderr.split()
    assert [name for name in (*OF_LINUX, *SLOW) if name in loaded] == []
