"""What this system was told of the network. Nothing is looked up and nothing is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wslgpu.facts.shapes import Thing, read_thing
from wslgpu.system.answers import Answers, Unknown
from wslgpu.system.wants import Inspect, ReadFile, Want

RESOLV = ReadFile("network.resolv", "/etc/resolv.conf")
RESOLV_LINK = Inspect("network.resolv_link", "/etc/resolv.conf")
WANTS = (RESOLV, RESOLV_LINK)
CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")


@dataclass(frozen=True)
class Network:
    """`nameservers`: of /etc/resolv.conf, empty where it names none; None where there is no such file.

    `broken_link`: where /etc/resolv.conf points, when nothing stands there. `lost_certificates`: variables whose file
    is not there.
    """

    nameservers: tuple[str, ...] | Unknown | None
    broken_link: str | None
    lost_certificates: tuple[str, ...]


def wants_of_certificates(answers: Answers) -> tuple[Want, ...]:
    """The second question: do the files exist that the certificate variables name."""
    named = ((name, answers.value(f"env.{name}")) for name in CERTIFICATE_VARIABLES)
    return tuple(Inspect(f"certificate:{name}", path) for name, path in named if isinstance(path, str) and path)


def read_network(answers: Answers) -> Network:
    """From /etc/resolv.conf and the variables alone."""
    text = answers.text(RESOLV.id)
    link = read_thing(answers, RESOLV_LINK.id)
    lost = [
        f"{name}={path}"
        for name in CERTIFICATE_VARIABLES
        if isinstance(path := answers.value(f"env.{name}"), str)
        and path
        and read_thing(answers, f"certificate:{name}") is None
    ]
    return Network(
        nameservers=tuple(re.findall(r"^\s*nameserver\s+(\S+)", text, re.MULTILINE)) if isinstance(text, str) else text,
        broken_link=link.target if isinstance(link, Thing) and link.kind == "broken" else None,
        lost_certificates=tuple(lost),
    )
