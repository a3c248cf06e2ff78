"""A tensorflow made of numpy that has a GPU, and breaks as told; the kernels' payload imports it as `tensorflow`.

WSLGPU_FAKE is a JSON object: version, gpus, capability, and for an operation (matmul, conv, gradient, jit) its fault:
"crash", "hang", "wrong", "nan", "elsewhere" (runs on the CPU), or a text that is raised. "mark": a file
that is made once "hang" has begun.
"""

import contextlib
import json
import os
import signal
import sys
import time

import numpy as np

plan = json.loads(os.environ["WSLGPU_FAKE"])
__version__ = plan.get("version", "2.21.0")
float32 = "float32"
place = ["CPU:0"]


class InternalError(Exception):
    pass


class Tensor:
    def __init__(self, array, where=None):
        self.array, self.device = (
            np.asarray(array, "float32"),
            "/job:localhost/replica:0/task:0/device:" + (where or place[0]),
        )

    def numpy(self):
        return self.array

    def __mul__(self, other):
        made = Tensor(self.array * other.array)
        if hasattr(self, "inputs"):  # a convolution's result: what its gradient needs goes along
            made.inputs, made.weights = self.inputs, other.array
        return made

    def __neg__(self):
        return Tensor(-self.array)


def done(name, array):
    fault = plan.get(name)
    if fault == "crash":
        sys.stderr.write("F0000 Check failed: cudnn\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGSEGV)
    elif fault == "hang":
        if "mark" in plan:
            open(plan["mark"], "w").close()
        time.sleep(600)
    elif fault in ("wrong", "nan"):
        return Tensor(array * 0.0 if fault == "wrong" else array * float("nan"))
    elif fault == "elsewhere":
        return Tensor(array, "CPU:0")
    elif fault:
        raise InternalError(fault)
    return Tensor(array)


class Gpu:
    name = "/physical_device:GPU:0"


class config:  # noqa: N801
    list_physical_devices = staticmethod(lambda kind: [Gpu()] * plan.get("gpus", 1))
    set_soft_device_placement = staticmethod(lambda on: None)

    class experimental:  # noqa: N801
        set_memory_growth = staticmethod(lambda gpu, on: None)
        set_visible_devices = staticmethod(lambda gpus, kind: None)
        enable_tensor_float_32_execution = staticmethod(lambda on: None)
        get_device_details = staticmethod(
            lambda gpu: {"device_name": "Fake GPU", "compute_capability": tuple(plan.get("capability", (8, 6)))}
        )


@contextlib.contextmanager
def device(name):
    place[0] = name.strip("/")
    yield


def constant(array, dtype):
    return Tensor(array)


def matmul(a, b):
    return done("matmul", a.array @ b.array)


def convolve(x, kernel):
    size = x.shape[1] - 2
    return sum(
        np.einsum("nhwc,co->nhwo", x[:, i : i + size, j : j + size, :], kernel[i, j])
        for i in range(3)
        for j in range(3)
    )


class nn:  # noqa: N801
    @staticmethod
    def conv2d(x, kernel, stride, padding):
        made = done("conv", convolve(x.array, kernel.array))
        made.inputs = (x.array, kernel.array)
        return made


class GradientTape:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def watch(self, tensor):
        pass

    def gradient(self, total, sources):
        (x, kernel), weights = total.inputs, total.weights
        by_x, by_kernel = np.zeros_like(x), np.zeros_like(kernel)
        size = weights.shape[1]
        for i in range(3):
            for j in range(3):
                by_kernel[i, j] = np.einsum("nhwc,nhwo->co", x[:, i : i + size, j : j + size, :], weights)
                by_x[:, i : i + size, j : j + size, :] += np.einsum("nhwo,co->nhwc", weights, kernel[i, j])
        return [done("gradient", by_x), done("gradient", by_kernel)]


def reduce_sum(tensor):
    return tensor


def function(body, jit_compile=None):
    return lambda *arguments: done("jit", body(*arguments).array)


def tanh(tensor):
    return Tensor(np.tanh(tensor.array))


def exp(tensor):
    return Tensor(np.exp(tensor.array))


def square(tensor):
    return Tensor(np.square(tensor.array))
