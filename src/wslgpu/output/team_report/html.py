"""The team's report as one HTML page that needs nothing else: a line a machine, to filter and to sort. Redacted.

It works with the keyboard alone, without scripts it is a plain table, and it asks nothing of any network.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape

from wslgpu.output.page import STYLE
from wslgpu.output.redact import redact
from wslgpu.output.team_report.model import STATES, Machine, Team, rank_findings, rank_steps, say_names, say_source
from wslgpu.output.team_report.text import count_states

TABLE_STYLE = """
body { max-width: 90rem; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #8884; }
th button { font: inherit; font-weight: bold; background: none; border: 0; color: inherit; padding: 0; }
th[aria-sort=ascending] button::after { content: " ↑"; } th[aria-sort=descending] button::after { content: " ↓"; }
input, select { font: inherit; padding: .25rem .5rem; }
tr[hidden] { display: none; } td code { overflow-wrap: anywhere; }
.failed { color: #b00020; } .missing, .unknown { color: #6a1b9a; }
.look { color: #8a5600; } .healthy { color: #1b6e2b; }
@media (prefers-color-scheme: dark) { .failed { color: #ff8a93; } .missing, .unknown { color: #d9a5ef; }
.look { color: #ffc266; } .healthy { color: #86d993; } }
"""
SCRIPT = """
const body = document.querySelector("#machines tbody"), rows = [...body.rows];
const words = document.querySelector("#words"), state = document.querySelector("#state");
const texts = rows.map((row) => row.textContent.toLowerCase());
function filter() {
  const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let left = 0;
  rows.forEach((row, at) => {
    const fits = (!state.value || row.dataset.state === state.value)
      && wanted.every((word) => texts[at].includes(word));
    row.hidden = !fits;
    left += fits;
  });
  document.querySelector("#left").textContent = `${left} of ${rows.length} shown`;
}
document.querySelectorAll("#machines th button").forEach((button, column) => button.addEventListener("click", () => {
  const head = button.parentElement, up = head.getAttribute("aria-sort") !== "ascending";
  document.querySelectorAll("#machines th").forEach((th) => th.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const key = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
  const ordered = rows.map((row) => [key(row), row]);
  ordered.sort((a, b) => (up ? 1 : -1) * a[0].localeCompare(b[0], "en", { numeric: true }));
  body.append(...ordered.map((pair) => pair[1]));
}));
words.addEventListener("input", filter);
state.addEventListener("change", filter);
document.querySelector("#tools").hidden = false;
filter();
"""
COLUMNS = ("Machine", "State", "Findings", "Do first", "Side", "Profile", "Judged")


def render_team_html(team: Team) -> str:
    """The page: sums, then the table."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>wslgpu team report</title><style>{STYLE}{TABLE_STYLE}</style></head><body>",
            f"<h1>wslgpu team report {escape(team.tool)}</h1>",
            f"<p>{escape(count_states(team))}.</p>",
            *_steps(team),
            *_findings(team),
            *_table(team),
            f"<script>{SCRIPT}</script></body></html>",
            "",
        ]
    )


@lru_cache(4096)
def _clean(text: str) -> str:
    """Redacted and escaped. Titles and commands repeat from machine to machine."""
    return escape(redact(text))


def _steps(team: Team) -> Iterator[str]:
    ranked = rank_steps(team)
    if ranked:
        yield "<h2>What to do first</h2><table><tr><th>Machines</th><th>Finding</th><th>Command</th><th>Which</th></tr>"
        for step, names in ranked:
            where = f"{escape(step.where)}: " if step.where else ""
            command = _clean(step.command or f"wslgpu explain {step.slug}")
            yield (
                f"<tr><td>{len(names)}</td><td>{_clean(step.title)} <code>{escape(step.slug)}</code></td>"
                f"<td>{where}<code>{command}</code></td><td>{escape(say_names(names))}</td></tr>"
            )
        yield "</table>"


def _findings(team: Team) -> Iterator[str]:
    ranked = rank_findings(team)
    if ranked:
        yield "<h2>Which finding stands on how many machines</h2>"
        yield "<table><tr><th>Machines</th><th>Finding</th><th>Of these it follows from another on</th></tr>"
        for slug, number, rooted in ranked:
            yield f"<tr><td>{number}</td><td><code>{escape(slug)}</code></td><td>{number - rooted or ''}</td></tr>"
        yield "</table>"
    if team.drifted:
        yield f"<h2>Drifted from the lock</h2><p>{escape(say_names(team.drifted, 200))}</p>"


def _table(team: Team) -> Iterator[str]:
    yield '<h2>Machines</h2><p id="tools" hidden><label>Filter <input id="words" type="search"></label>'
    yield '<label>State <select id="state"><option value="">all</option>'
    yield from (f'<option value="{state}">{word}</option>' for state, word in STATES.items() if team.states[state])
    yield '</select></label> <span id="left" role="status"></span></p>'
    heads = "".join(f'<th scope="col"><button type="button">{name}</button></th>' for name in COLUMNS)
    yield f'<table id="machines"><thead><tr>{heads}</tr></thead><tbody>'
    order = list(STATES)
    yield from (_row(one, order.index(one.state), team.tool) for one in team.machines)
    yield "</tbody></table>"


def _row(one: Machine, rank: int, tool: str) -> str:
    found = " ".join(f"<code>{escape(slug)}</code>" for slug in one.fired)
    first = ""
    if one.first is not None:
        where = f"{one.first.where}: " if one.first.where else ""
        first = f"{escape(where)}<code>{_clean(one.first.command or f'wslgpu explain {one.first.slug}')}</code>"
    return (
        f'<tr data-state="{one.state}"><td>{escape(one.name)}</td>'
        f'<td data-key="{rank}" class="{one.state}">{STATES[one.state]}</td><td>{found}</td><td>{first}</td>'
        f"<td>{escape(one.side)}</td><td>{escape(one.profile)}</td>"
        f'<td data-key="{escape(one.when)}">{_clean(say_source(one, tool))}</td></tr>'
    )
