"""Small words with a shape and a colour, and tabs that count: what lists and cards of both sides show."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Badge:
    """Words with a shape and a colour: `tone` is a class of the style sheet, `icon` a name of the sprite."""

    words: str
    tone: str = ""
    icon: str = "circle"


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A view of a list as a link, with how much waits in it. `urgent`: someone waits for an answer."""

    name: str
    words: str
    count: int = 0
    urgent: bool = False
