"""What this app tells people, one function an act. Called last in the act's transaction; see `unions.outbox.queueing`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse

from applications.days import deadline_words
from applications.models import Application, Return
from applications.states import State
from campaigns.models import Campaign
from unions.messaging import absolute
from unions.models import Member
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.queueing import remind, tell, withdraw

DRAFT_NEAR: Final = timedelta(days=2)
RETURN_NEAR: Final = timedelta(days=1)
"""How long before its end a person is reminded, once. Office mass messages go out earlier, as the office sees fit."""


def topic_of(application: Application) -> Topic:
    return Topic("application", application.pk)


def reader_of(application: Application) -> Member | None:
    """Who is told about an application: the applicant, else whoever fills it in; nobody while a nominee has not answered."""
    if application.applicant is not None:
        return application.applicant
    return None if application.claim_digest else application.filled_by


def letter(
    application: Application, kind: str, values: Mapping[str, str] | None = None, *, once: str = ""
) -> list[Letter]:
    """A message about an application; none where nobody reads about it."""
    reader = reader_of(application)
    if reader is None or reader.user_id is None:
        return []
    path = reverse("applications:status", kwargs={"union_slug": application.union.slug, "pk": application.pk})
    said = {"申报人": application.name or "（未填姓名）", "活动": application.campaign.title, **(values or {})}
    return [Letter(kind, reader, said, path=path, key=application.person.key, once=once)]


def _tell(application: Application, letters: Sequence[Letter], at: datetime) -> None:
    tell(application.union, [News(topic_of(application), letters)], at=at)


def submitted(application: Application, *, before: State, at: datetime) -> None:
    if application.state != State.AWAITING_UNIT:
        mended = before == State.RETURNED
        kind = "application.mended" if mended else "application.submitted"
        _tell(application, letter(application, kind, {"受理编号": application.number}), at)
        return
    assert application.unit is not None
    unit = application.unit.name
    letters = letter(application, "application.to_unit", {"单位": unit})
    path = reverse("applications:unit_case", kwargs={"union_slug": application.union.slug, "pk": application.pk})
    said = {
        "申报人": application.name,
        "活动": application.campaign.title,
        "单位": unit,
        "期限": deadline_words(application.campaign.closes_at),
    }
    officers = application.unit.members.active().exclude(pk=application.filled_by_id).select_related("user")
    letters += [Letter("unit.waiting", officer, said, path=path) for officer in officers]
    _tell(application, letters, at)


def endorsed(application: Application, *, at: datetime) -> None:
    """Or declined: the application says which."""
    assert application.unit is not None
    unit = application.unit.name
    if application.state == State.SUBMITTED:
        _tell(
            application, letter(application, "application.endorsed", {"单位": unit, "受理编号": application.number}), at
        )
    else:
        until = deadline_words(application.campaign.closes_at)
        _tell(application, letter(application, "application.declined", {"单位": unit, "期限": until}), at)


def returned(application: Application, row: Return, *, at: datetime) -> None:
    """The reason stays on the page: it is free text, and a message goes through other hands."""
    said = {
        "退回方": row.unit.name if row.unit else "认定办公室",
        "项数": str(len(row.items)),
        "期限": deadline_words(row.deadline),
    }
    _tell(application, letter(application, "application.returned", said), at)


def withdrawn(application: Application, *, at: datetime) -> None:
    _tell(application, letter(application, "application.withdrawn"), at)


def lapsed(campaign: Campaign, applications: Sequence[Application], *, at: datetime) -> None:
    rows = _about().filter(pk__in=[row.pk for row in applications])
    news = [News(topic_of(row), letter(row, "application.lapsed")) for row in rows]
    tell(campaign.union, news, at=at)
    withdraw(campaign.union, [one.topic for one in news if not one.letters], at=at)


# --- nomination by anybody ------------------------------------------------------------------------------------------------


def nominated(application: Application, *, contact: str, token: str, at: datetime) -> None:
    """Ask the person named. Their name and contact are kept under the key of the person they are, and nowhere else."""
    if not token or not contact:
        return
    path = reverse("applications:nomination", kwargs={"union_slug": application.union.slug, "token": token})
    said = {
        "推荐人": str(application.nominated_by),
        "活动": application.campaign.title,
        "期限": deadline_words(application.answer_by or application.campaign.closes_at),
        "链接": absolute(path),
    }
    to = Contact(application.name, contact)
    _tell(application, [Letter("nomination.invited", to, said, key=application.person.key)], at)


def nomination_answered(application: Application, *, at: datetime) -> None:
    """Whoever nominated learns the answer, and nothing that comes after it."""
    kind = "nomination.declined" if application.declined_at else "nomination.accepted"
    said = {"申报人": application.name, "活动": application.campaign.title}
    assert application.nominated_by is not None
    path = reverse("applications:mine", kwargs={"union_slug": application.union.slug})
    _tell(application, [Letter(kind, application.nominated_by, said, path=path)], at)


# --- reminders ------------------------------------------------------------------------------------------------------------


_PEOPLE: Final = ("campaign", "union", "person__key", "applicant__user", "filled_by__user")


def _about() -> QuerySet[Application]:
    return Application.objects.select_related(*_PEOPLE).order_by("pk")


def drafts(campaign: Campaign) -> QuerySet[Application]:
    """Begun and not handed in, by somebody who can be told."""
    return _about().filter(campaign=campaign, state=State.DRAFT, claim_digest="")


def under_correction(campaign: Campaign) -> QuerySet[Return]:
    """Returns that were not answered."""
    rows = Return.objects.filter(
        application__campaign=campaign, application__state=State.RETURNED, answered_at__isnull=True
    )
    return rows.select_related(*(f"application__{name}" for name in _PEOPLE)).order_by("application_id")


def deadlines_near(campaign: Campaign, *, at: datetime) -> int:
    """Remind of what ends soon, each once; return how many. Run again, it reminds nobody twice."""
    told = 0
    if at <= campaign.closes_at <= at + DRAFT_NEAR:
        said = {"期限": deadline_words(campaign.closes_at)}
        for row in drafts(campaign):
            once = f"draft-{row.pk}-{campaign.closes_at:%Y%m%d%H%M}"
            told += _remind(row, letter(row, "application.draft_near", said, once=once), State.DRAFT, at)
    for back in under_correction(campaign).filter(deadline__gte=at, deadline__lte=at + RETURN_NEAR):
        said = {"期限": deadline_words(back.deadline)}
        letters = letter(back.application, "application.return_near", said, once=f"return-{back.pk}")
        told += _remind(back.application, letters, State.RETURNED, at)
    return told


def _remind(row: Application, letters: Sequence[Letter], state: State, at: datetime) -> int:
    rows = Application.objects.filter(pk=row.pk, state=state)
    return remind(row.union, topic_of(row), letters, still=rows.exists, at=at) if letters else 0
