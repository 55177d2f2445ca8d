"""What is public record of an application, and what must stay while somebody objects."""

from collections.abc import Collection

from publicity.models import Award, Objection
from publicity.states import ObjectionState


def titled(ids: Collection[int]) -> list[int]:
    """Whoever was commended by name, revoked titles included: that a title was taken away is public too."""
    return list(Award.objects.filter(application__in=ids).values_list("application_id", flat=True))


def objected(ids: Collection[int]) -> dict[int, str]:
    rows = Objection.objects.filter(application__in=ids, state=ObjectionState.OPEN)
    return dict.fromkeys(rows.values_list("application_id", flat=True), "公示的异议正在处理，处理结束前依法保留")
