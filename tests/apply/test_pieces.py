"""The small moves: swap, set aside, clash, lock lines, uninstall."""

from __future__ import annotations

from pathlib import Path

import pytest

from wslgpu.apply.clash import find_clash, read_clash
from wslgpu.apply.installer import look_at_index, mirrored_settings
from wslgpu.apply.register import register, registered
from wslgpu.apply.swap import set_aside, swap_link
from wslgpu.apply.uninstall import find_made, remove
from wslgpu.apply.uv import NAMED, system_certificates
from wslgpu.facts.locks import read_lock


def test_swap_replaces_a_link_and_leaves_no_helper(tmp_path):
    link = tmp_path / ".venv"
    swap_link(link, "one")
    swap_link(link, "two")
    assert str(link.readlink()) == "two"
    assert [path.name for path in tmp_path.iterdir()] == [".venv"]


def test_swap_does_not_replace_a_folder(tmp_path):
    (tmp_path / ".venv").mkdir()
    with pytest.raises(OSError, match=r"."):
        swap_link(tmp_path / ".venv", "two")
    assert (tmp_path / ".venv").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [".venv"]


@pytest.mark.parametrize("exchange", [True, False])
def test_set_aside_keeps_what_was_there(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr("wslgpu.apply.swap._exchange", lambda first, second: False)
    source, target = tmp_path / ".venv", tmp_path / ".venv.before"
    source.mkdir()
    (source / "precious").touch()
    target.mkdir()  # an earlier one is there already
    where = set_aside(source, target, ".wslgpu/venvs/a")
    assert where == tmp_path / ".venv.before-2"
    assert (where / "precious").exists()
    assert str(source.readlink()) == ".wslgpu/venvs/a"


@pytest.mark.parametrize(
    ("ours", "theirs", "clash"),
    [
        (["tensorflow-cpu==2.21.0"], ["tensorflow==2.18"], ("`tensorflow-cpu==2.21.0` (wslgpu)", "tensorflow==2.18")),
        (["tensorflow==2.21.0"], ["tensorflow>=2.20"], None),
        (["tensorflow==2.21.0"], ["numpy", "-r other.txt", "# tensorflow==1"], None),
    ],
)
def test_a_direct_clash_is_found(ours, theirs, clash):
    assert find_clash(ours, theirs) == clash


@pytest.mark.parametrize(
    "said",
    [
        "Because tensorflow-cpu==2.21.0 depends on numpy>=1.26.0 and you require tensorflow-cpu==2.21.0, we can",
        "The conflict is caused by:\n    The user requested numpy==1.20.0\n    tensorflow-cpu 2.21.0 depends on numpy>=1.26.0",
    ],
)
def test_an_indirect_clash_is_read_off_uv_and_pip(said):
    ours, theirs = read_clash(said, ["numpy==1.20.0"])
    assert "numpy>=1.26.0" in ours
    assert "tensorflow-cpu" in ours
    assert theirs == "numpy==1.20.0"


def test_a_lock_is_read_by_canonical_names():
    text = "# comment\nFlask_Thing==1.0 \\\n    --hash=sha256:aa\nnumpy[extra]==2.0 ; python_version > '3'\n    # via x==3\n"
    assert read_lock(text) == {"flask-thing": "1.0", "numpy": "2.0"}


def test_a_mirror_that_pip_knows_is_handed_to_uv_unless_it_has_its_own(monkeypatch):
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert mirrored_settings() == {"UV_DEFAULT_INDEX": "https://mirror.example/simple"}
    monkeypatch.setenv("UV_INDEX_URL", "https://own.example/simple")
    assert mirrored_settings() == {}


def test_uninstall_takes_only_what_wslgpu_made(tmp_path):
    folder = tmp_path / "project"
    (folder / ".wslgpu/venvs/a").mkdir(parents=True)
    (folder / "requirements").mkdir()
    (folder / "requirements/cpu.in").write_text("# Made by wslgpu 0\n")
    (folder / "requirements/cpu.lock").write_text("# wslgpu-inputs: x\n")
    (folder / "requirements/gpu.lock").write_text("somebody's own\n")
    (folder / "train.py").write_text("mine\n")
    (folder / ".venv").symlink_to(".wslgpu/venvs/a")
    register(str(folder))
    made = find_made([str(folder)])
    assert {path.path.name for path in made} == {".venv", ".wslgpu", "cpu.in", "cpu.lock"}
    assert all(why == "" for _, why in remove(made))
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == [
        "requirements",
        "requirements/gpu.lock",
        "train.py",
    ]
    assert registered() == ()


def test_uninstall_leaves_a_foreign_venv(tmp_path):
    (tmp_path / ".venv").mkdir()
    elsewhere = tmp_path / "linked"
    elsewhere.mkdir()
    (elsewhere / ".venv").symlink_to(Path("/usr"))
    assert find_made([str(tmp_path), str(elsewhere)]) == ()


@pytest.mark.parametrize(
    ("help_text", "settings"),
    [("--system-certs", {"UV_SYSTEM_CERTS": "1"}), ("--native-tls", {"UV_NATIVE_TLS": "1"}), ("--offline", {})],
)
def test_uv_trusts_the_systems_store_by_the_name_that_its_release_has_for_it(
    tmp_path, monkeypatch, help_text, settings
):
    for name in NAMED:
        monkeypatch.delenv(name, raising=False)
    uv, store = tmp_path / "uv", tmp_path / "store.crt"
    uv.write_text(f"#!/bin/sh\necho '  {help_text}'\n")
    uv.chmod(0o755)
    assert system_certificates(str(uv), store) == {}, "there is no store"
    store.touch()
    assert system_certificates(str(uv), store) == settings
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/company.pem")
    assert system_certificates(str(uv), store) == {}, "another was named"


def test_what_pip_conf_says_is_handed_to_uv(monkeypatch, tmp_path):
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL", "SSL_CERT_FILE",
                 "PIP_EXTRA_INDEX_URL", "PIP_CERT", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    conf = tmp_path / ".config/pip/pip.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(
        "[global]\nindex-url = https://someone:secret@mirror.example/simple\ncert = /etc/company.pem\n"
        "extra-index-url = file:///opt/wheels\nproxy = http://proxy.example:3128\n"
    )
    assert mirrored_settings() == {
        "UV_DEFAULT_INDEX": "https://someone:secret@mirror.example/simple",
        "SSL_CERT_FILE": "/etc/company.pem",
        "HTTPS_PROXY": "http://proxy.example:3128",
    }
    told = look_at_index()
    assert (told.shown, told.named_by) == ("https://mirror.example", "~/.config/pip/pip.conf")
    uv = tmp_path / ".config/uv/uv.toml"
    uv.parent.mkdir()
    uv.write_text('[[index]]\nurl = "https://uv.example/simple"\ndefault = true\n')
    assert look_at_index().named_by == "~/.config/uv/uv.toml"
    assert "UV_DEFAULT_INDEX" not in mirrored_settings()


