"""What is typed before a notice is public: the draft of a stage, which saves itself, and the union's template."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from campaigns.models import Stage
from publicity import policies, selectors, selectors_notices
from publicity.models import Notice, NoticeVersion
from publicity.models_notices import NoticeDraft, NoticeTemplate
from publicity.selectors_notices import FIELDS
from publicity.wording import BLANKS, NoticeWords, unknown_blanks
from review.services.stages import lock_stage
from unions import audit
from unions.models import Member, Union
from unions.permits import Refused


class DraftConflict(Refused):
    """A field was changed elsewhere to something else since the writer read it; nothing was written."""


@transaction.atomic
def save_notice_draft(
    stage: Stage,
    typed: Mapping[str, str],
    *,
    revision: int,
    actor: Member,
    at: datetime,
    unheard: Mapping[str, str] | None = None,
) -> NoticeDraft:
    """Keep what was typed so far, right or not. The same save sent again changes nothing.

    `revision` is the one that the writer had read; a field that somebody changed after it is a `DraftConflict`. `unheard` holds
    values sent before without an answer: finding one of them is no conflict.
    """
    stage = lock_stage(stage)
    policies.can_write_notice(actor, stage, at=at).require()
    if unknown := [name for name in typed if name not in FIELDS]:
        raise Refused(f"公示中没有“{unknown[0]}”这一栏")
    draft = _draft_of(stage, actor, at)
    given = {name: text.replace("\r\n", "\n") for name, text in typed.items()}
    changed = {name: text for name, text in given.items() if text != getattr(draft, name)}
    if not changed:
        return draft
    own = {name for name, text in (unheard or {}).items() if getattr(draft, name, None) == text.replace("\r\n", "\n")}
    if conflicts := [FIELDS[name] for name in changed if name not in own and draft.touched.get(name, 0) > revision]:
        raise DraftConflict(f"{'、'.join(conflicts)}在别的窗口改过，请先核对")
    for name, text in changed.items():
        setattr(draft, name, text[:120] if name == "title" else text)
    draft.revision += 1
    draft.touched = {**draft.touched, **dict.fromkeys(changed, draft.revision)}
    draft.at, draft.by = at, actor
    draft.save()
    after = {"revision": draft.revision, "fields": sorted(changed)}
    audit.record("notice.draft_saved", draft, actor=actor, at=at, after=after)
    return draft


def _draft_of(stage: Stage, actor: Member, at: datetime) -> NoticeDraft:
    """The row, or one that starts as the editor shows it. The stage is locked, so nobody makes it twice."""
    found = NoticeDraft.objects.filter(stage=stage).first()
    if found is not None:
        return found
    notice = Notice.objects.filter(stage=stage).first()
    last = notice.versions.latest("version") if notice else None
    start = selectors_notices.typed_of(stage, last, people=len(selectors.candidates(stage)))
    return NoticeDraft(
        union=stage.union,
        stage=stage,
        title=start.title,
        foreword=start.foreword,
        contact=start.contact,
        at=at,
        by=actor,
    )


def settle_draft(version: NoticeVersion, *, actor: Member, at: datetime) -> None:
    """What was published is what the next correction starts from; a window still open learns it as a change made elsewhere."""
    draft = NoticeDraft.objects.filter(stage=version.notice.stage).first()
    if draft is None:
        return
    draft.title, draft.foreword, draft.contact, draft.reason = version.title, version.foreword, version.contact, ""
    draft.revision += 1
    draft.touched = dict.fromkeys(FIELDS, draft.revision)
    draft.at, draft.by = at, actor
    draft.save()


@transaction.atomic
def save_notice_template(union: Union, *, words: NoticeWords, actor: Member, at: datetime) -> NoticeTemplate:
    """The words that the union's notices start from. What is published already stays as it is."""
    union = Union.objects.select_for_update(no_key=True).get(pk=union.pk)
    policies.can_write_template(actor, union).require()
    texts = {"title": words.title.strip(), "foreword": words.foreword.strip(), "contact": words.contact.strip()}
    if not all(texts.values()):
        raise Refused("标题、正文和异议受理方式都要填写")
    if unknown := unknown_blanks("\n".join(texts.values())):
        raise Refused(f"花括号里的“{unknown[0]}”不是可以自动填写的内容。可以写：{'、'.join(BLANKS)}")
    template, _ = NoticeTemplate.objects.update_or_create(union=union, defaults={**texts, "at": at, "by": actor})
    audit.record("notice.template_saved", template, actor=actor, at=at, after=texts)
    return template
