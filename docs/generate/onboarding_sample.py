"""An onboarding page as `wslgpu onboard` writes it where no team has said anything, for the site."""

from __future__ import annotations

from wslgpu.facts.team import Team
from wslgpu.output.markdown_html import render_markdown_html
from wslgpu.output.text_report import show_command
from wslgpu.plan.onboarding import Subject, render_frame, render_onboarding


def render_sample() -> str:
    """The HTML page. Its date is that of no day: the site must not change by itself."""
    page = render_onboarding(
        Subject("wslgpu-train", Team(), generic=True), today="the day you make it", show=show_command
    )
    return render_frame(render_markdown_html(page), "From a Windows PC to training")
