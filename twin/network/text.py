"""Names from a map are untrusted text: what could deceive a reader is removed."""

from __future__ import annotations

import re
from typing import Final

# C0 and C1 controls, line and paragraph separators, marks and overrides of
# writing direction, zero-width characters that join nothing, byte order mark.
_UNWANTED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\ufeff\u200b]"
)


def clean_text(text: str) -> str:
    """Return `text` without control and direction characters.

    Markup stays as it is: escaping belongs to whoever writes HTML, CSV or a
    terminal line, because only they know their own rules.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNWANTED.sub(" ", text).strip() if _UNWANTED.search(text) else text
