"""What this app tells people: notices, objections, titles, certificates."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils import timezone

from applications.models import Application
from applications.notify import letter, topic_of
from campaigns.models import Campaign
from publicity.models import Award, Certificate, NoticeLine, NoticeVersion, Objection
from publicity.models_gallery import GalleryEntry
from publicity.models_ledger import Withdrawal
from publicity.states import WAITING
from review.models import Outcome
from review.policies import is_own
from review.selectors import public_label
from review.states import PASSING
from unions import vault
from unions.models import Member
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.queueing import remind, tell, withdraw
from unions.states import Role

NEAR: Final = timedelta(days=2)
"""How long before an answer is due whoever owes it is reminded."""


def _with_people(path: str) -> list[str]:
    return [f"{path}{name}" for name in ("campaign", "union", "person__key", "applicant__user", "filled_by__user")]


def notice_published(version: NoticeVersion, *, at: datetime) -> None:
    """To the persons named. What the notice decides is told when it closes."""
    days = f"{version.starts_on:%Y年%-m月%-d日}至{version.ends_on:%Y年%-m月%-d日}"
    kind = "notice.published" if version.version == 1 else "notice.corrected"
    lines = NoticeLine.objects.filter(version=version).select_related(*_with_people("application__"))
    path = reverse("publicity:notice", kwargs={"union_slug": version.union.slug, "pk": version.notice_id})
    news = [_about(line.application, kind, {"公示期": days}, path) for line in lines.order_by("application_id")]
    tell(version.union, news, at=at)


def _about(application: Application, kind: str, values: Mapping[str, str], path: str = "") -> News:
    letters = letter(application, kind, values)
    return News(topic_of(application), [_leading_to(one, path) for one in letters] if path else letters)


def _leading_to(one: Letter, path: str) -> Letter:
    return Letter(one.kind, one.to, one.values, path=path, key=one.key, once=one.once)


def objection_received(objection: Objection, *, name: str, contact: str, at: datetime) -> None:
    _to_objector(objection, "objection.received", name, contact, at)


def objection_assigned(objection: Objection, *, at: datetime) -> None:
    """To whoever has it now; what was queued for somebody before is withdrawn."""
    assert objection.assignee is not None
    tell(
        objection.union,
        [News(_case(objection), [_to_officer(objection, "objection.assigned", objection.assignee)])],
        at=at,
    )


def objection_answered(objection: Objection, *, at: datetime) -> None:
    """That there is an answer, not what it says. An anonymous objector looks with receipt and code."""
    withdraw(objection.union, [_case(objection)], at=at)
    until = objection.appeal_until
    again = f"对答复有异议的，可以在{until:%Y年%-m月%-d日}以前（含当日）凭查询码申请复核一次。" if until else ""
    _tell_objector(objection, "objection.answered", at, {"复核": again})


def objection_appealed(objection: Objection, *, at: datetime) -> None:
    """To whoever objected, and to the office, which must find somebody else to look at it."""
    _tell_objector(objection, "objection.appealed", at)
    letters = [_to_officer(objection, "objection.second_look", one) for one in _office(objection, at)]
    tell(objection.union, [News(_case(objection), letters)], at=at)


def objections_due(campaign: Campaign, *, at: datetime) -> int:
    """Remind whoever owes an answer, once when it is due soon and once when it is overdue; the office where nobody has it."""
    told, today = 0, timezone.localdate(at)
    rows = Objection.objects.filter(notice__stage__campaign=campaign, state__in=WAITING)
    rows = rows.filter(due_on__lte=today + NEAR).select_related("union", "notice__stage__campaign", "assignee__user")
    for row in rows.order_by("pk"):
        assert row.due_on is not None
        kind = "objection.overdue" if row.due_on < today else "objection.due"
        whom = [row.assignee] if row.assignee else _office(row, at)
        letters = [_to_officer(row, kind, one, once=f"{kind}-{row.pk}-{row.round}-{one.pk}") for one in whom]
        still = Objection.objects.filter(pk=row.pk, state=row.state, round=row.round, assignee=row.assignee).exists
        told += remind(row.union, _case(row), letters, still=still, at=at)
    return told


def _office(objection: Objection, at: datetime) -> list[Member]:
    """Everybody of the office but the person named, who must not learn of it."""
    people = Member.objects.for_union(objection.union).filter(role=Role.OFFICE).at_work(at).select_related("user")
    named = objection.application
    return [one for one in people.order_by("pk") if named is None or not is_own(one, named)]


def _case(objection: Objection) -> Topic:
    """The case as the office has it, apart from the topic of whoever objected."""
    return Topic("objection_case", objection.pk)


def _to_officer(objection: Objection, kind: str, to: Member, *, once: str = "") -> Letter:
    campaign = objection.notice.stage.campaign
    path = reverse("publicity:objection", kwargs={"union_slug": objection.union.slug, "pk": objection.pk})
    until = f"，答复期限{objection.due_on:%Y年%-m月%-d日}" if objection.due_on else ""
    said = {"活动": campaign.title, "受理号": objection.receipt, "答复期限": until}
    return Letter(kind, to, said, path=path, once=once)


def _tell_objector(objection: Objection, kind: str, at: datetime, more: Mapping[str, str] | None = None) -> None:
    """What is told later goes where the objector's contact, opened once more, leads."""
    try:
        name = vault.unseal(objection.key, objection.sender_sealed)
        contact = vault.unseal(objection.key, objection.contact_sealed)
    except vault.Unreadable:
        return
    _to_objector(objection, kind, name, contact, at, more)


