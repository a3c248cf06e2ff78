"""What the user can put right is a `UserError`; everything else that is raised is a fault of wslgpu."""

from __future__ import annotations


class UserError(Exception):
    """Bad input. The text is one clear sentence that names the input and the way out; the exit code is 2."""


class Interrupted(Exception):
    """A person or a service manager asked to stop (Ctrl-C, SIGTERM, SIGHUP); the exit code is 130."""
