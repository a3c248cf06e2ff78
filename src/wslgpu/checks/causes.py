"""Which finding explains which: a finding whose cause holds too is folded under it.

The causes of each slug stand in order: the first that holds is named. Keep the table free of circles (a test holds it).
A key `unknown:AREA` says what makes the questions of an area unanswerable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# No GPU reaches this system, from the outside inwards.
NO_GPU = ("wsl1-distro", "wsl-arm64", "gpu-support-false", "custom-kernel-no-dxg", "kernel-too-old", "dxg-missing")
# The GPU is there and Windows' library is not.
NO_LIBRARY = (*NO_GPU, "win-driver-missing", "gpu-switched-off", "driver-mount-incomplete")
# The library is there and another one is taken, or it is refused.
WRONG_LIBRARY = (
    "linux-driver-in-wsl",
    "libcuda-stub",
    "ld-path-system-first",
    "gpu-access-blocked",
    "elevation-mismatch",
)
NO_CUDA = (*NO_LIBRARY, "wsl-lib-not-in-loader", *WRONG_LIBRARY, "cuda-init-crashed", "cuda-init-hangs")

CAUSES: Mapping[str, Sequence[str]] = {
    # system
    "kernel-too-old": ("wsl1-distro", "win-build-too-old"),
    "wsl-inbox-old": ("wsl1-distro",),
    "distro-musl": ("docker-desktop-default",),
    "rootfs-readonly": ("disk-full",),
    # driver
    "dxg-missing": NO_GPU[:-1],
    "win-driver-missing": NO_GPU,
    "gpu-switched-off": NO_GPU,
    "driver-mount-incomplete": NO_GPU,
    "wsl-lib-not-in-loader": ("distro-musl", *NO_LIBRARY),
    "gpu-access-blocked": (*NO_LIBRARY, "linux-driver-in-wsl", "gpu-tcc-mode", "win-driver-too-old"),
    "elevation-mismatch": (
        *NO_LIBRARY,
        "linux-driver-in-wsl",
        "libcuda-stub",
        "ld-path-system-first",
        "gpu-access-blocked",
        "win-driver-too-old",
    ),
    "cuda-init-crashed": (*NO_LIBRARY, *WRONG_LIBRARY, "win-driver-too-old"),
    "cuda-init-hangs": (*NO_LIBRARY, *WRONG_LIBRARY, "wsl-2.7.10-dxg-hang", "win-driver-too-old"),
    "cuda-no-device": (
        "cuda-visible-devices",
        *NO_LIBRARY,
        *WRONG_LIBRARY,
        "driver-590-drops-pascal",
        "win-driver-too-old",
        "linux-driver-too-old",
    ),
    "cuda-init-failed": (
        *NO_LIBRARY,
        "wsl-lib-not-in-loader",
        *WRONG_LIBRARY,
        "win-driver-too-old",
        "linux-driver-too-old",
    ),
    "win-driver-segfault": ("linux-driver-in-wsl",),
    "apt-source-pulls-driver": ("linux-driver-in-wsl",),
    "dpkg-half-configured": ("linux-driver-in-wsl",),
    "unknown:driver": NO_CUDA,
    "unknown:card": NO_CUDA,
    # card
    "cudnn-drops-pascal": ("gpu-cc-too-old", "driver-590-drops-pascal", "ld-path-foreign-cuda"),
    # environment
    "ld-path-foreign-cuda": ("conda-mixed",),
    "python-unsupported": ("distro-musl",),
    "python-too-old": ("distro-musl",),
    "tf-cannot-dlopen": (
        "venv-base-gone",
        "python-prerelease-trap",
        "tf-cpu-build",
        "tf-cuda-extra-missing",
        "tf-216-217-wheel-path",
        "cuda-major-mismatch",
        "cudnn-mismatch",
        "conda-mixed",
        "ld-path-foreign-cuda",
        "ld-path-system-first",
        *NO_LIBRARY,
        "wsl-lib-not-in-loader",
    ),
    "keras-dead-worker-hang": ("oom-killed",),
    "torch-coinstall": ("cudnn-mismatch", "cuda-major-mismatch"),
    "numpy2-abi": ("python-prerelease-trap",),
    "protobuf-clash": ("python-prerelease-trap",),
    "libdevice-missing": ("tf-cuda-extra-missing", "cuda-major-mismatch"),
    "notebook-other-kernel": ("venv-base-gone",),
    # room
    "project-not-writable": ("rootfs-readonly",),
    "tmp-too-small": ("disk-full",),
    "dataset-on-drvfs": ("venv-on-drvfs",),
    "memory-low": ("oom-killed",),
}
