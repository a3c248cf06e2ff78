"""What mkdocs does not do by itself: pages made from the code's own data, findings without their front matter."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

TOP = Path(__file__).resolve().parents[2]

PLACES = {"sh": "Ubuntu", "powershell": "PowerShell"}


def on_files(files: Files, config: Any) -> Files:
    """The generated pages join those that are written by hand."""
    sys.path.insert(0, str(TOP))  # here: mkdocs puts the path back when it has loaded this file
    from docs.generate.evidence_pages import render_evidence
    from docs.generate.findings_pages import render_catalogue
    from docs.generate.matrix import render_matrix
    from docs.generate.onboarding_sample import render_sample
    from docs.generate.pictures import make_pictures
    from docs.generate.reference import render_reference

    pages = {
        "reference.md": render_reference(),
        "matrix.md": render_matrix(),
        "findings/index.md": render_catalogue(),
        "evidence.md": render_evidence(),
        "contributing.md": _from_top("CONTRIBUTING.md"),
        "changes.md": _from_top("CHANGELOG.md"),
        "onboarding-sample.html": render_sample(),
        **{f"pictures/{name}": picture for name, picture in make_pictures().items()},
    }
    for path, content in pages.items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Findings get their title and commands; every block of commands says where it is typed."""
    path = page.file.src_uri
    if path.startswith("findings/") and path != "findings/index.md":
        from docs.generate.findings_pages import render_finding

        markdown = render_finding(Path(path).stem, markdown)
    return re.sub(
        r"^```(sh|powershell)$", lambda found: f'```{found[1]} title="{PLACES[found[1]]}"', markdown, flags=re.M
    )


def _from_top(name: str) -> str:
    """A page of the repository's top; its links to docs/ become the site's own."""
    text = (TOP / name).read_text(encoding="utf-8")
    text = re.sub(r"\]\(docs/findings/README\.md\)", "](findings/index.md)", text)
    return re.sub(r"\]\(docs/", "](", text)
