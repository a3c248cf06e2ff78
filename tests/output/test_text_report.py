"""The report for a terminal: one cause on top, what follows folded under it, the next thing to do in the last line."""

from __future__ import annotations

import pytest

from wslgpu.checks.model import Finding, Remedy, Status
from wslgpu.output.glyphs import ASCII, UNICODE, Glyphs, glyphs_for
from wslgpu.output.report import Report
from wslgpu.output.text_report import render_text, show_command

REMEDY = Remedy("powershell", ("wsl.exe", "--set-version", "Ubuntu 24", "2"))


def finding(
    slug: str, status: Status = "fail", *, cause: str | None = None, area: str = "driver", **more: str
) -> Finding:
    return Finding(slug, status, f"title of {slug}", area, more, cause, (REMEDY,) if status == "fail" else ())


def render(*findings: Finding, glyphs: Glyphs = ASCII, verbose: bool = False) -> list[str]:
    import click

    report = Report("0", "wsl", "gpu", findings, 1, 0.25)
    return click.unstyle(render_text(report, glyphs, verbose=verbose)).splitlines()


def test_what_follows_is_folded_under_its_cause() -> None:
    lines = render(finding("root"), finding("child", cause="root"), finding("grandchild", cause="child"))
    assert lines[0] == "x title of root  [root]"
    assert lines[1] == '    -> PowerShell: wsl.exe --set-version "Ubuntu 24" 2'
    assert [line.strip() for line in lines[2:4]] == [
        "`- follows from it: title of child  [child]",
        "`- follows from it: title of grandchild  [grandchild]",
    ]
    assert lines[-1] == 'Next -> PowerShell: wsl.exe --set-version "Ubuntu 24" 2'


@pytest.mark.parametrize(
    "remedies", [(), (Remedy("powershell", ("notepad.exe", ".wslconfig")),)], ids=["none", "editor"]
)
def test_where_a_command_alone_does_not_mend_it_the_words_are_named(remedies: tuple[Remedy, ...]) -> None:
    lines = render(Finding("root", "fail", "title of root", "driver", remedies=remedies))
    assert "    -> wslgpu explain root says what to do" in lines
    assert "wslgpu explain root" in lines[-1]
    assert not any("wslgpu explain" in line for line in render(finding("root")))


def test_questions_without_an_answer_do_not_drown_the_cause() -> None:
    unknown = [finding(f"u{number}", "unknown", reason="not recorded: x") for number in range(40)]
    lines = render(finding("root"), *unknown)
    assert lines[0].startswith("x title of root")
    assert len(lines) < 14
    assert any("40 questions have no answer" in line for line in lines)
    assert any("and 34 more" in line for line in lines)


def test_open_questions_that_follow_are_counted_not_listed() -> None:
    lines = render(finding("root"), finding("a", "unknown", cause="root"), finding("b", "unknown", cause="root"))
    assert any("2 questions that it leaves without an answer" in line for line in lines)


def test_verbose_shows_what_was_passed_over_and_why() -> None:
    skipped = Finding("s", "skip", "this environment is for the CPU", "driver", {"why": "x"})
    assert any("s: this environment is for the CPU" in line for line in render(skipped, verbose=True))
    assert not any("this environment" in line for line in render(skipped))


def test_a_circle_of_causes_does_not_hang() -> None:
    render(finding("a", cause="b"), finding("b", cause="a"))


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "cp932", None, "no-such-encoding"])
def test_a_stream_without_the_marks_gets_ascii(encoding: str | None) -> None:
    assert glyphs_for(encoding) is ASCII
    text = "\n".join(render(finding("a"), finding("b", "ok"), finding("c", "unknown"), glyphs=glyphs_for(encoding)))
    text.encode("ascii")


def test_a_stream_with_them_gets_them() -> None:
    assert glyphs_for("utf-8") is UNICODE


@pytest.mark.parametrize(
    ("remedy", "line"),
    [
        (Remedy("ubuntu", ("pip", "install", "x<2")), "pip install 'x<2'"),
        (Remedy("ubuntu", ("cp", "-r", ".", "~/project")), "cp -r . ~/project"),
        (Remedy("powershell", ("wsl.exe", "-d", "My Ubuntu")), 'wsl.exe -d "My Ubuntu"'),
        (Remedy("browser", ("https://example.org",)), "https://example.org"),
    ],
)
def test_a_command_is_quoted_for_its_shell(remedy: Remedy, line: str) -> None:
    assert show_command(remedy) == line
