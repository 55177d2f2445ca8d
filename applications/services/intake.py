"""From the first line typed to the filing with the office: start, nominate, save, submit, withdraw, lapse."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from applications import answers as form
from applications import notify, policies, selectors
from applications import selectors_confirmations as confirmations
from applications.answers import Answers, Value
from applications.days import local_today
from applications.models import Application, Confirmation, Person, Return, Source, Submission
from applications.sealing import plain_json, seal_answers
from applications.services import persons
from applications.services.inbox import keep_listed
from applications.states import LIVE, TRANSITIONS, Came, State
from campaigns.models import Campaign
from campaigns.rules.schema import Channel, NationalIdField, PhoneField, RuleSet
from documents.paper.qr import ALPHABET
from unions import audit, vault
from unions.models import Member, Unit
from unions.permits import Refused

_ATTESTED: Final = "已告知被推荐人并取得同意"


class Conflict(Refused):
    """The draft was changed elsewhere since this copy of it was read; nothing was written.

    `changed` holds (field id, label, the other value as people read it); `revision` is the one to go on from, once the
    writer was shown everything that changed up to it.
    """

    def __init__(self, changed: tuple[tuple[str, str, str], ...], revision: int) -> None:
        names = "、".join(label for _field, label, _theirs in changed)
        super().__init__(f"这份申报在别的窗口或设备上改过：{names}。请核对后再保存")
        self.changed = changed
        self.revision = revision


def locked_campaign(campaign_id: int) -> Campaign:
    """FOR NO KEY UPDATE: numbers and quotas queue up here, rows that merely refer to the campaign do not."""
    return Campaign.objects.select_for_update(no_key=True).select_related("union").get(pk=campaign_id)


def locked(application: Application, *, campaign: Campaign | None = None) -> Application:
    """The row anew. Frozen rules, by far the largest part of it, are not read a second time where they are known."""
    row = Application.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "campaign", "person__key", "unit", "union"
    )
    known: Campaign | None = campaign or application._state.fields_cache.get("campaign")  # noqa: SLF001 - whether it was read, without reading it
    if known is not None:
        row = row.defer("campaign__rules_data")
    found = row.get(pk=application.pk)
    if campaign is not None:
        found.campaign = campaign
    elif known is not None:
        found.campaign.share_rules(known)
    return found


def move(application: Application, state: State) -> State:
    """Go to the next intake state, if the table of transitions knows the way; return the one left."""
    before = State(application.state)
    if state not in TRANSITIONS[before]:
        raise Refused(f"申报{before.label}，不能变为“{state.label}”")
    application.state = state
    return before


def find_channel(campaign: Campaign, channel_id: str) -> Channel:
    found = next((item for item in campaign.rules.channels if item.id == channel_id), None)
    if found is None:
        raise Refused("本次活动没有这个申报渠道，请重新选择")
    return found


# --- starting --------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_application(
    campaign: Campaign,
    *,
    channel: str,
    actor: Member,
    at: datetime,
    unit: Unit | None = None,
    name: str = "",
    person: Person | None = None,
    carried: Answers | None = None,
) -> Application:
    """A person starts their own application; the text about personal data was accepted before (个人信息保护法 第十四条).

    `person` names somebody the union knows already; left out, the person behind the sign-in. `carried` holds the answers
    of a self-check, which the form marks as such.
    """
    way = find_channel(campaign, channel)
    policies.can_start(actor, campaign, channel=way, unit=unit, at=at).require()
    if not selectors.has_consented(actor):
        raise Refused("请先阅读并同意个人信息处理告知，再开始填写")
    known = persons.person_of(actor, at=at)
    if Application.objects.filter(campaign=campaign, applicant=actor, state__in=LIVE).exists():
        raise Refused("您在本次活动中已有一份申报，请在“我的申报”中继续填写；要换一种渠道，可在提交前更改申报渠道")
    known = known if person is None else person
    return create(
        campaign,
        way,
        persons.apart_from_live(known, campaign, at=at),
        name=name or known.name,
        actor=actor,
        at=at,
        unit=unit,
        applicant=actor,
        carried=carried or {},
        id_index=known.id_index,
    )


@transaction.atomic
def nominate(
    campaign: Campaign,
    *,
    unit: Unit,
    channel: str,
    name: str,
    actor: Member,
    at: datetime,
    person: Person | None = None,
) -> Application:
    """A unit officer puts a person forward and fills in for them, having told them what is done with their data."""
    way = find_channel(campaign, channel)
    policies.can_nominate(actor, campaign, channel=way, unit=unit, at=at).require()
    if not name.strip():
        raise Refused("请填写被推荐人的姓名")
    known = persons.new_person(campaign.union, name=name.strip(), at=at) if person is None else person
    return create(
        campaign,
        way,
        persons.apart_from_live(known, campaign, at=at),
        name=name.strip(),
        actor=actor,
        at=at,
        unit=unit,
        nominated=True,
        id_index=known.id_index,
    )


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def create(
    campaign: Campaign,
    way: Channel,
    person: Person,
    *,
    name: str,
    actor: Member,
    at: datetime,
    unit: Unit | None = None,
    applicant: Member | None = None,
    nominated: bool = False,
    reason: str = "",
    claim_digest: str = "",
    answer_by: datetime | None = None,
    carried: Answers | None = None,
    id_index: str,
) -> Application:
    """The row, with where it came from; for the verbs that start and nominate, which lock, permit and judge."""
    assert person.key is not None
    first = _given(campaign.rules, carried or {})
    brought = [key for key, value in first.items() if value]
    if name and any(field.id == "name" for field in campaign.rules.fields()):
        first["name"] = name
    if applicant is not None:
        first = {**_phone_of(applicant, campaign.rules), **first}
    application = Application.objects.create(
        union=campaign.union,
        campaign=campaign,
        person=person,
        applicant=applicant,
        filled_by=actor,
        channel=way.id,
        unit=unit,
        name=name,
        answers=seal_answers(campaign.rules, person.key, first),
        nominated_by=actor if nominated else None,
        nomination_reason=reason,
        claim_digest=claim_digest,
        answer_by=answer_by,
        id_index=id_index,
        carried=brought,
        created_at=at,
        saved_at=at,
    )
    kind = (Came.UNIT if unit else Came.PERSON) if nominated else Came.SELF
    record_source(application, kind, actor=actor, at=at)
    audit.record(
        "application.nominated" if nominated else "application.started",
        application,
        actor=actor,
        at=at,
        after={
            "campaign": campaign.pk,
            "channel": way.id,
            "unit": unit.pk if unit else None,
            "state": State.DRAFT,
            **({"carried": brought} if brought else {}),
        },
        reason=_ATTESTED if nominated and unit else "",
    )
    return application


def _phone_of(applicant: Member, rules: RuleSet) -> dict[str, Value]:
    """The number somebody signed up with is not asked of them again; they may write another."""
    asked = [field for field in rules.fields() if isinstance(field, PhoneField)]
    mobile = next((field for field in asked if "手机" in field.label), asked[0] if asked else None)
    user = applicant.user
    if mobile is None or user is None or not user.phone or not user.phone_verified:
        return {}
    return {mobile.id: form.normalise(mobile, user.phone)}


def record_source(application: Application, kind: Came, *, actor: Member, at: datetime) -> Source:
    return Source.objects.create(
        union=application.union,
        application=application,
        kind=kind,
        channel=application.channel,
        unit=application.unit,
        at=at,
        by=actor,
    )


@transaction.atomic
def change_channel(
    application: Application, *, channel: str, unit: Unit | None, actor: Member, at: datetime
) -> Application:
    """Another way in, before anything was handed to the office: after a unit declined, say."""
    application = locked(application)
    way = find_channel(application.campaign, channel)
    policies.can_change_channel(actor, application, channel=way, unit=unit, at=at).require()
    before = {"channel": application.channel, "unit": application.unit_id}
    application.channel, application.unit, application.saved_at, application.handed_at = way.id, unit, at, None
    application.save(update_fields=["channel", "unit", "saved_at", "handed_at"])
    record_source(application, Came.SELF, actor=actor, at=at)
    after = {"channel": way.id, "unit": unit.pk if unit else None}
    audit.record("application.channel_changed", application, actor=actor, at=at, before=before, after=after)
    return application


# --- the draft -------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_draft(
    application: Application,
    *,
    answers: Mapping[str, object],
    revision: int,
    actor: Member,
    at: datetime,
    unheard: Mapping[str, object] | None = None,
) -> Application:
    """Keep what was typed so far, right or not; fields that are not in `answers` stay as they are.

    `revision` is the one the writer had read. A field that somebody changed after it to another value is a `Conflict`,
    and then nothing is written; changes to other fields go together. The same save sent again changes nothing.

    `unheard` holds values that the writer sent before without hearing whether they arrived: finding one of them is no
    conflict, since nobody else wrote it.
    """
    application = locked(application)
    policies.can_save_draft(actor, application, at=at).require()
    rules = application.campaign.rules
    given = _given(rules, answers)
    opened = selectors.answers_of(application)
    changed = {key: value for key, value in given.items() if value != (opened.get(key) or type(value)())}
    if not changed:
        return application
    _require_unlocked(application, changed)
    own = {key for key, value in _given(rules, unheard or {}).items() if value == opened.get(key)}
    _require_unconflicted(application, {key: changed[key] for key in changed if key not in own}, opened, revision)
    assert application.person.key is not None
    key = application.person.key
    merged: dict[str, Value] = {**opened, **changed}
    application.revision += 1
    application.touched = {**application.touched, **dict.fromkeys(changed, application.revision)}
    kept = {name: value for name, value in application.answers.items() if name not in changed}
    application.answers = {**kept, **seal_answers(rules, key, changed)}
    application.saved_at = at
    application.carried = [key for key in application.carried if key not in changed]
    _copy_listed(application, merged)
    application.save(
        update_fields=["revision", "touched", "answers", "saved_at", "carried", "name", "employer", "trade"],
    )
    before = application.id_index
    if any(isinstance(field, NationalIdField) for field in rules.fields()):
        persons.identify(application, form.identity_of(rules, merged), opened=merged, at=at)
    digests = {name: vault.digest(key, plain_json(value)) for name, value in changed.items()}
    audit.record(
        "application.draft_saved", application, actor=actor, at=at, after={"revision": application.revision, **digests}
    )
    if application.id_index != before:
        note_twins(application, actor=actor, at=at)
    return application


def note_twins(application: Application, *, actor: Member, at: datetime) -> None:
    """Put on record that the identity number just typed stands on other applications of the campaign."""
    if twins := list(Application.objects.twins_of(application).order_by("pk").values_list("pk", flat=True)):
        audit.record("application.twin_found", application, actor=actor, at=at, after={"twins": twins})


def _given(rules: RuleSet, answers: Mapping[str, object]) -> dict[str, Value]:
    by_id = {field.id: field for field in rules.fields()}
    given: dict[str, Value] = {}
    for key, value in answers.items():
        if key == form.WAIVERS:
            items = value if isinstance(value, list | tuple) else []
            given[key] = [str(item) for item in items]
        elif key in by_id:
            given[key] = form.normalise(by_id[key], value)
        else:
            raise Refused(f"申报表中没有“{key}”这一栏")
    return given


def _require_unlocked(application: Application, changed: Answers) -> None:
    labels = form.field_labels(application.campaign.rules)
    shut = [labels.get(key, "豁免申请") for key in changed if not policies.may_change(application, key)]
    if shut:
        raise Refused(f"退回补正时只能修改所列项目，{'、'.join(shut)}不能修改")


def _require_unconflicted(application: Application, changed: Answers, opened: Answers, revision: int) -> None:
    rules = application.campaign.rules
    by_id = {field.id: field for field in rules.fields()}
    late = [key for key in changed if application.touched.get(key, 0) > revision]
    if late:
        told = (
            (key, by_id[key].label, form.display(by_id[key], opened.get(key), rules))
            if key in by_id
            else (key, "豁免申请", "")
            for key in late
        )
        raise Conflict(tuple(told), application.revision)


def _copy_listed(application: Application, answers: Answers) -> None:
    """Name, employer and trade stand beside the application in clear, as lists and notices show them."""
    shown = dict(form.listed_values(application.campaign.rules, answers))
    for key, length in (("name", 60), ("employer", 120), ("trade", 60)):
        setattr(application, key, shown.get(key, application.name if key == "name" else "")[:length])


# --- handing in ------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit_application(application: Application, *, actor: Member, at: datetime) -> Application:
    """Hand a draft or a returned application in: to the recommending unit where the channel has one, else to the office.

    What was handed in is frozen as a `Submission`. Judged by the rules frozen into the campaign, so that all applicants
    meet the same bar; a condition that does not hold is the office's to judge, only what is missing stops it here.
    """
    campaign = locked_campaign(application.campaign_id)
    application = locked(application, campaign=campaign)
    policies.can_submit(actor, application, at=at).require()
    wrong = selectors.blockers(selectors.submit_checklist(application, at))
    if wrong:
        words = "；".join(item.text for item in wrong[:5])
        rest = f"等共 {len(wrong)} 处" if len(wrong) > 5 else ""
        raise Refused(f"还不能提交：{words}{rest}")
    if gap := confirmations.confirmation_gap(application):
        raise Refused(f"还不能提交：{gap}")
    confirmed = confirmations.standing(application) if policies.needs_confirmation(application) else None
    submission = _freeze(application, actor=actor, at=at)
    if confirmed is not None:
        Confirmation.objects.filter(pk=confirmed.pk).update(submission=submission)
    to_unit = application.unit is not None and not application.number
    before = move(application, State.AWAITING_UNIT if to_unit else State.SUBMITTED)
    application.handed_at = at
    if not to_unit:
        file_with_office(application, campaign, at=at)
    application.save(update_fields=["state", "number", "handed_at", "submitted_at"])
    if not to_unit:
        keep_listed(application)
    Return.objects.filter(application=application, answered_at__isnull=True).update(answered_at=at)
    audit.record(
        "application.submitted",
        application,
        actor=actor,
        at=at,
        before={"state": before},
        after={
            "state": application.state,
            "number": application.number,
            "version": submission.version,
            "digest": submission.digest,
            **({"confirmation": confirmed.pk, "confirmed_by": confirmed.method} if confirmed else {}),
        },
        rows=[submission],
    )
    notify.submitted(application, before=before, at=at)
    return application


def file_with_office(application: Application, campaign: Campaign, *, at: datetime) -> None:
    """Give the number, once, in the order of filing. The caller holds the campaign's lock and saves the application."""
    if application.number:
        return
    campaign.last_number += 1
    campaign.save(update_fields=["last_number"])
    application.number = number_for(campaign, campaign.last_number, at=at)
    application.submitted_at = at


