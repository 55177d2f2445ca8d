"""What this app tells people: notices, objections, titles, certificates."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse

from applications.models import Application
from applications.notify import letter, topic_of
from campaigns.models import Campaign
from publicity.models import Award, Certificate, NoticeLine, NoticeVersion, Objection
from publicity.models_ledger import Withdrawal
from unions import vault
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.queueing import tell


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


def objection_answered(objection: Objection, *, at: datetime) -> None:
    """That there is an answer, not what it says. An anonymous objector looks with receipt and code."""
    try:
        name = vault.unseal(objection.key, objection.sender_sealed)
        contact = vault.unseal(objection.key, objection.contact_sealed)
    except vault.Unreadable:
        return
    _to_objector(objection, "objection.answered", name, contact, at)


def _to_objector(objection: Objection, kind: str, name: str, contact: str, at: datetime) -> None:
    """The topic is the objection, so that nothing ties the objector to the person named."""
    if objection.key is None:
        return
    said = {"活动": objection.notice.stage.campaign.title, "受理号": objection.receipt}
    one = Letter(kind, Contact(name.strip(), contact.strip()), said, key=objection.key)
    tell(objection.union, [News(Topic("objection", objection.pk), [one])], at=at)


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
