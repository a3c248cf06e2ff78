"""The wheel, not the checkout: what a user installs finds its templates, scripts, findings and tables."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("hatchling", reason="building a wheel offline takes hatchling in this environment")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    code = f"import os; os.chdir({str(ROOT)!r}); from hatchling.build import build_wheel; build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, capture_output=True)
    return next(out.glob("wslgpu-*.whl"))


def test_it_carries_what_a_user_needs(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "wslgpu/_packaged/templates/requirements/requirements.in.j2",
        "wslgpu/_packaged/templates/venv/activate.sh.j2",
        "wslgpu/_packaged/provision/ubuntu.sh",
        "wslgpu/_packaged/findings/wsl1-distro.md",
        "wslgpu/knowledge/compat.json",
        "wslgpu/knowledge/compat.toml",
        "wslgpu/training/payload_smoke/__main__.py",
        "wslgpu/py.typed",
    ):
        assert wanted in names, wanted
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_it_works_away_from_the_checkout(wheel, tmp_path):
    """Unpacked into an empty folder, with this environment's libraries but not its wslgpu."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "sys.modules.pop('wslgpu', None)\n"
        "from wslgpu.packaged import packaged_folder\n"
        f"assert str(packaged_folder('templates')).startswith({str(site)!r}), packaged_folder('templates')\n"
        "from wslgpu.cli.main import main; sys.argv = ['wslgpu', *sys.argv[1:]]; main()\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    for words, codes in (
        (["doctor", "--format", "json"], (0, 1, 4)),
        (["explain", "wsl1-distro"], (0,)),
        (["setup", str(tmp_path / "p"), "--plan", "--profile", "cpu"], (0, 1)),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", code, *words],
            capture_output=True,
            timeout=120,
            env=environment,
            cwd=tmp_path,
            check=False,
        )
        assert ran.returncode in codes, ran.stderr.decode()
        assert b"Traceback" not in ran.stderr
