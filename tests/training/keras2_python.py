"""Prints a python that has TensorFlow 2.15, the last one with Keras 2: python keras2_python.py FOLDER.

Made in FOLDER with the first interpreter found here that it has wheels for, and kept there. Exit code 1, with the
reason on stderr, where there is none. For .ci/run: the tests take it by WSLGPU_TEST_TF215_PYTHON.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
from matrix import RELEASES, find_interpreters, make_venv

RELEASE = "2.15.1"


def main(folder: Path) -> int:
    python = folder / "bin" / "python"
    if python.exists() and subprocess.run([python, "-I", "-c", "import tensorflow"], check=False).returncode == 0:
        print(python)
        return 0
    found = find_interpreters()
    version = next((version for version in reversed(RELEASES[RELEASE][0]) if version in found), None)
    if version is None:
        print(f"TensorFlow {RELEASE} needs Python {' or '.join(RELEASES[RELEASE][0])}; none is here", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    broken = make_venv(folder, found[version], RELEASE)
    print(broken or python, file=sys.stderr if broken else sys.stdout)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