@pytest.mark.parametrize("wheels_only", [True, False])
def test_pip_fetches_nothing_by_itself_where_a_lock_stands(monkeypatch, tmp_path, wheels_only):
    """Its own update has no hash: it belongs to resolving alone. Source archives are built with tools without one."""
    from wslgpu.apply import pip
    from wslgpu.system.answers import Ran

    asked = []
    monkeypatch.setattr(pip, "call", lambda step, argv, *_, **__: asked.append(argv) or Ran(0))
    installer = pip.Pip({})
    installer.make_venv(tmp_path / "venv", "/usr/bin/python3", "name")
    installer.install(tmp_path / "venv", tmp_path / "cpu.lock", wheels_only=wheels_only, tell=print)
    assert [argv for argv in asked if "install" in argv and "--require-hashes" not in argv] == []
    assert not any("--upgrade" in argv for argv in asked)
    assert ("--only-binary" in asked[-1]) is wheels_only


def test_a_package_without_a_wheel_is_built_and_the_lock_says_so(tmp_path):
    from wslgpu.apply.model import StepFailed
    from wslgpu.apply.resolve import may_build, write_lock
    from wslgpu.plan.model import Resolve

    (tmp_path / ".wslgpu").mkdir()
    lock, told = tmp_path / "requirements/cpu.lock", []
    step = Resolve(f"{tmp_path}/requirements/cpu.in", "x\n", str(lock), "# wslgpu-inputs: a\n", "3.12", ())

    def resolve(sources, fresh, *, wheels_only):
        if wheels_only:
            raise StepFailed("resolving", "uv ended with 1", "Because x==1 has no usable wheels and you require x")
        fresh.write_text("x==1 \\\n    --hash=sha256:00\n")

    assert write_lock(step, tmp_path, resolve, told.append) == {"x": "1"}
    assert may_build(lock.read_text())
    assert "no hash covers" in told[0]
    assert not may_build("# wslgpu-inputs: a\nx==1\n")