def _to_objector(
    objection: Objection, kind: str, name: str, contact: str, at: datetime, more: Mapping[str, str] | None = None
) -> None:
    """The topic is the objection, so that nothing ties the objector to the person named."""
    if objection.key is None or objection.anonymous:
        return
    said = {"活动": objection.notice.stage.campaign.title, "受理号": objection.receipt, **(more or {})}
    one = Letter(kind, Contact(name.strip(), contact.strip()), said, key=objection.key)
    tell(objection.union, [News(Topic("objection", objection.pk), [one])], at=at)


def gallery_asked(entry: GalleryEntry, *, at: datetime) -> None:
    """To the person alone, whoever filled the form in for them."""
    row = entry.application
    assert row.applicant is not None  # only who has a page of their own is asked
    titles = "、".join(dict.fromkeys(row.awards.order_by("pk").values_list("label", flat=True)))
    path = reverse("publicity:my_gallery", kwargs={"union_slug": row.union.slug})
    said = {"申报人": row.name, "称号": titles}
    one = Letter("gallery.asked", row.applicant, said, path=path, key=row.person.key)
    tell(row.union, [News(Topic("gallery", entry.pk), [one])], at=at)


def candidate_released(outcome: Outcome, *, at: datetime) -> None:
    """Somebody held back has an outcome after all others had theirs."""
    row = Application.objects.select_related(*_with_people("")).get(pk=outcome.application_id)
    assert outcome.stage is not None
    word = "通过" if outcome.verdict in PASSING else "未通过"
    said = {"环节": public_label(outcome.stage), "结论": word}
    tell(row.union, [_about(row, "candidate.released", said)], at=at)


def conferred(campaign: Campaign, awards: Sequence[Award], *, at: datetime) -> None:
    """One message a person, whatever they were given."""
    titles: dict[int, list[str]] = {}
    for award in awards:
        titles.setdefault(award.application_id, []).append(award.label)
    rows = Application.objects.filter(pk__in=titles).select_related(*_with_people("")).order_by("pk")
    news = [_about(row, "award.conferred", {"称号": "”“".join(titles[row.pk])}) for row in rows]
    tell(campaign.union, news, at=at)


def _about_certificate(certificate: Certificate, kind: str, at: datetime) -> None:
    row = Application.objects.select_related(*_with_people("")).get(pk=certificate.award.application_id)
    said = {"称号": certificate.award.label, "证书编号": certificate.number}
    tell(certificate.union, [_about(row, kind, said)], at=at)


def certificate_ready(certificate: Certificate, *, at: datetime) -> None:
    _about_certificate(certificate, "certificate.ready", at)


def certificate_revoked(certificate: Certificate, *, at: datetime) -> None:
    _about_certificate(certificate, "certificate.revoked", at)


def withdrawal_opened(withdrawal: Withdrawal, *, at: datetime) -> None:
    """To the person: on what page to read the ground and answer, and until when; not the ground itself."""
    _about_title(withdrawal, "title.withdrawal_opened", {"期限": f"{withdrawal.answer_by:%Y年%-m月%-d日}"}, at)


def withdrawal_decided(withdrawal: Withdrawal, *, withdrawn: bool, at: datetime) -> None:
    _about_title(withdrawal, "title.withdrawn" if withdrawn else "title.kept", {}, at)


def _about_title(withdrawal: Withdrawal, kind: str, values: Mapping[str, str], at: datetime) -> None:
    award = withdrawal.award
    row = Application.objects.select_related(*_with_people("")).get(pk=award.application_id)
    path = reverse("publicity:my_titles", kwargs={"union_slug": row.union.slug})
    tell(row.union, [_about(row, kind, {"称号": award.label, **values}, path)], at=at)
