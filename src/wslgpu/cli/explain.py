"""`wslgpu explain`: a finding's page, an error code, a TensorFlow release, or what a pasted text shows."""

from __future__ import annotations

import difflib
import json
import re
import sys
from typing import Any

import click

from wslgpu.errors import UserError

PASTE_LIMIT = 8_000_000  # bytes of stdin that are read
PASTE_ENDS = 400_000  # bytes looked at, at either end of a longer text: what went wrong stands at one of them


@click.command("explain")
@click.argument("what", nargs=-1)
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", show_default=True)
def command(what: tuple[str, ...], form: str) -> int:
    """Explain a finding, an error code, a TensorFlow release, a card, a Python, or (with -) a text on standard input.

    \b
    Example:
      wslgpu explain wsl1-distro
      wslgpu explain 0x80370102
      wslgpu explain cuinit 303
      wslgpu explain tensorflow
      wslgpu explain tensorflow==2.21
      wslgpu explain RTX 5080
      wslgpu explain python 3.14
      wslgpu explain - < error.log
      wsl.exe -l -v 2>&1 | wslgpu explain -
    """
    subject = " ".join(what).strip()
    if subject not in ("", "-"):
        document = explain_subject(subject)
    else:
        data = read_stdin() if subject == "-" or not _at_terminal() else b""
        if not data.strip():
            raise UserError(
                "nothing to explain: name a finding, a code or tensorflow==X, or give a text to wslgpu explain -"
            )
        document = explain_paste(data)
    _show(document, form)
    return 0


def read_stdin() -> bytes:
    """Standard input as bytes, one more than `PASTE_LIMIT` at most; b"" where there is none."""
    stream = getattr(sys.stdin, "buffer", None)
    return stream.read(PASTE_LIMIT + 1) if stream is not None else b""


def _at_terminal() -> bool:
    return sys.stdin is None or sys.stdin.isatty()


def explain_paste(data: bytes) -> dict[str, Any]:
    """What a pasted text is, what was read off it, and the findings; any encoding, any order, torn or mixed."""
    from wslgpu.cli.finding_words import as_findings
    from wslgpu.facts.transcripts import phrases_of, recognize
    from wslgpu.knowledge.codes import describe_code
    from wslgpu.knowledge.pasted import match_facts
    from wslgpu.knowledge.symptoms import match_symptoms
    from wslgpu.system.decode import decode

    cut = len(data) > 2 * PASTE_ENDS
    tail = (len(data) - PASTE_ENDS) & ~1  # on an even place, so that UTF-16 stays whole
    text = decode(data[:PASTE_ENDS]) + "\n" + decode(data[tail:]) if cut else decode(data)
    recognized = recognize(text)
    by_facts = [match for item in recognized for match in match_facts(item.kind, item.facts)]
    healthy = any(item.facts.get("diagnosis") == "gpu_ok" for item in recognized)
    seen = [match for part in phrases_of(text) for match in match_symptoms(part)]
    by_text = [match for match in seen if not (healthy and match.slug == "no-nvidia-gpu")]
    return {
        "recognized": [
            {"kind": item.kind, "facts": item.facts, **describe_code(item.facts.get("code"))} for item in recognized
        ],
        "findings": as_findings([*by_facts, *by_text]),
        **({"note": f"only the first and the last {PASTE_ENDS} bytes were looked at"} if cut else {}),
    }


def explain_subject(subject: str) -> dict[str, Any]:
    """The answer for a word on the command line; UserError, with what is nearest, for one that nothing explains."""
    from wslgpu.cli.finding_words import commands_of, find_doc, known_slugs
    from wslgpu.knowledge.asked import read_asked
    from wslgpu.knowledge.codes import describe_family, find_codes, looks_like_code, nearest_codes
    from wslgpu.knowledge.explain_part import describe_part

    doc = find_doc(subject.lower())
    if doc:
        title = re.sub(r"\{\w+\}", "...", doc.title)
        return {"finding": {"slug": doc.slug, "status": doc.status, "title": title, "side": doc.side,
                            "links": list(doc.links), "text": doc.text, "remedy": commands_of(doc)}}  # fmt: skip
    asked = read_asked(subject)
    if asked:
        from wslgpu.cli.explain_release import explain_release
        from wslgpu.system.local import LocalHost

        return explain_release(asked.spec, LocalHost(), asked.notes)
    part = describe_part(subject)
    if part:
        return {"part": part}
    found = find_codes(subject)
    if found:
        return _explain_codes(found)
    from wslgpu.cli.explain_card import explain_card

    card = explain_card(subject)
    if card:
        return card
    if " " in subject:  # a message that was quoted instead of handed over on standard input
        pasted = explain_paste(subject.encode("utf-8", "replace"))
        if pasted["recognized"] or pasted["findings"]:
            return pasted
    near_codes = nearest_codes(subject)
    near_slugs = tuple(difflib.get_close_matches(subject.lower()[:80], known_slugs(), 3, 0.5))
    near = (*near_codes, *near_slugs) if looks_like_code(subject) else (*near_slugs, *near_codes)
    family = describe_family(re.split(r"[/\\]", subject)[-1])
    said = f"{subject!r} is no finding and no code that wslgpu knows"
    said += f" (it is {family})" if family else ""
    said += f"; the nearest: {', '.join(near[:4])}" if near else "; paste the whole message to `wslgpu explain -`"
    raise UserError(said)


def _explain_codes(found: tuple[Any, ...]) -> dict[str, Any]:
    from wslgpu.cli.finding_words import as_findings
    from wslgpu.knowledge.pasted import match_code

    matches = [match for code in found for match in match_code(code)]
    rows = [
        {"code": code.label, "meaning": code.meaning, "do": code.do, "source": code.source, "checked": code.checked}
        for code in found
    ]
    return {"codes": rows, "findings": as_findings(matches)}


def _show(document: dict[str, Any], form: str) -> None:
    if form == "json":
        sys.stdout.flush()
        sys.stdout.buffer.write((json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
        sys.stdout.buffer.flush()
        return
    from wslgpu.output.explanation import render_explanation
    from wslgpu.output.glyphs import glyphs_for

    click.echo(render_explanation(document, glyphs_for(sys.stdout.encoding)), nl=False)
