"""A headless chromium of the distribution, driven through its path, and axe-core, fetched when the tests run.

`sh provision/docs.sh --browser` brings the rest. Where something cannot be had the tests are skipped, and say what.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.training.smoke_results import compared
from tests.training.test_tune import EVENTS
from wslgpu import __version__
from wslgpu.output import smoke_html
from wslgpu.training import tune_picture
from wslgpu.training.smoke_document import as_document
from wslgpu.training.tune_judge import judge_tune

TOP = Path(__file__).resolve().parents[2]
PHONE, DESKTOP = {"width": 375, "height": 812}, {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder carries the mark; without a site there is nothing to open."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not os.environ.get("WSLGPU_SITE"):
                item.add_marker(
                    pytest.mark.skip(reason="the browser tests are off (sh provision/docs.sh --browser runs them)")
                )


def find_chromium() -> str | None:
    """Debian's; installed where this is root on a machine with apt."""
    names = ("chromium", "chromium-browser")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
            subprocess.run(
                ["apt-get", "-q", *words],
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=900,
                check=False,
            )
        found = next(filter(None, map(shutil.which, names)), None)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (the extra browser)")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no chromium here, and apt-get could not install one")
    with playwright.sync_playwright() as p:
        opened = p.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's script, from the npm registry that this machine's npm knows; nothing of it is kept."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm here, which fetches axe-core")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run(
        [npm, "pack", "axe-core@4"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    packed = next(folder.glob("axe-core-*.tgz"), None)
    if packed is None:
        pytest.skip(f"npm could not fetch axe-core: {done.stderr.strip()[-200:]}")
    with tarfile.open(packed) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode("utf-8")


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The built site at an address of this machine."""
    folder = os.environ.get("WSLGPU_SITE", "")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Pages that wslgpu writes as one file each: name -> its file: address."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "wslgpu.toml").write_text('[environment]\nprofile = "gpu"\n', encoding="utf-8")
    report, recording = folder / "doctor.html", TOP / "tests/recordings/linux-driver-in-wsl.json"
    run("onboard", str(folder), "-o", str(folder))
    run("doctor", "--replay", str(recording), "--format", "html", "-o", str(report))
    run(
        "team",
        "report",
        *map(str, sorted(recording.parent.glob("w*.json"))),
        "--format",
        "html",
        "-o",
        f"{folder}/team.html",
    )
    (folder / "smoke.html").write_text(
        smoke_html.render_html(as_document(compared(), __version__, 0)), encoding="utf-8"
    )
    (folder / "tune.html").write_text(
        tune_picture.render_html(judge_tune("data:Pictures", EVENTS, True, 20.0)), encoding="utf-8"
    )
    return {"onboard": (folder / "onboarding.html").as_uri(), **{p.stem: p.as_uri() for p in folder.glob("[!o]*.html")}}


def run(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wslgpu", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr


@pytest.fixture
def visit(
    browser: Any, site: str, made: dict[str, str], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Any]]:
    """visit(name, dark=, phone=) opens a page; at the end no error, and no request to anywhere else, may have been seen."""
    contexts, wrong = [], []

    def go(name: str, *, dark: bool = False, phone: bool = False) -> Any:
        context = browser.new_context(color_scheme="dark" if dark else "light", viewport=PHONE if phone else DESKTOP)
        contexts.append(context)
        context.set_default_timeout(120_000)  # milliseconds; a slow machine takes longer than the half minute that is set
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.on(
            "console",
            lambda message: wrong.append(f"console: {message.text}") if message.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on(
            "request",
            lambda asked: wrong.append(f"request: {asked.url}") if not is_ours(asked.url, site, made) else None,
        )
        page.on("response", lambda got: wrong.append(f"{got.status}: {got.url}") if got.status >= 400 else None)
        page.goto(made.get(name) or f"{site}/{name}", wait_until="networkidle")
        if folder := os.environ.get("WSLGPU_SCREENSHOTS"):
            shade, size = "dark" if dark else "light", "phone" if phone else "desktop"
            label = name.strip("/").replace("/", "-").replace(".html", "") or "index"
            page.screenshot(path=f"{folder}/{label}-{size}-{shade}.png")
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


def is_ours(url: str, site: str, made: dict[str, str]) -> bool:
    return url.startswith((site + "/", "data:", "blob:" + site)) or url.partition("#")[0] in made.values()
