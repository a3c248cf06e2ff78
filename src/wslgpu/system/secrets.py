"""Addresses carry logins (an index, a proxy): nothing that is shown, kept or sent on may hold them."""

from __future__ import annotations

import re

# Also without a password: a token may stand where the user's name stands.
LOGIN = r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@\"'<>\\]{1,512}@"


def hide_logins(text: str) -> str:
    """The text with `<login>` in place of what stands before the @ of any address."""
    if "://" not in text or "@" not in text:  # most reports; the pattern takes longer to compile than to find nothing
        return text
    return re.sub(LOGIN, r"\1<login>@", text)
