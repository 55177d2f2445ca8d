"""Anybody names a craftsman (他人推荐): the invitation, and what the person named makes of it."""

import secrets
from datetime import datetime, time, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from applications import notify, policies, selectors
from applications.days import local_today
from applications.models import Application, NomineeInvitation
from applications.sealing import seal_answers
from applications.services import merging, persons
from applications.services.intake import create, find_channel, locked, move, token_digest
from applications.states import LIVE, State
from campaigns.models import Campaign
from campaigns.rules.schema import Channel
from campaigns.selectors import calendar_of
from campaigns.workingdays import UnknownYear, period_end
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused

ANSWER_DAYS: Final = 14
"""Where the rules do not say how long a person may take to answer."""
NAMED_A_DAY: Final = 10
ASKED_PER_CONTACT: Final = 3
"""Messages that one phone or address gets in one campaign, whoever names them: nobody is pestered."""
_LOCK_SPACE: Final = 0x6A7A  # advisory locks over the contacts of people named


@transaction.atomic
def nominate_person(
    campaign: Campaign, *, channel: str, name: str, reason: str, actor: Member, at: datetime, contact: str = ""
) -> tuple[Application, str]:
    """Anybody names a craftsman. Return the application and, where the nominee completes it, the token of the link.

    Only the token's digest is kept, and of the contact a blind index. Until the nominee accepts, nobody can read or fill in
    anything; without an answer it lapses after the time that the rules give, at the latest with the deadline.
    """
    way = find_channel(campaign, channel)
    Member.objects.select_for_update(no_key=True).get(pk=actor.pk)
    policies.can_nominate(actor, campaign, channel=way, unit=None, at=at).require()
    if not name.strip() or not reason.strip():
        raise Refused("请填写被推荐人的姓名和推荐理由")
    _require_moderation(campaign, actor, at)
    token = secrets.token_urlsafe(18) if way.nominee_completes else ""
    person = persons.new_person(campaign.union, name=name.strip(), at=at)
    application = create(
        campaign,
        way,
        person,
        name=name.strip(),
        actor=actor,
        at=at,
        nominated=True,
        reason=reason.strip(),
        claim_digest=token_digest(token) if token else "",
        answer_by=_answer_by(campaign, way, at) if token else None,
        id_index="",
    )
    if token and contact:
        _invite(application, contact, actor=actor, at=at)
    notify.nominated(application, contact=contact, token=token, at=at)
    return application, token


def _require_moderation(campaign: Campaign, actor: Member, at: datetime) -> None:
    named = Application.objects.filter(union=campaign.union, nominated_by=actor, created_at__gt=at - timedelta(days=1))
    if named.count() >= NAMED_A_DAY:
        raise Refused(f"一天至多推荐 {NAMED_A_DAY} 人，请明天再推荐")


def _answer_by(campaign: Campaign, way: Channel, at: datetime) -> datetime:
    """The end of the last day of the time to answer, and never later than the deadline."""
    length, today = way.answer_within, local_today(at)
    last = today + timedelta(days=ANSWER_DAYS)
    if length is not None:
        try:
            last = period_end(today, days=length.days, unit=length.unit, calendar=calendar_of(campaign.union))
        except UnknownYear:
            return campaign.closes_at
    return min(datetime.combine(last, time(23, 59), timezone.get_current_timezone()), campaign.closes_at)


def _invite(application: Application, contact: str, *, actor: Member, at: datetime) -> None:
    """Count the message that is sent now. What is said when the measure is full tells nothing of other nominations."""
    if actor.user is not None and contact in {actor.user.phone, actor.user.email}:
        raise Refused("不能邀请自己；本人申报请选“个人自荐”")
    index = vault.blind_index(application.union, contact)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, index])
    asked = NomineeInvitation.objects.filter(
        union=application.union, contact_index=index, application__campaign=application.campaign
    )
    declined = asked.filter(application__declined_at__isnull=False)
    if declined.exists() or asked.count() >= ASKED_PER_CONTACT:
        raise Refused("现在不能再向这个号码或邮箱发送邀请。请当面告诉对方，愿意参加的可以本人申报")
    NomineeInvitation.objects.create(
        union=application.union, application=application, contact_index=index, at=at, by=actor
    )


@transaction.atomic
def resend_invitation(application: Application, *, contact: str, actor: Member, at: datetime) -> str:
    """Ask once more, with a new link; the old one is dead. Return the new token."""
    application = locked(application)
    policies.can_resend_invitation(actor, application, at=at).require()
    token = secrets.token_urlsafe(18)
    _invite(application, contact, actor=actor, at=at)
    application.claim_digest = token_digest(token)
    application.answer_by = _answer_by(application.campaign, policies.channel_of(application), at)
    application.save(update_fields=["claim_digest", "answer_by"])
    audit.record(
        "application.invitation_resent", application, actor=actor, at=at, after={"answer_by": application.answer_by}
    )
    notify.nominated(application, contact=contact, token=token, at=at)
    return token


@transaction.atomic
def accept_nomination(application: Application, *, actor: Member, at: datetime) -> Application:
    """The nominee agrees and becomes the applicant; from then on whoever nominated reads nothing of it.

    Who applies already keeps that application: the nomination is added to its sources. Return the one that goes on.
    """
    application = locked(application)
    policies.can_accept_nomination(actor, application, at=at).require()
    if not selectors.has_consented(actor):
        raise Refused("请先阅读并同意个人信息处理告知，再接受推荐")
    known = persons.person_of(actor, at=at)
    own = Application.objects.filter(campaign=application.campaign, applicant=actor, state__in=sorted(LIVE)).first()
    if own is not None:
        kept = merging.join_nomination(own, application, actor=actor, at=at)
        notify.nomination_answered(application, at=at)
        return kept
    person = persons.apart_from_live(known, application.campaign, at=at)
    assert person.key is not None
    opened = selectors.answers_of(application)
    application.answers = seal_answers(application.campaign.rules, person.key, opened)
    application.person, application.applicant, application.filled_by = person, actor, actor
    application.claim_digest, application.saved_at, application.id_index = "", at, known.id_index
    application.save(
        update_fields=["answers", "person", "applicant", "filled_by", "claim_digest", "saved_at", "id_index"]
    )
    audit.record("application.nomination_accepted", application, actor=actor, at=at, after={"applicant": actor.pk})
    notify.nomination_answered(application, at=at)
    return application


@transaction.atomic
def decline_nomination(application: Application, *, actor: Member, at: datetime) -> Application:
    """The person named says no; whoever named them sees that, and no reason is asked for."""
    application = locked(application)
    policies.can_decline_nomination(actor, application, at=at).require()
    before = move(application, State.WITHDRAWN)
    application.claim_digest, application.declined_at = "", at
    application.save(update_fields=["state", "claim_digest", "declined_at"])
    audit.record(
        "application.nomination_declined",
        application,
        actor=actor,
        at=at,
        before={"state": before},
        after={"state": State.WITHDRAWN},
    )
    notify.nomination_answered(application, at=at)
    return application
