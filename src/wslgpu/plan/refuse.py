"""What setup will not do, said before anything was spent."""

from __future__ import annotations

from wslgpu.facts.model import Facts
from wslgpu.facts.mounts import WINDOWS_FILE_SYSTEMS
from wslgpu.knowledge.compat import footprint, pythons_of
from wslgpu.plan.choices import Target
from wslgpu.plan.desired import Desired
from wslgpu.plan.model import Refusal
from wslgpu.plan.python_wish import allows
from wslgpu.plan.sizes import spell_bytes
from wslgpu.system.answers import Unknown


def refuse_folder(facts: Facts, desired: Desired) -> Refusal | None:
    """A folder that cannot hold a venv, or holds somebody else's."""
    project, folder = facts.project, desired.folder
    if project.kind not in ("folder", "none") and not isinstance(project.kind, Unknown):
        why = f"{folder} is a {project.kind}, not a folder"
        return Refusal("folder-not-usable", why, ("name a folder, or one that does not exist yet",), usage=True)
    if isinstance(project.kind, Unknown):
        why = f"{folder} cannot be looked at ({project.kind})"
        return Refusal("folder-not-usable", why, ("name a folder of your own",), usage=True)
    read_only = not isinstance(project.mount, Unknown) and project.mount.read_only
    if project.writable is False or read_only:
        why = f"{folder} is not writable for this user"
        return Refusal("folder-not-usable", why, ("name a folder of your own, below your home say",), usage=True)
    if not isinstance(project.mount, Unknown) and "noexec" in project.mount.options:
        # Its python would start, being a link, and no compiled module of it could be loaded.
        why = f"{folder} lies on {project.mount.point}, which is mounted noexec: nothing compiled loads there"
        elsewhere = ("name a folder on another disk, below your home say", "or have it mounted without noexec")
        return Refusal("folder-not-usable", why, elsewhere, usage=True)
    if not isinstance(project.mount, Unknown) and project.mount.kind in WINDOWS_FILE_SYSTEMS:
        why = f"{folder} lies on a Windows drive ({project.mount.kind}), where a venv is slow and its links break"
        ways = ("name a folder in the Linux file system, such as ~/train; the data may stay where it is",)
        return Refusal("venv-on-drvfs", why, ways, usage=True)
    if project.venv_kind == "foreign" and not desired.replace:
        why = f"{folder}/.venv was not made by wslgpu, and is left as it is"
        return Refusal(
            "venv-foreign", why, ("name another folder", "or add --replace, which moves it aside"), usage=True
        )
    return None


def refuse_room(facts: Facts, target: Target) -> Refusal | None:
    """Not enough room for what will be unpacked. The downloads come on top only where the cache lies elsewhere."""
    needed, room = footprint(target.release, target.profile).disk_bytes, facts.project.room
    if needed is None or isinstance(room, Unknown) or room >= needed:
        return None
    here = f"{facts.project.folder} has {spell_bytes(room)} free"
    ways = ["make room, or name a folder on a larger disk"]
    if target.profile == "gpu":
        ways.append("or take --profile cpu, which needs a fraction")
    return Refusal("disk-full", f"the {target.profile} profile needs {spell_bytes(needed)}, and {here}", tuple(ways))


def refuse_python(facts: Facts, desired: Desired, target: Target) -> Refusal:
    """No interpreter fits, and none can be fetched."""
    machine = facts.machine.architecture
    architecture = "x86_64" if isinstance(machine, Unknown) else machine
    served = pythons_of(target.release, profile=target.profile, machine=architecture)
    serves = ", ".join(_spell(version) for version in served)
    release = f"TensorFlow {target.release.version}"
    if desired.python is not None and not any(allows(desired.python, version) for version in served):
        why = f"{release} has no wheels for Python {desired.python}; it has them for {serves}"
        return Refusal("python-unsupported", why, ("name one of those with --python, or leave it out",), usage=True)
    wanted = f"Python {desired.python}" if desired.python else f"Python that {release} has wheels for ({serves})"
    ways = (
        "let uv fetch one: `uv python install 3.12`, then this command again",
        "or take a distribution that brings one: in PowerShell, `wsl --install -d Ubuntu-24.04`",
    )
    return Refusal("python-unsupported", f"there is no usable {wanted} here; found: {name_pythons(facts)}", ways)


def name_pythons(facts: Facts) -> str:
    """What was found, with what keeps one from being used: "3.11, 3.12 (conda's, which is not used)"."""
    found = facts.pythons.found
    if isinstance(found, Unknown):
        return "could not be told"
    spelt = {_spell(p.version) + (" (conda's, which is not used)" if p.is_conda else "") for p in found}
    return ", ".join(sorted(spelt)) or "none"


def _spell(version: tuple[int, ...]) -> str:
    return f"{version[0]}.{version[1]}"
