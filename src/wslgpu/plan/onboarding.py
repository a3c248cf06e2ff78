"""What a new developer of a team has to know, decided from the team's wslgpu.toml and its locks, and rendered. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wslgpu import __version__
from wslgpu.checks.catalog import FindingDoc, load_doc
from wslgpu.checks.model import Remedy
from wslgpu.errors import UserError
from wslgpu.facts.team import Team
from wslgpu.knowledge.releases import newest_stable
from wslgpu.plan.render import render
from wslgpu.plan.windows import DISTRIBUTION

PAGE = "onboarding/onboarding.md.j2"
FRAME = "onboarding/page.html.j2"
REMOTE = re.compile(r'^\[remote "origin"\]\s*\n(?:(?!\[).*\n?)*?\s*url\s*=\s*(\S+)', re.MULTILINE)


@dataclass(frozen=True)
class Subject:
    """What the page is about. `name`: the project's folder, as it is called in Ubuntu too; `remote`: where git has it
    from, without credentials, or None; `locked`: the profiles whose lock is committed; `distribution`: of WSL.
    `generic`: nobody's project yet, so that the page speaks of the folder that setup makes by itself.
    """

    name: str
    team: Team
    remote: str | None = None
    locked: tuple[str, ...] = ()
    distribution: str = DISTRIBUTION
    generic: bool = False

    @property
    def folder(self) -> str:
        """The project in Ubuntu, as it is typed; a name with a blank would need quoting that differs by shell."""
        return f"~/{self.name}"

    @property
    def tensorflow(self) -> str:
        """The release, as the team names it, else the newest stable one that wslgpu knows."""
        return self.team.tensorflow or newest_stable().version


def read_remote(git_config: str | None) -> str | None:
    """The address of `origin` in a .git/config; what stands before an @ of https is somebody's token, and left out."""
    found = REMOTE.search(git_config or "")
    return re.sub(r"(?<=://)[^/@]+@", "", found.group(1)) if found else None


def name_of(folder_name: str) -> str:
    """A folder's name as one word for both shells."""
    return re.sub(r"[^\w.-]+", "-", folder_name).strip("-.") or "wslgpu-train"


def render_onboarding(subject: Subject, *, today: str, show: Callable[[Remedy], str], over: str | None = None) -> str:
    """The page in Markdown. `over`: a folder whose templates/ win over wslgpu's; `show`: a remedy as one line.

    UserError where the template of a team names a finding that is not there, or something else that we do not give.
    """
    told: dict[str, FindingDoc] = {}

    def finding(slug: str) -> str:
        """A link to the finding's words further down, which come along because of it."""
        try:
            told[slug] = load_doc(slug)
        except KeyError:
            raise UserError(f"the onboarding template names the finding {slug!r}; docs/findings lists them") from None
        return f"[{slug}](#{slug})"

    def findings() -> list[Mapping[str, object]]:
        return [_words(doc, show) for _, doc in sorted(told.items())]

    return _render(
        PAGE,
        over,
        subject=subject,
        team=subject.team,
        version=__version__,
        today=today,
        finding=finding,
        findings=findings,
    )


def render_frame(body: str, title: str, *, over: str | None = None) -> str:
    """`body` (HTML) in a page that needs nothing else."""
    return _render(FRAME, over, body=body, title=title)


def _render(template: str, over: str | None, **values: object) -> str:
    from jinja2 import TemplateError

    try:
        return render(template, over=over, **values)
    except TemplateError as error:
        where = f" line {error.lineno}" if hasattr(error, "lineno") else ""
        raise UserError(f"the template {template}{where} cannot be rendered: {error}") from None


def _words(doc: FindingDoc, show: Callable[[Remedy], str]) -> Mapping[str, object]:
    """A finding for somebody who only reads: braces that a look at the machine would fill say so."""
    remedies = [
        {"place": remedy.where, "line": show(remedy)}
        for remedy in doc.remedies
        if not any("{" in word for word in remedy.argv) and remedy.where != "browser"
    ]
    return {
        "slug": doc.slug,
        "title": re.sub(r"\s*[:(]?\s*\{\w+(\.\.\.)?\}\)?", " ...", doc.title),
        "text": re.sub(r"^## (.*)$", r"**\1**\n", doc.text, flags=re.MULTILINE).strip(),
        "remedies": remedies,
    }
