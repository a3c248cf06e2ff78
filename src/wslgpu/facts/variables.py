"""Environment variables that decide which libraries, which cards and which Python are taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wslgpu.facts.shapes import read_names, read_word
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import ListFolder, Variable, Want

NAMES = (
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "CUDA_VISIBLE_DEVICES",
    "PATH",
    "CONDA_PREFIX",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHOME",
    "TMPDIR",
    "NCCL_P2P_DISABLE",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
)
WANTS: tuple[Want, ...] = tuple(Variable(f"env.{name}", name) for name in NAMES)
LIBRARIES = "lib[cn][uv]*.so*"  # libcuda, libcudart, libcublas, libcudnn, libcufft, libnvrtc
MOST_FOLDERS = 12


@dataclass(frozen=True)
class Variables:
    """`values`: by name, None where it is not set. `library_folders`: NVIDIA's files by folder of LD_LIBRARY_PATH."""

    values: Mapping[str, str | Unknown | None]
    library_folders: Mapping[str, tuple[str, ...] | Unknown | None]

    def get(self, name: str) -> str | Unknown | None:
        """One variable."""
        return self.values.get(name, Unknown("not_recorded", name))


def library_folders(text: str | Unknown | None) -> tuple[str, ...]:
    """The folders of an LD_LIBRARY_PATH, in order."""
    if not isinstance(text, str):
        return ()
    return tuple(dict.fromkeys(folder.rstrip("/") or "/" for folder in text.split(":") if folder.startswith("/")))


def wants_of_library_folders(answers: Answers) -> tuple[Want, ...]:
    """The second question: what lies in the folders that the loader is told to search first."""
    folders = library_folders(read_word(answers, "env.LD_LIBRARY_PATH"))[:MOST_FOLDERS]
    return tuple(ListFolder(f"ld.folder:{folder}", folder, LIBRARIES) for folder in folders)


def read_variables(answers: Answers) -> Variables:
    """All of them."""
    values = {name: read_word(answers, f"env.{name}") for name in NAMES}
    folders = library_folders(values["LD_LIBRARY_PATH"])[:MOST_FOLDERS]
    return Variables(values, {folder: read_names(answers, f"ld.folder:{folder}") for folder in folders})
