"""An officer's word on what no figure can tell: character, a declared condition, the evidence for a waiver."""

from datetime import datetime

from django.db import transaction

from applications.models import Application
from applications.services.inbox import keep_verdict
from campaigns.rules.schema import Group, walk
from campaigns.states import StageState
from review import policies, selectors
from review.models import Judgement
from unions import audit
from unions.models import Member
from unions.permits import Refused


@transaction.atomic
def judge_rule(
    application: Application, rule: str, *, holds: bool, reason: str = "", actor: Member, at: datetime
) -> Judgement:
    """Say whether a rule holds, or a waiver's evidence is accepted. A later word supersedes; none is edited.

    `rule` is the id of a rule, a condition or a waiver of the frozen rules. A word against the person carries its reason.
    """
    application = (
        Application.objects.select_for_update(no_key=True, of=("self",))
        .select_related("campaign", "person__key", "union")
        .get(pk=application.pk)
    )
    policies.can_judge_rule(actor, application, at=at).require()
    _require_judgeable(application, rule)
    barred = rule in application.campaign.rules.barred
    if holds == barred and not reason.strip():
        raise Refused("请写明认定有此情形的理由" if barred else "请写明不符合的理由")
    stage = application.campaign.stages.filter(kind="qualification", state=StageState.OPEN).first()
    if stage is None:
        raise Refused("资格审核进行中才能作出审核判断")
    if selectors.current_outcome(application, stage) is not None:
        raise Refused("该申报在本环节已有结论，请先更正结论")
    before = selectors.judgements_of(application).get(rule)
    judgement = Judgement.objects.create(
        union=application.union,
        application=application,
        rule=rule,
        holds=holds,
        reason=reason.strip(),
        revision=before.revision + 1 if before else 0,
        at=at,
        by=actor,
    )
    keep_verdict(application)
    audit.record(
        "rule.judged",
        judgement,
        actor=actor,
        at=at,
        before={"holds": before.holds} if before else None,
        after={"application": application.pk, "rule": rule, "holds": holds},
        reason=reason.strip(),
    )
    return judgement


def _require_judgeable(application: Application, rule: str) -> None:
    """A group follows from its members, and what panel or leading group judge is not the office's to say."""
    if rule in selectors.judged_later(application.campaign):
        raise Refused("该条件由评审专家或领导小组判断，办公室不作审核判断")
    judgeable: set[str] = set()
    for item in walk(application.campaign.rules.rules):
        judgeable.update(waiver.id for waiver in item.waived_by)
        if not isinstance(item, Group):
            judgeable.add(item.id)
    if rule not in judgeable:
        raise Refused(f"规则中没有可以判断的条件“{rule}”")