def number_for(campaign: Campaign, n: int, *, at: datetime) -> str:
    """As the rule set numbers applications, e.g. TM2019-0001; the campaign's own prefix goes before everything."""
    pattern = campaign.rules.numbering.application if campaign.rules.numbering else "{year}-{n:04}"
    year = local_today(at).year
    return campaign.number_prefix + pattern.format(code=campaign.rules.code, year=year, n=n)


def check_code() -> str:
    """XXXX-XXXX-XXXX, random: it ties a print to a version and says nothing of what is in it."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"{drawn[:4]}-{drawn[4:8]}-{drawn[8:]}"


def _freeze(application: Application, *, actor: Member, at: datetime) -> Submission:
    """Seal answers and the digests of the materials as they stand, under the person's key."""
    key = application.person.key
    assert key is not None
    content = plain_json(
        {
            "answers": selectors.answers_of(application),
            "materials": [
                {
                    "slot": material.slot,
                    "file_id": str(material.file_id),
                    "name": material.file.name,
                    "sha256": material.file.sha256,
                }
                for material in selectors.current_materials(application)
            ],
            "channel": application.channel,
            "unit": application.unit.name if application.unit else "",
            "rules_sha256": application.campaign.rules_sha256,
        }
    )
    last = selectors.latest_submission(application)
    return Submission.objects.create(
        union=application.union,
        application=application,
        version=last.version + 1 if last else 1,
        sealed=vault.seal(key, content),
        digest=vault.digest(key, content),
        check_code=check_code(),
        at=at,
        by=actor,
    )


