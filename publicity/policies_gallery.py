"""May this person do it to what the gallery shows, and if not, why?"""

from applications.models import Application
from publicity import selectors_gallery as gallery
from publicity.models_gallery import GalleryEntry
from publicity.selectors import standing_awards
from unions.models import Member
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_run_office


def can_edit_gallery(actor: Member, application: Application) -> Decision:
    """The office writes about whoever holds a title, for as long as they hold it."""
    decision = can_run_office(actor, application.union)
    if not decision:
        return decision
    if application.anonymised_at is not None or not standing_awards().filter(application=application).exists():
        return denied(f"{application.name}现在没有有效的称号，不能作风采展示")
    return ALLOWED


def can_ask_consent(actor: Member, entry: GalleryEntry) -> Decision:
    decision = can_edit_gallery(actor, entry.application)
    if not decision:
        return decision
    if entry.application.applicant_id is None:
        return denied("该人选没有自己的账号，不能在网上征求本人意见")
    if gallery.agrees(entry):
        return denied("本人已经同意")
    return ALLOWED


def can_publish_gallery(actor: Member, entry: GalleryEntry) -> Decision:
    decision = can_edit_gallery(actor, entry.application)
    if not decision:
        return decision
    if entry.published_at is not None:
        return denied("已经发布")
    if not gallery.agrees(entry):
        return denied("本人还没有同意，请先征求本人意见")
    return ALLOWED


def can_withdraw_gallery(actor: Member, entry: GalleryEntry) -> Decision:
    decision = can_run_office(actor, entry.union)
    if decision and entry.published_at is None:
        return denied("没有发布，不需要撤下")
    return decision


def can_say_gallery(actor: Member, entry: GalleryEntry) -> Decision:
    """Only the person themself, at any time once they were asked."""
    if entry.application.applicant_id != actor.pk or not actor.active:
        return denied("是否展示只能由本人决定")
    if entry.asked_at is None:
        return denied("认定办公室还没有征求您的意见")
    return ALLOWED
