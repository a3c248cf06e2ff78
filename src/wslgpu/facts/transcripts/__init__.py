"""Readers of what programs print and people paste. Each is pure: ``read_<kind>(text) -> <Reading> | None``.

None means: this text is not that, or cannot be told. `recognize` finds all of them in one paste.
"""

from wslgpu.facts.transcripts.keras_error import KerasError, read_keras_error
from wslgpu.facts.transcripts.kernel import Kernel, read_kernel
from wslgpu.facts.transcripts.nvidia_smi import NvidiaSmi, SmiGpu, read_nvidia_smi
from wslgpu.facts.transcripts.pip_error import PipError, read_pip_error
from wslgpu.facts.transcripts.recognize import Recognized, facts_of, phrases_of, recognize
from wslgpu.facts.transcripts.tf_log import TfLog, read_tf_log
from wslgpu.facts.transcripts.windows_build import WindowsBuild, read_windows_build
from wslgpu.facts.transcripts.wsl_error import WslError, read_wsl_error
from wslgpu.facts.transcripts.wsl_list import Distribution, WslList, read_wsl_list, read_wsl_list_quiet
from wslgpu.facts.transcripts.wsl_status import WslStatus, read_wsl_status
from wslgpu.facts.transcripts.wsl_version import WslVersion, read_wsl_version

__all__ = [
    "Distribution",
    "KerasError",
    "Kernel",
    "NvidiaSmi",
    "PipError",
    "Recognized",
    "SmiGpu",
    "TfLog",
    "WindowsBuild",
    "WslError",
    "WslList",
    "WslStatus",
    "WslVersion",
    "facts_of",
    "phrases_of",
    "read_keras_error",
    "read_kernel",
    "read_nvidia_smi",
    "read_pip_error",
    "read_tf_log",
    "read_windows_build",
    "read_wsl_error",
    "read_wsl_list",
    "read_wsl_list_quiet",
    "read_wsl_status",
    "read_wsl_version",
    "recognize",
]
