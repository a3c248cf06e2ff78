"""doctor --audit-packages: pip-audit's findings as findings, and what it could not tell is not told as well.

pip-audit and uv are stand-ins here: a script named uv that prints what pip-audit prints.
"""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from wslgpu.cli.doctor import command
from wslgpu.errors import UserError

UV = """#!{python} -IS
import sys
if sys.argv[1:3] == ["tool", "run"]:
    lock = sys.argv[-1]
    assert open(lock).read().startswith("# Made by wslgpu"), lock
    sys.stdout.write({stdout!r})
    sys.stderr.write({stderr!r})
    sys.exit({code})
"""
VULNERABLE = {"name": "keras", "version": "3.0.0", "vulns": [{"id": "PYSEC-0000-1", "fix_versions": ["3.1.0"]}]}
WELL = {"name": "numpy", "version": "2.0.0", "vulns": []}
NOT_KNOWN = {"name": "numpy", "skip_reason": "Dependency not found"}


@pytest.fixture
def doctor(tmp_path, monkeypatch):
    def run(rows, *, code=0, stderr="", lock=True):
        folder = tmp_path / "project"
        (folder / "requirements").mkdir(parents=True)
        if lock:
            (folder / "requirements/cpu.lock").write_text("# Made by wslgpu\n# wslgpu-inputs: x\nkeras==3.0.0\n")
        tools = tmp_path / "tools"
        tools.mkdir()
        stdout = json.dumps({"dependencies": rows}) if rows is not None else ""
        (tools / "uv").write_text(UV.format(python=sys.executable, stdout=stdout, stderr=stderr, code=code))
        (tools / "uv").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
        monkeypatch.setattr("wslgpu.system.look._is_script", lambda path: False)  # a uv that is one is passed over
        argv = [str(folder), "--audit-packages", "--only", "package-advisories", "--format", "json"]
        result = CliRunner().invoke(command, argv, standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return next(f for f in json.loads(result.stdout)["findings"] if f["slug"] == "package-advisories")

    return run


@pytest.mark.parametrize(
    ("rows", "code", "stderr", "status", "says"),
    [
        ([VULNERABLE, WELL], 1, "Found 1 known vulnerability", "warn", "keras 3.0.0: PYSEC-0000-1 (mended in 3.1.0)"),
        ([WELL], 0, "No known vulnerabilities found", "ok", "no known vulnerability in 1 packages"),
        ([WELL, NOT_KNOWN], 0, "No known vulnerabilities found", "unknown", "1 of 2 packages"),
        (None, 1, "requests.exceptions.ConnectionError: Max retries exceeded", "unknown", "cannot be reached"),
    ],
)
def test_what_pip_audit_tells_is_a_finding(doctor, rows, code, stderr, status, says):
    finding = doctor(rows, code=code, stderr=stderr)
    assert finding["status"] == status
    assert says in json.dumps(finding)


def test_without_a_lock_there_is_nothing_to_audit(doctor):
    with pytest.raises(UserError, match="team lock"):
        doctor([WELL], lock=False)


def test_nobody_is_asked_without_the_option(tmp_path):
    result = CliRunner().invoke(command, [str(tmp_path), "--format", "json"], standalone_mode=False)
    finding = next(f for f in json.loads(result.stdout)["findings"] if f["slug"] == "package-advisories")
    assert finding["status"] == "skip"
