"""Transcripts of our own making, and what is to be read off each (synthetic: invented versions, names, languages).

Name -> kind, text, the facts that it must give. Adding a case is adding an entry in the file of its kind.
"""

from __future__ import annotations

from tests.facts.transcripts.cases_machine import MACHINE_CASES
from tests.facts.transcripts.cases_training import TRAINING_CASES
from tests.facts.transcripts.cases_wsl import WSL_CASES

CASES = WSL_CASES | MACHINE_CASES | TRAINING_CASES
