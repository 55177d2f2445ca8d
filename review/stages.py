"""What a kind of stage must be able to do, and which kinds there are.

Apps above register theirs at start-up, so that opening and closing a stage never imports upward.
"""

from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from campaigns.models import Stage
from unions.models import Member


class StageKind(Protocol):
    """A kind of stage. The engine locks campaign and stage, asks for rights, and records; the kind knows its business."""

    @property
    def kind(self) -> str:
        """The word the rule set uses."""
        ...

    def on_open(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Prepare what the stage needs; raise `Refused` for what the engine does not support."""
        ...

    def missing(self, stage: Stage, *, at: datetime) -> list[str]:
        """What stands against closing, one sentence each, in words an officer can act on."""
        ...

    def on_close(self, stage: Stage, *, actor: Member, at: datetime) -> None:
        """Give every entrant an outcome."""
        ...


@runtime_checkable
class InformsOnly(Protocol):
    """A kind that decides nothing: everybody passes, and the reason of the outcome is a figure for those who decide later."""

    @property
    def informs_only(self) -> bool: ...

    def decides(self, stage: Stage) -> bool:
        """Whether the rules of this stage make it decide all the same, so that its outcomes are told like others."""
        ...


stage_kinds: Final[dict[str, StageKind]] = {}


def register(kind: StageKind) -> None:
    """Make a kind known; a second one of the same name is a mistake of the programmer."""
    known = stage_kinds.get(kind.kind)
    if known is not None and type(known) is not type(kind):
        raise ValueError(f"stage kind {kind.kind} is registered twice")
    stage_kinds[kind.kind] = kind


def informing() -> list[str]:
    """The kinds whose outcomes are a reference only."""
    return [name for name, kind in stage_kinds.items() if isinstance(kind, InformsOnly) and kind.informs_only]


def informs(stage: Stage) -> bool:
    """Whether this stage decides nothing."""
    return stage.kind in informing() and not _deciding(stage_kinds[stage.kind], stage)


def _deciding(kind: object, stage: Stage) -> bool:
    return isinstance(kind, InformsOnly) and kind.decides(stage)
