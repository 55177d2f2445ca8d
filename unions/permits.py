"""The answer to "may this person do it now, and if not, why?", shared by every app's policies."""

from dataclasses import dataclass


class Refused(Exception):
    """A verb that may not happen; its text says which rule stands against it and what can be done now."""


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise `Refused` with the reason unless allowed."""
        if not self.allowed:
            raise Refused(self.reason)


ALLOWED = Decision(allowed=True)


def denied(reason: str) -> Decision:
    return Decision(allowed=False, reason=reason)
