"""What the apps above know of an application that goes against ending it in favour of another.

They register at start-up, so that this app asks without knowing them.
"""

from collections.abc import Callable
from typing import Final

from applications.models import Application

_CHECKS: Final[list[Callable[[Application], str]]] = []


def register(check: Callable[[Application], str]) -> None:
    """`check` answers why the application has to go on, in words; empty where nothing speaks for that."""
    if check not in _CHECKS:
        _CHECKS.append(check)


def why_it_must_go_on(application: Application) -> str:
    return next((words for check in _CHECKS if (words := check(application))), "")
