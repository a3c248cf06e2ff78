"""Why an installer failed: the finding behind its last words, or the stage at which the network breaks."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from wslgpu.apply.installer import look_at_index
from wslgpu.apply.model import StepFailed
from wslgpu.checks.catalog import fill, load_doc
from wslgpu.facts.index import BUILT_IN, IndexSettings, proxy_for, show, wants_of_index
from wslgpu.plan.sizes import spell_bytes
from wslgpu.system.local import LocalHost
from wslgpu.system.reach import Stage, reach
from wslgpu.system.wants import Space

# A finding's slug, and what pip and uv say then. The first that fits wins; what the disk says goes before all else.
WORDS = (
    ("disk-full", r"No space left on device|os error 28\b|Errno 28\b|Disk quota exceeded"),
    (
        "project-not-writable",
        r"Read-only file system|Permission denied|(?:os error|Errno) (?:30|13)\b",
    ),
    ("hash-mismatch", r"Hash mismatch for|DO NOT MATCH THE HASHES"),
    (
        "download-cut",
        r"ZIP structure was truncated|Failed to read from zip file|Invalid zip file structure|IncompleteRead"
        r"|end of file before message length|error decoding response body|BadZipFile|is not a zip file"
        r"|File is not a zip file|error while extracting|has an invalid wheel|unexpected EOF",
    ),
)
NETWORK = re.compile(
    r"Failed to fetch|dns error|error sending request|Max retries|NewConnectionError|ConnectTimeout|ReadTimeout"
    r"|Connection (?:refused|reset|aborted|broken|to \S+ timed out)|client error \(Connect\)|operation timed out"
    r"|HTTP (?:status|error)|\b(?:401|403|407|5\d\d) (?:Unauthorized|Forbidden|Proxy|Internal|Bad|Service|Gateway)"
    r"|authentication credentials|invalid peer certificate|CERTIFICATE_VERIFY_FAILED|SSLError|ProxyError"
    r"|Could not fetch URL|gave no answer within",
    re.IGNORECASE,
)
# An index that answers and has nothing: a mirror that lacks it, or a page to log in that stands before every address.
LACKS = re.compile(
    r"there (?:is no version|are no versions) of ([\w.-]+(?:==[\w.]+)?)"
    r"|Because ([\w.-]+) was not found in the package registry"
    r"|requirement ([\w.-]+)\S* \(from versions: none\)"
)
STATUS = re.compile(r"\((\d{3}) [A-Z][\w ]+\)|\b([45]\d\d) (?:Client|Server) Error")


REACH_DEADLINE_S = 10.0
FEW_FILES = 10_000  # an environment has some


@dataclass(frozen=True)
class Cause:
    """A finding and its evidence."""

    slug: str
    evidence: Mapping[str, str]


def names_cause(failure: StepFailed) -> bool:
    """Whether the last words name a cause that is no clash of requirements."""
    said = f"{failure.why}\n{failure.tail}"
    return read_words(said) is not None or bool(NETWORK.search(said))


def diagnose(
    failure: StepFailed, variables: Mapping[str, str], folder: str, *, offline: str | None = None
) -> StepFailed:
    """The same failure in the words of its finding; as it was where nothing is recognized."""
    if failure.slug:
        return failure
    said = f"{failure.why}\n{failure.tail}"
    slug = read_words(said)
    if slug is not None:
        return _tell(failure, Cause(slug, _evidence(failure, slug, folder)))
    if offline is not None or not failure.of_index:
        return failure
    if not NETWORK.search(said):
        return _tell_lack(failure, said, variables)
    url, index, proxy = _address(variables)
    if url is None or urlsplit(url).scheme not in ("http", "https"):
        return failure
    stages = reach(url, proxy=proxy, deadline_s=REACH_DEADLINE_S)
    cause = judge_stages(stages, url, index, proxy, said)
    way = " > ".join(f"{stage.name}: {stage.outcome if stage.outcome != 'ok' else 'well'}" for stage in stages)
    return _tell(failure, cause, f"looked at {show(url)} (named by {index.named_by}): {way}")


def read_words(said: str) -> str | None:
    """The finding that an installer's words name by themselves; the network's are left to a look at it."""
    return next((slug for slug, words in WORDS if re.search(words, said)), None)


def judge_stages(stages: tuple[Stage, ...], url: str, index: IndexSettings, proxy: str | None, said: str = "") -> Cause:
    """The finding of the stage that broke. All well now: it broke on the way, or for a while."""
    last = stages[-1]
    facts = {"index": show(url), "named_by": index.named_by, "why": f"{last.outcome} ({last.detail})"}
    if proxy and last.name in ("name", "connection", "proxy") and last.outcome != "ok":
        return Cause("proxy-no-answer", {**facts, "proxy": show(proxy)})
    if last.name == "tls" and last.outcome in ("untrusted", "other name", "not valid now", "no tls"):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        if last.outcome == "not valid now":
            return Cause("clock-skew", {**facts, "skew": f"the certificate of {show(url)} is not valid on {now}"})
        slugs = {"untrusted": "tls-interception", "other name": "index-other-name", "no tls": "index-no-tls"}
        return Cause(slugs[last.outcome], facts)
    if last.outcome == "status":
        return Cause("index-refuses", {**facts, "status": last.detail})
    if last.outcome == "unknown name":
        return Cause("index-name-unknown", {**facts, "why": last.detail})
    if last.outcome in ("refused", "no way there") or (last.name == "connection" and last.outcome != "ok"):
        return Cause("index-no-connection", facts)
    if last.outcome in ("no answer", "failed"):
        return Cause("index-hangs", facts)
    status = STATUS.search(said)
    if status:
        return Cause("index-refuses", {**facts, "status": status[1] or status[2]})
    return Cause("index-hangs", {**facts, "why": "it answers now, and did not while packages were fetched"})


def _address(variables: Mapping[str, str]) -> tuple[str | None, IndexSettings, str | None]:
    named = variables.get("UV_DEFAULT_INDEX")
    team = (named, os.environ[named]) if named and os.environ.get(named) else None
    index = look_at_index(team)
    url, proxy = index.url, index.proxy
    if url is None:
        answers = LocalHost().ask([BUILT_IN, *wants_of_index(os.path.expanduser("~"))])
        told = answers.ran(BUILT_IN.id)
        text = getattr(told, "stdout", b"").decode("utf-8", "replace").strip()
        url = text if text.startswith("http") else None
        proxy = proxy_for(url, answers) if url else None
    named_proxy = os.environ.get(variables.get("HTTPS_PROXY", ""), "")
    return url, index, named_proxy or proxy or (index.pip_file.proxy if index.pip_file else None)


PACKAGE = re.compile(
    r"(?:Hash mismatch for|Failed to download|structure of) `([^`]+)`|^ +([\w.-]+==[\w.]+) from", re.MULTILINE
)


def _evidence(failure: StepFailed, slug: str, folder: str) -> dict[str, str]:
    if slug == "disk-full":
        told = LocalHost().ask([Space("room", folder)]).value("room")
        free, inodes = (told.get(key) if isinstance(told, Mapping) else None for key in ("free", "inodes_free"))
        spelt = spell_bytes(free) if isinstance(free, int) else "little"
        if isinstance(inodes, int) and inodes < FEW_FILES:  # df shows room, and no file can be made (df -i)
            spelt = f"room for {inodes} more files (inodes)"
        return {"free": spelt, "where": folder, "needed": "more"}
    found = PACKAGE.search(failure.tail)
    return {"package": (found[1] or found[2]) if found else "a package", "folder": folder}


def _tell_lack(failure: StepFailed, said: str, variables: Mapping[str, str]) -> StepFailed:
    """The same failure, with the index that had nothing of a name among the ways out."""
    lack = LACKS.search(said)
    if lack is None:
        return failure
    url, index, _proxy = _address(variables)
    whose = f"{show(url)} (named by {index.named_by})" if url else "the package index"
    way = (
        f"{whose} answers and has no {lack[1] or lack[2] or lack[3]}: the name or version is wrong, it is a "
        "mirror that lacks it, or this network shows a page to log in first (open any address in a browser)"
    )
    return StepFailed(failure.step, failure.why, failure.tail, (*failure.ways, way))


def _tell(failure: StepFailed, cause: Cause, looked: str = "") -> StepFailed:
    doc = load_doc(cause.slug)
    ways = tuple(
        (f"in PowerShell: {' '.join(r.argv)}" if r.where.startswith("powershell") else " ".join(r.argv))
        for r in doc.remedies
        if r.where != "browser" and not any("{" in word for word in r.argv)
    )
    kept = "nothing is lost: what stood there before still stands; run the same command again afterwards"
    tail = "\n".join(filter(None, (failure.tail, looked)))
    return StepFailed(failure.step, fill(doc.title, cause.evidence), tail, (*ways, kept), cause.slug)