# --- leaving ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def withdraw_application(application: Application, *, actor: Member, at: datetime, reason: str = "") -> Application:
    """The applicant (or the nominating unit) takes it back for good; while the window is open a new one may be started."""
    application = locked(application)
    policies.can_withdraw(actor, application, at=at).require()
    before = move(application, State.WITHDRAWN)
    application.claim_digest = ""
    application.save(update_fields=["state", "claim_digest"])
    audit.record(
        "application.withdrawn",
        application,
        actor=actor,
        at=at,
        before={"state": before},
        after={"state": State.WITHDRAWN},
        reason=reason.strip(),
    )
    notify.withdrawn(application, at=at)
    return application


@transaction.atomic
def lapse_overdue(campaign: Campaign, *, actor: Member, at: datetime) -> int:
    """End what was not handed in by the deadline, not mended or not answered by the day set for it; return how many.

    Done again it finds nothing left, so that beat may run it at any time.
    """
    campaign = locked_campaign(campaign.pk)
    policies.can_lapse_overdue(actor, campaign).require()
    rows = Application.objects.select_for_update(no_key=True, of=("self",)).filter(campaign=campaign).order_by("pk")
    late = list(rows.filter(state=State.RETURNED, returns__answered_at__isnull=True, returns__deadline__lt=at))
    if at > campaign.closes_at:
        late += list(rows.filter(state__in=[State.DRAFT, State.AWAITING_UNIT]))
    else:
        late += list(rows.filter(state=State.DRAFT, answer_by__lt=at).exclude(claim_digest=""))
    for application in late:
        before = move(application, State.LAPSED)
        application.save(update_fields=["state"])
        audit.record(
            "application.lapsed",
            application,
            actor=actor,
            at=at,
            before={"state": before},
            after={"state": State.LAPSED},
        )
    notify.lapsed(campaign, late, at=at)
    return len(late)
