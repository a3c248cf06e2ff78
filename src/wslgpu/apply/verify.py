"""Look into a fresh venv without importing TensorFlow: is everything there that its lock says?"""

from __future__ import annotations

import json
from pathlib import Path

from wslgpu.apply.installer import CLEAN, tail_of, tied
from wslgpu.apply.model import StepFailed
from wslgpu.facts.locks import find_drift, plain_name
from wslgpu.plan.model import Verify
from wslgpu.system.answers import Ran
from wslgpu.system.process import run

PROBE = """
import importlib.metadata, importlib.util, json, platform, sys
found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
importable = [n for n in ("tensorflow", "keras") if importlib.util.find_spec(n)]
python, machine = list(sys.version_info[:3]), platform.machine()
print(json.dumps({"found": found, "importable": importable, "python": python, "machine": machine}))
"""


def verify_packages(venv: Path, lock: Path, step: Verify) -> dict[str, str]:
    """Canonical name -> version of what is installed; StepFailed names what is missing or other than locked."""
    name = "checking the environment"
    ran = run(tied((str(venv / "bin/python"), "-I", "-c", PROBE)), deadline_s=60.0, env=CLEAN)
    if not isinstance(ran, Ran) or ran.exit != 0:
        raise StepFailed(name, "its python does not run", tail_of(ran) if isinstance(ran, Ran) else str(ran))
    said = json.loads(ran.stdout)
    found: dict[str, str] = {plain_name(package): version for package, version in said["found"].items()}
    drift = find_drift(lock.stem, lock.read_text(encoding="utf-8"), found, said["python"], said["machine"])
    if drift.differs:
        raise StepFailed(name, "; ".join(drift.lines()[:5]))
    versions = [found[package] for package in ("tensorflow", "tensorflow-cpu") if package in found]
    if versions != [step.version] or "tensorflow" not in said["importable"]:
        raise StepFailed(name, f"TensorFlow {step.version} is not there alone (found {', '.join(versions) or 'none'})")
    return dict(sorted(found.items()))
