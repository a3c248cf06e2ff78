"""A WSL distribution as a host: one `wsl.exe -d NAME -e sh` for the whole look, with nothing installed inside."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from wslgpu.system.answers import Answer, Answers, Ran, Unknown
from wslgpu.system.conversation import Conversation, open_conversation
from wslgpu.system.distribution_reply import read_reply
from wslgpu.system.distribution_script import END, LONGEST_S, render_script
from wslgpu.system.host import Side
from wslgpu.system.wants import Registry, Want, WindowsSession

# A virtual machine that starts, and a distribution in it, before the first question is heard.
START_S = 30.0
VISIT_ID = "windows.distribution"
KEPT = 4096  # bytes of what wsl.exe said where the distribution could not be reached
ENVIRONMENT = {"WSL_UTF8": "1", "WSL_DISABLE_WARNINGS": "1"}


@dataclass
class DistributionHost:
    """Its shell stays open: a second question needs no second start. `argv` ends in it: (wsl.exe, -d, X, -e, sh).

    Ask the small want VISIT_ID first: where the distribution cannot be reached its answer says how wsl.exe ended, or
    why it was ended, and all others read unreachable. Call `close` at the end.
    """

    argv: tuple[str, ...]
    start_s: float = START_S
    answer_s: float = LONGEST_S + 5.0
    _shell: Conversation | None = field(default=None, repr=False)
    _failure: Answer | None = None
    _tried: bool = False
    _heard: bool = False

    @property
    def side(self) -> Side:
        """The inside of WSL."""
        return "wsl"

    def ask(self, wants: Sequence[Want]) -> Answers:
        """All at once; where the distribution cannot be reached each reads unreachable, and it is not tried again."""
        mine = [want for want in wants if not isinstance(want, (Registry, WindowsSession))]
        elsewhere: dict[str, Answer] = {
            want.id: Unknown("not_applicable", "a question to Windows") for want in wants if want not in mine
        }
        if not self._tried:
            self._open()
        found = self._exchange(mine) if self._shell is not None else None
        if found is None:
            why = self._failure.detail if isinstance(self._failure, Unknown) else "wsl.exe could not look into it"
            found = {want.id: Unknown("unreachable", why) for want in mine}
            if self._failure is not None and not self._heard:
                found[VISIT_ID] = self._failure
        return Answers({**elsewhere, **found})

    def close(self) -> None:
        """End the shell; nothing of it is left."""
        if self._shell is not None:
            self._shell.end()
            self._shell = None

    def _open(self) -> None:
        self._tried = True
        try:
            self._shell = open_conversation(self.argv, ENVIRONMENT)
        except FileNotFoundError:
            self._failure = Unknown("unreachable", f"there is no {self.argv[0]}")
        except OSError as error:
            self._failure = Unknown("denied", f"{self.argv[0]}: {error}")

    def _exchange(self, wants: Sequence[Want]) -> dict[str, Answer] | None:
        assert self._shell is not None
        token = os.urandom(8).hex()
        self._shell.say(render_script(wants, token).encode("utf-8"))
        said, whole = self._shell.hear(f"\n{END}{token}\n".encode(), self.answer_s if self._heard else self.start_s)
        answers = read_reply(said, wants, token)
        if not self._heard and not whole and not answers:
            self._give_up(said)
            return None
        self._heard = True
        cut = Unknown("malformed", "the distribution's reply was cut off before this answer")
        if not whole:  # a question that blocks the shell itself (a dead mount): it would not hear the next ones either
            cut = Unknown("timed_out", "the distribution's shell stopped answering before this question")
            self._shell.end(patience_s=0.0)
            self._shell, self._failure = None, cut
        return {want.id: answers.get(want.id, cut) for want in wants}

    def _give_up(self, said: bytes) -> None:
        assert self._shell is not None
        over = self._shell.said_all or self._shell.process.poll() is not None
        code = self._shell.end(patience_s=3.0 if over or said else 0.0)  # a busy machine takes its time to end one
        said = (said or bytes(self._shell.errors))[:KEPT]
        self._shell = None
        if code is None and not said:
            detail = f"{' '.join(self.argv[:3])} gave no answer within {self.start_s:g} s and was ended"
            self._failure = Unknown("timed_out", detail)
        else:  # it said something else; one that waits at a prompt for a key was ended
            self._failure = Ran(-1 if code is None else code, said, b"")
