"""What audit and tune are told: bad forms are one sentence that names them and the way out."""

from __future__ import annotations

import pytest

from wslgpu.cli.target import check_arguments, check_target
from wslgpu.errors import UserError


@pytest.mark.parametrize("target", ["data.pictures:Seq", "train.py:Seq", "my seq.py:Seq", "a-b/c.py:Maker.make"])
def test_modules_and_files_are_taken(target):
    assert check_target(target) == target


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("pictures", "not MODULE:NAME"),
        ("my-seq:Seq", "'my-seq' is no module's name"),
        ("train.py:", "not MODULE:NAME"),
        ("train.ipynb:Seq", "train.ipynb is a notebook.*into a .py file"),
    ],
)
def test_bad_targets(target, words):
    with pytest.raises(UserError, match=words):
        check_target(target)


@pytest.mark.parametrize("text", ['{"path":', "path=x", "**{}", "1)("])
def test_arguments_that_are_no_literals(text):
    with pytest.raises(UserError, match="write literals as in a call"):
        check_arguments(text)
