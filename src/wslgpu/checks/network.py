"""What can be told of the network without sending anything: names and certificates."""

from __future__ import annotations

from wslgpu.checks.model import BOTH, Check, Judgement, Status, found, known, well
from wslgpu.facts.model import Facts


def judge_dns(facts: Facts) -> Judgement:
    """No server is named, so no name can be looked up (microsoft/WSL#5256). A container may be meant to have none."""
    status: Status | None = None if facts.side == "wsl" else "info"
    if facts.network.broken_link is not None:
        return found(status, why=f"/etc/resolv.conf points to {facts.network.broken_link}, which is not there")
    servers = known(facts.network.nameservers)
    if servers is None:
        return found(status, why="there is no /etc/resolv.conf")
    return well(servers=", ".join(servers)) if servers else found(status, why="/etc/resolv.conf names no server")


def judge_certificates(facts: Facts) -> Judgement:
    """pip and uv stop at a bundle of certificates that is not there."""
    lost = facts.network.lost_certificates
    return found(variable=lost[0]) if lost else well()


CHECKS = (
    Check("dns-broken", "network", BOTH, judge_dns),
    Check("certificate-file-missing", "network", BOTH, judge_certificates),
)
