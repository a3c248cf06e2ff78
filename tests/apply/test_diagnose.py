"""What an installer's last words mean, and which stage of the way to an index breaks."""

from __future__ import annotations

import pytest

from wslgpu.apply.diagnose import diagnose, judge_stages, names_cause
from wslgpu.apply.model import StepFailed
from wslgpu.facts.index import IndexSettings, read_index, show
from wslgpu.system.answers import Answers, Content, Value
from wslgpu.system.reach import Stage

INDEX = IndexSettings("https://mirror.example/simple", "the variable PIP_INDEX_URL", False, None, None)
NAME, CONNECTION, TLS = (Stage(name, "ok") for name in ("name", "connection", "tls"))


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ("error: No space left on device (os error 28)", "disk-full"),
        ("OSError: [Errno 28] No space left on device", "disk-full"),
        ("cause: Read-only file system (os error 30)", "project-not-writable"),
        ("Hash mismatch for `pip==26.0`", "hash-mismatch"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash-mismatch"),
        ("ZIP structure was truncated", "download-cut"),
        ("urllib3.exceptions.IncompleteRead: IncompleteRead(1 bytes read)", "download-cut"),
    ],
)
def test_words_that_name_their_cause(said, slug, tmp_path):
    failure = diagnose(StepFailed("installing", "uv ended with 2", said), {}, str(tmp_path))
    assert failure.slug == slug
    assert "{" not in failure.why


@pytest.mark.parametrize(
    "said",
    [
        "ERROR: Could not find a version that satisfies the requirement numpy==99 (from versions: 1.0)\nNo matching",
        "Because only numpy<=2.5 is available and you require numpy==99, we can conclude",
        "error: unexpected argument",
    ],
)
def test_what_is_no_trouble_of_disk_or_network_stays_as_it_was(said, tmp_path):
    failure = StepFailed("resolving", "uv ended with 1", said)
    assert not names_cause(failure)
    assert diagnose(failure, {}, str(tmp_path)) is failure


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Because there is no version of tensorflow-cpu==2.20.0 and you require", "tensorflow-cpu==2.20.0:"),
        ("Because hatchling was not found in the package registry and you require", "hatchling:"),
        ("ERROR: Could not find a version that satisfies the requirement keras>=3 (from versions: none)", "keras:"),
    ],
)
def test_an_index_that_answers_and_has_nothing_is_named(said, name, tmp_path, monkeypatch):
    """A mirror, or a page to log in that a guest network puts before every address: uv and pip say the same of both."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://mirror.example/simple")
    failure = diagnose(StepFailed("resolving", "uv ended with 1", said, ("first",)), {}, str(tmp_path))
    assert failure.ways[0] == "first"
    assert f"http://mirror.example (named by the variable UV_DEFAULT_INDEX) answers and has no {name}" in failure.ways[1]
    assert failure.tail == said


def test_the_index_is_not_accused_where_a_python_could_not_be_fetched(tmp_path):
    said = "error: Failed to download `http://127.0.0.1:9/cpython.tar.gz`\n  cause: Connection refused (os error 111)"
    failure = StepFailed("fetching Python 3.12", "uv could not fetch it", said, ("name a mirror",), of_index=False)
    assert names_cause(failure)
    assert diagnose(failure, {}, str(tmp_path)) is failure


@pytest.mark.parametrize(
    ("stages", "proxy", "slug"),
    [
        ((Stage("name", "unknown name", "mirror.example: not known"),), None, "index-name-unknown"),
        ((Stage("name", "no answer", "10 s"),), None, "index-hangs"),
        ((NAME, Stage("connection", "refused")), None, "index-no-connection"),
        ((NAME, Stage("connection", "no answer")), None, "index-no-connection"),
        ((NAME, Stage("connection", "refused")), "http://proxy.example:1", "proxy-no-answer"),
        ((NAME, CONNECTION, Stage("proxy", "status", "407")), "http://u:p@proxy.example:1", "proxy-no-answer"),
        ((NAME, CONNECTION, Stage("tls", "untrusted", "self-signed")), None, "tls-interception"),
        ((NAME, CONNECTION, Stage("tls", "other name")), None, "index-other-name"),
        ((NAME, CONNECTION, Stage("tls", "not valid now")), None, "clock-skew"),
        ((NAME, CONNECTION, Stage("tls", "no tls")), None, "index-no-tls"),
        ((NAME, CONNECTION, TLS, Stage("index", "status", "503")), None, "index-refuses"),
        ((NAME, CONNECTION, TLS, Stage("index", "no answer")), None, "index-hangs"),
        ((NAME, CONNECTION, TLS, Stage("index", "ok", "200")), None, "index-hangs"),
    ],
)
def test_the_stage_that_breaks_is_the_finding(stages, proxy, slug):
    from wslgpu.checks.catalog import fill, load_doc

    cause = judge_stages(stages, INDEX.url or "", INDEX, proxy)
    assert cause.slug == slug
    assert "{" not in fill(load_doc(slug).title, cause.evidence)
    assert "u:p" not in str(cause)


def settings(**answers):
    found = {f"index.{name.replace('__', '.')}": value for name, value in answers.items()}
    return read_index(Answers(found))


def test_who_names_the_index_uvs_own_settings_first():
    conf = Content(b"[global]\nindex-url = https://pip.example/simple\n")
    uv = Content(b'index-url = "https://uv.example/simple"\n')
    assert settings(pip__user=conf).named_by == "~/.config/pip/pip.conf"
    assert settings(pip__user=conf, uv__system=uv).named_by == "/etc/uv/uv.toml"
    assert settings(pip__user=conf, env__PIP_INDEX_URL=Value("https://x.example")).url == "https://x.example"
    told = settings(env__UV_DEFAULT_INDEX=Value("https://a:b@m.example:8443/t0ken/simple"), pip__user=conf)
    assert (told.named_by, told.shown) == ("the variable UV_DEFAULT_INDEX", "https://m.example:8443")
    assert settings().url is None
    assert settings(pip__user=conf, env__PIP_CONFIG_FILE=Value("/dev/null")).url is None


@pytest.mark.parametrize(
    ("spared", "proxy"), [("", "http://p:1"), ("example", None), ("*", None), (".m.example", None), ("x", "http://p:1")]
)
def test_a_proxy_is_passed_by_where_no_proxy_says_so(spared, proxy):
    told = settings(
        env__UV_DEFAULT_INDEX=Value("https://m.example/simple"),
        env__HTTPS_PROXY=Value("http://p:1"),
        env__NO_PROXY=Value(spared),
    )
    assert told.proxy == proxy


def test_an_address_is_shown_without_what_may_be_secret():
    assert show("https://user:word@host/simple?token=1") == "https://host"
    assert show("file:///home/somebody/wheels") == "a folder of this machine"
