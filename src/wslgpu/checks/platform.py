"""Is this WSL 2, and a kernel and a distribution that TensorFlow can live on?"""

from __future__ import annotations

from wslgpu.checks.model import Check, Judgement, found, known, skip, well
from wslgpu.facts.model import Facts


def judge_wsl1(facts: Facts) -> Judgement:
    """WSL 1 has no kernel of its own, so no GPU (Microsoft's "Comparing WSL versions")."""
    generation = known(facts.kernel.wsl_generation)
    if generation == 0:
        return skip("no WSL here")
    kernel = known(facts.kernel.release)
    name = facts.machine.distribution or "Ubuntu"
    return found(kernel=kernel, distribution=name) if generation == 1 else well(kernel=kernel)


CHECKS = (Check("wsl1-distro", "system", ("wsl",), judge_wsl1, vital=True),)
