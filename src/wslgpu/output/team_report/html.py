"""The team's report as one HTML page that needs nothing else: a line a machine, to filter and to sort. Redacted.

It works with the keyboard alone, without scripts it is a plain table, and it asks nothing of any network.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape

from wslgpu.output.page import render_page
from wslgpu.output.redact import redact
from wslgpu.output.team_report.model import STATES, Machine, Team, rank_findings, rank_steps, say_names, say_source
from wslgpu.output.team_report.text import count_states

TABLE_STYLE = """
body{max-width:90rem} table{width:100%} .scroll table{min-width:44rem} .scroll table.short{min-width:0;width:auto}
th button{font:inherit;font-weight:bold;background:none;border:0;color:inherit;padding:0}
th[aria-sort=ascending] button::after{content:" ↑"} th[aria-sort=descending] button::after{content:" ↓"}
#tools{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:baseline;margin-bottom:.5rem} #tools[hidden]{display:none}
input,select{font:inherit;padding:.25rem .5rem} tr[hidden]{display:none} td.slugs code{display:inline-block}
.failed{color:var(--fail)} .missing,.unknown{color:var(--unknown)} .look{color:var(--warn)} .healthy{color:var(--ok)}
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
CLOSE_TABLE = "</tbody></table></div>"
COLUMNS = ("Machine", "State", "Findings", "Do first", "Side", "Profile", "Judged")


def render_team_html(team: Team) -> str:
    """The page: sums, then the table."""
    body = [
        f"<h1>wslgpu team report {escape(team.tool)}</h1>",
        f"<p>{escape(count_states(team))}.</p>",
        *_steps(team),
        *_findings(team),
        *_table(team),
        f"<script>{SCRIPT}</script>",
    ]
    return render_page("wslgpu team report", body, style=TABLE_STYLE)


def _open_table(caption: str, columns: tuple[str, ...], kind: str = "") -> str:
    """The head of a table that is moved inside its own box where a phone is too narrow for it, by the keyboard too.

    `kind`: attributes of the table.
    """
    heads = "".join(f'<th scope="col">{name}</th>' for name in columns)
    box = f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}">'
    return f"{box}<table{kind}><thead><tr>{heads}</tr></thead><tbody>"


@lru_cache(4096)
def _clean(text: str) -> str:
    """Redacted and escaped. Titles and commands repeat from machine to machine."""
    return escape(redact(text))


def _steps(team: Team) -> Iterator[str]:
    ranked = rank_steps(team)
    if ranked:
        yield "<h2>What to do first</h2>" + _open_table("What to do first", ("Machines", "Finding", "Command", "Which"))
        for step, names in ranked:
            where = f"{escape(step.where)}: " if step.where else ""
            command = _clean(step.command or f"wslgpu explain {step.slug}")
            yield (
                f"<tr><td>{len(names)}</td><td>{_clean(step.title)} <code>{escape(step.slug)}</code></td>"
                f"<td>{where}<code>{command}</code></td><td>{escape(say_names(names))}</td></tr>"
            )
        yield CLOSE_TABLE


def _findings(team: Team) -> Iterator[str]:
    ranked = rank_findings(team)
    if ranked:
        yield "<h2>Which finding stands on how many machines</h2>"
        columns = ("Machines", "Finding", "Of these it follows from another on")
        yield _open_table("Which finding stands on how many machines", columns, ' class="short"')
        for slug, number, rooted in ranked:
            yield f"<tr><td>{number}</td><td><code>{escape(slug)}</code></td><td>{number - rooted or ''}</td></tr>"
        yield CLOSE_TABLE
    if team.drifted:
        yield f"<h2>Drifted from the lock</h2><p>{escape(say_names(team.drifted, 200))}</p>"


def _table(team: Team) -> Iterator[str]:
    yield '<h2>Machines</h2><div id="tools" hidden><label>Filter <input id="words" type="search"></label>'
    yield '<label>State <select id="state"><option value="">all</option>'
    yield from (f'<option value="{state}">{word}</option>' for state, word in STATES.items() if team.states[state])
    yield '</select></label> <span id="left" role="status"></span></div>'
    heads = tuple(f'<button type="button">{name}</button>' for name in COLUMNS)
    yield _open_table("Machines", heads, ' id="machines"')
    order = list(STATES)
    yield from (_row(one, order.index(one.state), team.tool) for one in team.machines)
    yield CLOSE_TABLE


def _row(one: Machine, rank: int, tool: str) -> str:
    found = " ".join(f"<code>{escape(slug)}</code>" for slug in one.fired)
    first = ""
    if one.first is not None:
        where = f"{one.first.where}: " if one.first.where else ""
        first = f"{escape(where)}<code>{_clean(one.first.command or f'wslgpu explain {one.first.slug}')}</code>"
    return (
        f'<tr data-state="{one.state}"><th scope="row">{escape(one.name)}</th>'
        f'<td data-key="{rank}" class="{one.state}">{STATES[one.state]}</td>'
        f'<td class="slugs">{found}</td><td>{first}</td>'
        f"<td>{escape(one.side)}</td><td>{escape(one.profile)}</td>"
        f'<td data-key="{escape(one.when)}">{_clean(say_source(one, tool))}</td></tr>'
    )
