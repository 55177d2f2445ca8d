"""The hands that hold a meeting of the leading group in the tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from applications.models import Application
from review import selectors_meetings
from review.models_meetings import AgendaItem, Meeting
from review.services import meeting_votes, meetings
from review.services.meetings import Attended, Motion
from review.states import Matter, Presence
from tests.review.stagecraft import Play, fresh
from unions.models import Member


class Sitting:
    """One meeting: convened, attended and opened by the first leader, its items by their place on the agenda."""

    def __init__(self, play: Play, *motions: Motion, absent: Sequence[Member] = (), opened: bool = True) -> None:
        self.play = play
        self.pk = meetings.convene_meeting(
            play.campaign,
            held_on=play.now().date(),
            place="总工会三楼会议室",
            chair=play.leader,
            motions=motions,
            actor=play.leader,
            at=play.now(),
            recorder="沈办公",
        ).pk
        self.attend(absent=absent)
        if opened:
            meetings.open_meeting(self.meeting, actor=play.leader, at=play.now())

    @property
    def meeting(self) -> Meeting:
        return Meeting.objects.select_related("campaign__union", "union", "chair").get(pk=self.pk)

    def item(self, number: int = 1) -> AgendaItem:
        rows = AgendaItem.objects.select_related("meeting__campaign__union", "stage__campaign__union", "investigation")
        return rows.prefetch_related("votes").get(meeting=self.pk, number=number)

    def attend(self, *, absent: Sequence[Member] = (), employers: Mapping[int, str] | None = None) -> None:
        meetings.set_attendance(
            self.meeting,
            attended={
                one.pk: Attended(Presence.EXCUSED, note="出差")
                if one in absent
                else Attended(Presence.PRESENT, (employers or {}).get(one.pk, "示例区总工会机关"))
                for one in selectors_meetings.leaders(self.play.union)
            },
            actor=self.play.leader,
            at=self.play.now(),
        )

    def propose(
        self, *rows: Mapping[str, Any], item: int = 1, reason: str = "", text: str = "会议研究了有关事项"
    ) -> None:
        meetings.propose(
            self.item(item), proposal=rows, text=text, reason=reason, actor=self.play.leader, at=self.play.now()
        )

    def recuse(self, member: Member, application: Application, reason: str = "曾为师徒") -> Any:
        return meetings.recuse_member(
            self.meeting, member, application, reason=reason, actor=fresh(member), at=self.play.now()
        )

    def hands(self, *counts: Sequence[int], item: int = 1, each: bool = False) -> Any:
        """A show of hands: the figures of every question in turn."""
        found = self.item(item)
        asked = selectors_meetings.by_hands(
            found,
            selectors_meetings.waiting_questions(
                found, selectors_meetings.room_of(found.meeting), each=each or self.secret(item)
            ),
        )
        return meeting_votes.count_hands(
            found,
            counts={one.key: three for one, three in zip(asked, counts, strict=True)},
            shown=meeting_votes.seen(asked),
            each=each,
            actor=self.play.leader,
            at=self.play.now(),
        )

    def secret(self, item: int = 1) -> bool:
        return selectors_meetings.rule_of(self.item(item)).vote == "secret_ballot"

    def open_vote(self, item: int = 1) -> Any:
        return meeting_votes.open_vote(self.item(item), actor=self.play.leader, at=self.play.now())

    def vote(self, member: Member, answer: str | Mapping[int, str], item: int = 1) -> Any:
        """One member's vote: the same on everybody, or by application id."""
        vote = selectors_meetings.open_vote(self.item(item))
        asked = [one for one in vote.questions if member.pk in one["voters"]] if vote else []
        answers = {
            one["key"]: answer if isinstance(answer, str) else answer[one["cases"][0] if one["cases"] else 0]
            for one in asked
        }
        return meeting_votes.cast_vote(self.item(item), answers=answers, actor=fresh(member), at=self.play.now())

    def close_vote(self, item: int = 1) -> Any:
        return meeting_votes.close_vote(self.item(item), actor=self.play.leader, at=self.play.now())

    def conclude(self, item: int = 1) -> AgendaItem:
        return meeting_votes.conclude_item(self.item(item), actor=self.play.leader, at=self.play.now())

    def close(self) -> Any:
        return meetings.close_meeting(self.meeting, actor=self.play.leader, at=self.play.now())


def people(play: Play, key: str) -> Motion:
    return Motion(Matter.PEOPLE, play.stage(key))


def passing(application: Application, reason: str = "", **more: Any) -> dict[str, Any]:
    return {"application": application.pk, "decision": "confirm", "reason": reason, **more}


def striking(application: Application, reason: str = "实绩不足") -> dict[str, Any]:
    return {"application": application.pk, "decision": "strike", "reason": reason}
