"""Look into a fresh venv without importing TensorFlow: is everything there that its lock says?"""

from __future__ import annotations

import json
import re
from pathlib import Path

from packaging.utils import canonicalize_name

from wslgpu.apply.installer import CLEAN, tail_of
from wslgpu.apply.model import StepFailed
from wslgpu.plan.model import Verify
from wslgpu.system.answers import Ran
from wslgpu.system.process import run

PROBE = """
import importlib.metadata, importlib.util, json
found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
print(json.dumps({"found": found, "importable": [n for n in ("tensorflow", "keras") if importlib.util.find_spec(n)]}))
"""
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def verify_packages(venv: Path, lock: Path, step: Verify) -> dict[str, str]:
    """Canonical name -> version of what is installed; StepFailed names what is missing or other than locked."""
    name = "checking the environment"
    ran = run((str(venv / "bin/python"), "-I", "-c", PROBE), deadline_s=60.0, env=CLEAN)
    if not isinstance(ran, Ran) or ran.exit != 0:
        raise StepFailed(name, "its python does not run", tail_of(ran) if isinstance(ran, Ran) else str(ran))
    said = json.loads(ran.stdout)
    found: dict[str, str] = {canonicalize_name(package): version for package, version in said["found"].items()}
    wanted = read_lock(lock.read_text(encoding="utf-8"))
    wrong = [f"{p} {v} (is {found.get(p, 'missing')})" for p, v in wanted.items() if found.get(p) != v]
    if wrong:
        raise StepFailed(name, "not what the lock says: " + ", ".join(wrong[:5]))
    versions = [found[package] for package in ("tensorflow", "tensorflow-cpu") if package in found]
    if versions != [step.version] or "tensorflow" not in said["importable"]:
        raise StepFailed(name, f"TensorFlow {step.version} is not there alone (found {', '.join(versions) or 'none'})")
    return dict(sorted(found.items()))


def read_lock(text: str) -> dict[str, str]:
    """Canonical name -> version of every package in a lock."""
    return {canonicalize_name(match[1]): match[2] for match in LOCKED.finditer(text)}
