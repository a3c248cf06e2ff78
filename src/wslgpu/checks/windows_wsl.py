"""WSL on this Windows: installed, allowed, new enough, with a distribution to work in, and does it answer?"""

from __future__ import annotations

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.checks.windows import windows_of
from wslgpu.facts.model import Facts
from wslgpu.facts.windows import read_words
from wslgpu.system.answers import Ran, Unknown

NOT_INSTALLED_EXIT = 50  # of `wsl.exe --status` on a Windows that has only the stub


def judge_policy(facts: Facts) -> Judgement:
    """Policies of the organization (microsoft/WSL wslpolicies.h); an absent one allows."""
    wsl = windows_of(facts).wsl
    if wsl.policies.get("allowwsl") == 0:
        return found(policy="AllowWSL")
    if wsl.policies.get("allowinboxwsl") == 0 and wsl.kind == "inbox":
        return found(policy="AllowInboxWSL")
    return well()


def judge_installed(facts: Facts) -> Judgement:
    """wsl.exe alone proves nothing: on Windows 11 it may be a stub that offers it (topgrade-rs/topgrade#494)."""
    wsl = windows_of(facts).wsl
    kind = known(wsl.kind)
    if kind == "none" and isinstance(wsl.status, Ran) and wsl.status.exit == 0:
        kind = "inbox"  # the registry holds nothing that we know, and yet it answers
    if kind == "none":
        return found()
    return well(version=f"WSL {wsl.version}" if wsl.version else "the WSL that came with Windows")


def judge_inbox(facts: Facts) -> Judgement:
    """Windows' own WSL is no longer kept up; the package is (microsoft/WSL#9039)."""
    wsl = windows_of(facts).wsl
    if known(wsl.kind) != "inbox":
        return well(version=wsl.version or "?")
    return found()


def judge_regression(facts: Facts) -> Judgement:
    """2.7.10 brought a kernel whose GPU driver hangs after hours (microsoft/WSL#41017)."""
    version = windows_of(facts).wsl.version
    return found(kernel=f"of WSL {version}") if version and version.startswith("2.7.10") else well()


def judge_hidden_user(facts: Facts) -> Judgement:
    """Under Administrator protection an elevated PowerShell is another user, with a hive without distributions."""
    windows = windows_of(facts)
    if not windows.session.admin_protection:
        return well()
    empty = windows.wsl.distributions == ()
    return found() if empty and known(windows.session.elevated) else well()


def judge_distribution(facts: Facts) -> Judgement:
    """Distributions belong to a user; those of Docker and the like do not count."""
    windows = windows_of(facts)
    if known(windows.wsl.kind) == "none" and not windows.wsl.distributions:
        return skip("WSL is not installed")
    own = [one for one in known(windows.wsl.distributions) if not one.is_tool]
    return well(distribution=", ".join(one.name for one in own)) if own else found()


def judge_generation(facts: Facts) -> Judgement:
    """`Flags & 8`; the value named Version says 2 for WSL 1, too (microsoft/WSL wslservice.idl)."""
    windows = windows_of(facts)
    own = [one for one in known(windows.wsl.distributions) if not one.is_tool]
    meant = next((one for one in own if one.name == windows.visit.name), own[0] if own else None)
    if meant is None:
        return skip("there is no distribution")
    if meant.generation == 1:
        return found(distribution=meant.name)
    return well(distribution=meant.name)


def judge_default(facts: Facts) -> Judgement:
    """`wsl` then opens Docker's own Alpine (microsoft/WSL#5923)."""
    wsl = windows_of(facts).wsl
    distributions = known(wsl.distributions)
    default = wsl.default
    own = [one for one in distributions if not one.is_tool]
    if default is None or not default.is_tool:
        return well(distribution=default.name if default else "none")
    return found(distribution=default.name, instead=own[0].name if own else "Ubuntu-24.04")


def judge_answering(facts: Facts) -> Judgement:
    """A stuck service hangs every form of wsl.exe (microsoft/WSL#9700); slow is not broken, so this stays unknown."""
    windows = windows_of(facts)
    if known(windows.wsl.kind) == "none":
        return skip("WSL is not installed")
    for answer in (windows.wsl.status, windows.visit.reached):
        if isinstance(answer, Unknown) and answer.reason == "timed_out":
            return found("unknown", what=answer.detail, reason=answer)
    if isinstance(windows.visit.reached, Unknown):
        code, said = read_words(windows.visit.said, windows.session.oem)
        if code is None:
            return found("unknown", what=said or windows.visit.reached.detail, reason=windows.visit.reached)
    return well(distribution=windows.visit.name or "no distribution")


def judge_service(facts: Facts) -> Judgement:
    """wsl.exe ended with a code of its own, which no language changes (microsoft/WSL#11736)."""
    windows = windows_of(facts)
    if not isinstance(windows.visit.reached, Unknown):
        return well()
    code, said = read_words(windows.visit.said, windows.session.oem)
    return found(error=code, said=said) if code else skip("wsl.exe named no error")


def judge_elevation(facts: Facts) -> Judgement:
    """The VM's GPU is usable from elevated or from normal terminals, whichever came first (microsoft/WSL#9099)."""
    session = windows_of(facts).session
    return found() if known(session.elevated) else well()


def judge_session_zero(facts: Facts) -> Judgement:
    """From ssh or a service the packaged WSL does not start (Microsoft's troubleshooting page)."""
    windows = windows_of(facts)
    return found() if known(windows.session.is_service) and windows.wsl.kind == "package" else well()


CHECKS = (
    Check("wsl-not-installed", "wsl", ("windows",), judge_installed, vital=True),
    Check("wsl1-distro", "wsl", ("windows",), judge_generation, vital=True),
    Check("wsl-blocked-by-policy", "wsl", ("windows",), judge_policy),
    Check("wsl-hidden-by-elevation", "wsl", ("windows",), judge_hidden_user),
    Check("wsl-inbox-old", "wsl", ("windows",), judge_inbox),
    Check("wsl-no-distro", "wsl", ("windows",), judge_distribution, vital=True),
    Check("docker-desktop-default", "wsl", ("windows",), judge_default),
    Check("wsl-service-broken", "wsl", ("windows",), judge_service),
    Check("wsl-not-answering", "wsl", ("windows",), judge_answering, vital=True),
    Check("wsl-2.7.10-dxg-hang", "wsl", ("windows",), judge_regression),
    Check("wsl-in-session-0", "wsl", ("windows",), judge_session_zero),
    Check("windows-elevated", "wsl", ("windows",), judge_elevation),
)
