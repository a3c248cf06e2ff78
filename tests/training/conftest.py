"""Pythons that have TensorFlow: WSLGPU_TEST_TF_PYTHON (any), WSLGPU_TEST_TF215_PYTHON (Keras 2.15)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def named_python(variable: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} names no python that has TensorFlow")
    return Path(value)


@pytest.fixture(scope="session")
def tf_python() -> Path:
    return named_python("WSLGPU_TEST_TF_PYTHON")


@pytest.fixture(params=["WSLGPU_TEST_TF_PYTHON", "WSLGPU_TEST_TF215_PYTHON"])
def each_tf_python(request: pytest.FixtureRequest) -> Path:
    return named_python(request.param)
