"""What the walk over every address needs to know: rows that could leak, and how to fill an address with them.

`tests/unions/test_every_url.py` opens every address of the project as anonymous, as a stranger and as every role of
another union. Each app adds its own part at the end of this file, under a comment with its name:

* `@row_maker` functions make rows of the walked union through services, keep them in `world.rows` and `world.mark` texts
  that nobody outside may read (names, phones, ID numbers of people who are not before the public);
* `argument("campaign_slug", …)` fills a keyword of that name wherever it occurs, `argument("review:case", "pk", …)` only
  in that one address. The walk fails on an address it cannot fill.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from applications import services as application_services
from applications.models import Application, ScanBatch, ScanPage, SheetImport
from applications.selectors import submitted_answers
from applications.services import add_note, save_filter
from applications.states import ImportState, PageSource, ScanState
from campaigns import services as campaign_services
from campaigns.models import CalendarDay
from documents import services as documents
from documents.models import StoredFile
from publicity import papers
from publicity.doubt import Doubted
from publicity.models import Award, Certificate, Poll, PollCandidate
from publicity.services import (
    awards,
    decisions,
    doubts,
    gallery,
    ledger,
    notices,
    objections,
    polls,
    signing,
    withdrawals,
)
from publicity.services.objections import Sender
from review.services import investigations, panels, pool_sheets
from tests import factories
from tests.publicity.scene import BENEFITS, CERTIFICATE, MONEY, TEXT, public_notice, public_vote
from tests.review import stagecraft as craft
from tests.review.meetingcraft import Sitting, passing, people
from unions import services
from unions.models import MassMessage, Union
from unions.outbox import queueing
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.states import Role


@dataclass
class World:
    """The walked union, and another whose members do the walking."""

    union: Union
    other: Union
    rows: dict[str, Any] = field(default_factory=dict)
    markers: set[str] = field(default_factory=set)

    def mark(self, *texts: str) -> None:
        """Remember texts that must not reach anybody outside the union."""
        self.markers.update(texts)


RowMaker = Callable[[World], None]
Argument = Callable[[World], Any]

ROW_MAKERS: Final[list[RowMaker]] = []
ARGUMENTS: Final[dict[tuple[str, str], Argument]] = {}

GLOBAL: Final[dict[str, str]] = {
    "accounts/": "allauth: a user's own sign-in, password, sessions and second factor; knows no union's rows",
    "metrics": "for Prometheus: counts and times by view, no rows; the web server in front answers 404",
    "health/": "for load balancers: answers with states of services, no rows",
    "admin/": "Django's admin asks for the platform operator on each of its pages, and holds no union's rows",
}
"""Addresses whose views are not ours and carry no `access`: the start of their route, and why they are safe."""


def row_maker(maker: RowMaker) -> RowMaker:
    ROW_MAKERS.append(maker)
    return maker


def argument(*name: str, value: Argument) -> None:
    """`argument("pk", value=…)` for every address, `argument("unions:member", "pk", value=…)` for one."""
    view, keyword = name if len(name) == 2 else ("", *name)
    ARGUMENTS[view, keyword] = value


def find_argument(view: str, keyword: str) -> Argument | None:
    return ARGUMENTS.get((view, keyword)) or ARGUMENTS.get(("", keyword))


def make_world(union: Union, other: Union) -> World:
    """Fill `union` with a row of everything. Call it inside the union's scope."""
    world = World(union, other)
    for maker in ROW_MAKERS:
        maker(world)
    return world


argument("union_slug", value=lambda world: world.union.slug)

# --- unions ------------------------------------------------------------------------------------------------------------


@row_maker
def people_of_a_union(world: World) -> None:
    officer = factories.MemberFactory(union=world.union, role=Role.UNIT_OFFICER, name="漏网之鱼甲")
    admin = factories.MemberFactory(union=world.union, role=Role.ADMIN, name="漏网之鱼乙")
    invitation, token = services.invite_member(
        world.union,
        contact="leak@example.com",
        name="漏网之鱼丙",
        role=Role.OFFICE,
        actor=admin,
        at=factories.NOON,
    )
    assert officer.user is not None
    world.rows |= {"officer": officer, "admin": admin, "invitation": invitation, "invitation_token": token}
    world.rows["unit"] = officer.unit
    world.mark("漏网之鱼甲", "漏网之鱼乙", "漏网之鱼丙", "leak@example.com", str(officer.user.phone), str(officer.unit))


argument("member_pk", value=lambda world: world.rows["officer"].pk)
argument("invitation_pk", value=lambda world: world.rows["invitation"].pk)
argument("unit_pk", value=lambda world: world.rows["unit"].pk)
for _view in ("union", "configure", "invite_administrator", "operator_reading"):
    argument(f"unions_global:{_view}", "pk", value=lambda world: world.union.pk)
argument("token", value=lambda world: world.rows["invitation_token"])

# --- a campaign, from its rules to its certificates (campaigns, applications, review, publicity, documents) ---------------


@row_maker
def a_campaign(world: World) -> None:
    """One campaign taken through every kind of stage: somebody is named in public, somebody was rejected and is nobody's business."""
    play = craft.Play(
        world.union,
        craft.qualification(),
        craft.expert_review(site_visit=True),
        public_vote(choices_max=1),
        public_notice(),
        craft.final(),
        more=CERTIFICATE + MONEY + BENEFITS,
    )
    winner, loser = play.apply("赵公示"), play.apply("漏网之鱼丁", employer="漏网工厂", deeds="漏网事迹")
    play.qualify("qualification", winner, rejecting=[loser])
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    play.declare(panel)
    photo = _paper(world, "现场.pdf", play.now())
    visit = play.visit("review", winner, finding="漏网考察", photos=[photo])
    panel = type(panel).objects.select_related("stage__campaign").get(pk=panel.pk)
    play.score_all(panel, {winner.pk: 97})
    panels.close_panel(panel, actor=play.office, at=play.now())
    play.cut("review", 1)
    play.close("review")
    poll = _a_vote(play, winner)
    play.open("notice")
    version = notices.publish_notice(play.stage("notice"), text=TEXT, actor=play.office, at=play.now())
    notice = version.notice
    objection, _ = objections.raise_objection(
        notice,
        application=winner,
        text="漏网异议",
        sender=Sender(name="漏网之鱼己", contact="19900088888"),
        evidence=[objections.Evidence(b"%PDF-1.7 x", objections.Kind.PDF, "漏网证据.pdf")],
        at=play.now(),
    )
    second = factories.MemberFactory(union=world.union, role=Role.OFFICE)
    objections.assign_objection(objection, officer=second, actor=play.office, at=play.now())
    objections.record_finding(objection, text="漏网核查", actor=second, at=play.now())
    objections.answer_objection(
        objection, upheld=False, finding="漏网查明", answer="漏网答复", actor=second, at=play.now()
    )
    play.clock = datetime.combine(version.ends_on + timedelta(days=1), play.clock.timetz())
    play.close("notice")
    play.open("final")
    play.resolve("final", confirm=[winner])
    play.close("final")
    awards.confer_awards(play.campaign, actor=play.office, at=play.now())
    job = awards.queue_certificates(play.campaign, actor=play.office, at=play.now())
    output = documents.add_output(
        job, "walk", content=b"%PDF-1.7 walk", name="walk.pdf", content_type="application/pdf", at=play.now()
    )
    _what_follows(world, play)
    entry = gallery.edit_gallery(
        winner, text=gallery.GalleryText("漏网介绍", "漏网风采"), actor=play.office, at=play.now()
    )
    picture = gallery.add_photo(entry, photo=(b"x", "x.jpg"), caption="漏网照片", actor=play.office, at=play.now())
    investigation = investigations.open_investigation(winner, allegation="漏网举报", actor=play.office, at=play.now())
    working = campaign_services.copy_ruleset(play.campaign.ruleset, actor=play.office, at=play.now())
    day = CalendarDay.objects.create(union=world.union, day=date(2026, 5, 9), working=True)
    add_note(loser, text="漏网备注", actor=play.office, at=play.now())
    saved = save_filter(
        play.campaign, name="漏网筛选", query={"q": "漏网"}, shared=True, actor=play.office, at=play.now()
    )
    private = factories.ApplicationFactory(campaign=factories.CampaignFactory(union=world.union), name="漏网之鱼庚")
    assert private.applicant is not None
    erasure = application_services.request_erasure(
        private.applicant, words="漏网请求", actor=private.applicant, at=play.now()
    )
    world.rows |= {
        "erasure": erasure,
        "application": loser,
        "campaign": play.campaign,
        "calendar_day": day,
        "certificate": Certificate.objects.filter(union=world.union).first(),
        "expert": play.experts[0],
        "investigation": investigation,
        "job": job,
        "material": loser.materials.first(),
        "notice": notice,
        "objection": objection,
        "evidence": objection.files.get(),
        "gallery": entry,
        "picture": picture,
        "titled": winner,
        "outcome": loser.outcomes.first(),
        "output": output,
        "poll": poll,
        "candidate": poll.candidates.get(),
        "saved_filter": saved,
        "seat": panel.seats.first(),
        "pool_sheet": pool_sheets.upload_pool(
            world.union,
            content="姓名,手机,专业领域\n漏网之鱼子,19900088801,焊接\n".encode(),
            name="漏网专家表.csv",
            actor=play.office,
            at=play.now(),
        ),
        "stage": play.stage("review"),
        "submission": private.submissions.first(),
        "visit": visit,
        "photo": visit.photos.get(),
        "working_copy": working,
    }
    world.mark(
        "漏网之鱼丁",
        "漏网工厂",
        "漏网事迹",
        "漏网考察",
        "漏网备注",
        "漏网筛选",
        "漏网异议",
        "漏网证据",
        "漏网介绍",
        "漏网风采",
        "漏网照片",
        "漏网核查",
        "漏网查明",
        "漏网答复",
        "漏网之鱼己",
        "漏网举报",
        "漏网疑点",
        "漏网请求",
        "漏网之鱼庚",
        "漏网之鱼子",
        "漏网专家表",
        "19900088801",
        "19900088888",
    )
    for answer in submitted_answers(private.submissions.get()).values():
        if isinstance(answer, str) and re.fullmatch(r"\+?\d{10,17}[\dX]", answer):
            world.mark(answer)


@row_maker
def a_meeting_and_a_vote(world: World) -> None:
    """A panel voted, and the leading group resolved on the result at a meeting whose minutes are closed."""
    play = craft.Play(world.union, craft.ballot_review(), craft.committee(), craft.final())
    voted = play.apply("漏网之鱼申", employer="漏网二厂")
    play.seated("review")
    counted = play.round("review", [voted], [voted], [voted])
    play.end("review")
    play.cut("review", 1)
    play.close("review")
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(passing(voted, "漏网理由"))
    sitting.hands((sitting.meeting.attendances.count(), 0, 0))
    sitting.conclude()
    sitting.close()
    item = sitting.item()
    world.rows |= {"meeting": sitting.meeting, "item": item, "resolution": item.resolution, "round": counted}
    world.mark("漏网之鱼申", "漏网二厂", "漏网理由")


@row_maker
def a_units_sheet_and_its_scans(world: World) -> None:
    """What an officer uploaded and nobody has confirmed: files full of people who are no applicants yet."""
    officer, campaign = world.rows["officer"], world.rows["campaign"]
    own = {"union": world.union, "campaign": campaign, "unit": officer.unit, "by": officer, "at": factories.NOON}
    scan = _paper(world, "漏网扫描.pdf", factories.NOON)
    batch = ScanBatch.objects.create(
        **own, file=scan, name=scan.name, sha256=scan.sha256, pages=1, state=ScanState.READ
    )
    ScanPage.objects.create(
        union=world.union,
        batch=batch,
        number=1,
        source=PageSource.NONE,
        picture=_paper(world, "页.jpg", factories.NOON),
    )
    world.rows |= {
        "sheet": SheetImport.objects.create(**own, name="漏网名单.xlsx", state=ImportState.READ),
        "batch": batch,
    }
    world.mark("漏网名单", "漏网扫描")


def _a_vote(play: craft.Play, winner: Application) -> Poll:
    """The public voted for whoever stands before it; who voted is nobody's business."""
    play.open("vote")
    text = polls.PollText("示例投票", "请投票。", play.clock + timedelta(hours=1), play.clock + timedelta(hours=2))
    poll = polls.open_poll(play.stage("vote"), text=text, actor=play.office, at=play.now())
    chosen = PollCandidate.objects.get(poll=poll, application=winner).pk
    vote = polls.cast_vote(poll, voter=factories.UserFactory(), choices=[chosen], ballot=uuid4(), at=text.opens_at)
    play.clock = text.closes_at
    found = Doubted("burst", "漏网疑点", [vote.pk])
    aside = doubts.set_votes_aside(
        poll, found, reason="漏网疑点的理由", announcement="示例公告", actor=play.office, at=play.now()
    )
    doubts.restore_votes(aside, reason="漏网疑点不成立", announcement="示例恢复公告", actor=play.office, at=play.now())
    play.close("vote")
    return poll


def _what_follows(world: World, play: craft.Play) -> None:
    """A list of who is paid, a decision in words nobody has read yet, a title that is questioned, a key that signs."""
    award = Award.objects.get(campaign=play.campaign)
    listed = ledger.draw_up_list(
        play.campaign, source="title.money", month=play.clock.date(), actor=play.office, at=play.now()
    )
    text = decisions.DecisionText(**papers.decision_defaults(play.campaign))
    draft = decisions.save_decision(play.campaign, text, revision=0, actor=play.office, at=play.now())
    decision = decisions.issue_decision(play.campaign, revision=draft.revision, actor=play.office, at=play.now())
    decisions.save_decision(play.campaign, replace(text, body="漏网决定"), revision=0, actor=play.office, at=play.now())
    case = withdrawals.open_withdrawal(
        award,
        ground="漏网事由",
        answer_by=play.clock.date() + timedelta(days=9),
        actor=play.office,
        at=play.now(),
    )
    key = signing.make_signing_key(world.union, actor=world.rows["admin"], at=play.now())
    world.rows |= {"award": award, "list": listed, "decision": decision, "withdrawal": case, "signing_key": key}
    world.rows["account"] = award.entitlements.first()
    world.mark("漏网决定", "漏网事由")


def _paper(world: World, name: str, at: datetime) -> StoredFile:
    return documents.store_file(world.union, b"%PDF-1.7 x", name=name, content_type="application/pdf", at=at)


def _pk_of(name: str) -> Argument:
    return lambda world: world.rows[name].pk


@row_maker
def messages_of_a_union(world: World) -> None:
    """Somebody's message, one that could not be delivered, and one to many that waits."""
    office = factories.office_of(world.union)
    reader = factories.MemberFactory(union=world.union, name="漏网之鱼辛")
    said = {"申报人": "漏网之鱼壬", "活动": "x", "期限": "x"}
    letters = [Letter("application.withdrawn", to, said) for to in (reader, Contact("漏网之鱼癸", "漏网地址"))]
    message, failed = queueing.tell(world.union, [News(Topic("walk", 1), letters)], at=factories.NOON)
    written = MassMessage.objects.create(
        union=world.union, label="漏网群发", people=1, created_by=office, created_at=factories.NOON
    )
    world.rows |= {"message": message, "delivery": failed.deliveries.get(), "mass": written}
    world.mark("漏网之鱼辛", "漏网之鱼壬", "漏网之鱼癸", "漏网地址", "漏网群发")


for _name in ("message", "delivery", "mass"):
    argument(f"{_name}_pk", value=_pk_of(_name))
argument("kind_id", value=lambda world: "application.withdrawn")

argument("campaign_slug", value=lambda world: world.rows["campaign"].slug)
argument("number", value=lambda world: 0)
argument("ruleset_id", value=lambda world: world.rows["campaign"].ruleset_id)
argument("copy_id", value=lambda world: world.rows["working_copy"].pk)
argument("campaigns:edit_copy", "where", value=lambda world: "quota")
argument("campaigns:add_to_copy", "where", value=lambda world: "materials")
argument("campaigns:arrange_copy", "where", value=lambda world: "stages/qualification")
argument("day_id", value=lambda world: world.rows["calendar_day"].pk)
argument("year", value=lambda world: 2027)
for _view in (
    *(
        "status",
        "fill",
        "save",
        "findings",
        "conditions",
        "materials",
        "attach",
        "remove",
        "check",
        "submit",
        "withdraw",
    ),
    *("channel", "print_forms", "form_pdf", "form_pdf_version", "unit_case", "endorse", "unit_return", "reveal"),
    *("pages", "add_pages", "arrange_pages", "erase"),
    *("record_internal_notice", "resend_invitation", "confirmation", "ask_confirmation", "sign_consent"),
    *("merge", "choose_source"),
):
    argument(f"applications:{_view}", "pk", value=lambda world: world.rows["application"].pk)
argument("import_pk", value=lambda world: world.rows["sheet"].pk)
argument("batch_pk", value=lambda world: world.rows["batch"].pk)
argument("page", value=lambda world: 1)
argument("section", value=lambda world: "basics")
argument("slot", value=lambda world: "photo")
argument("material", value=lambda world: world.rows["material"].pk)
argument("page", value=lambda world: 1)
argument("erasure_pk", value=lambda world: world.rows["erasure"].pk)
argument("version", value=lambda world: 1)
argument("file_id", value=lambda world: world.rows["material"].file_id)
argument("code", value=lambda world: world.rows["submission"].check_code)
argument("application_pk", value=lambda world: world.rows["application"].pk)
argument("material_pk", value=lambda world: world.rows["material"].pk)
argument("tie", value=lambda world: "1")
argument("sheet_pk", value=_pk_of("pool_sheet"))
for _name in ("meeting", "item", "resolution", "round"):
    argument(f"{_name}_pk", value=_pk_of(_name))
for _name in ("stage", "photo", "outcome", "investigation", "expert", "seat"):
    argument(f"{_name}_pk", value=_pk_of(_name))
argument("filter_pk", value=_pk_of("saved_filter"))
for _view in (
    *("case", "print_case", "case_form", "decide", "judge", "return_case", "investigate", "my_progress"),
    *("assign_case", "note", "verify_honour"),
):
    argument(f"review:{_view}", "pk", value=lambda world: world.rows["application"].pk)
for _view in ("notice", "notice_version", "notice_paper", "notice_report", "object", "objection_taken", "correct"):
    argument(f"publicity:{_view}", "pk", value=lambda world: world.rows["notice"].pk)
for _view in ("certificate", "revoke", "reprint"):
    argument(f"publicity:{_view}", "pk", value=lambda world: world.rows["certificate"].pk)
for _view in (
    *("objection", "assign_objection", "record_finding", "answer_objection"),
    *("suspend_candidate", "release_candidate"),
):
    argument(f"publicity:{_view}", "pk", value=lambda world: world.rows["objection"].pk)
for _view in ("edit_gallery", "add_photo", "remove_photo", "ask_consent", "publish_gallery", "withdraw_gallery"):
    argument(f"publicity:{_view}", "pk", value=_pk_of("titled"))
argument("publicity:remove_photo", "photo", value=_pk_of("picture"))
for _view in ("gallery_person", "say_consent"):
    argument(f"publicity:{_view}", "pk", value=_pk_of("gallery"))
argument("publicity:gallery_photo", "pk", value=_pk_of("picture"))
argument("publicity:evidence", "pk", value=lambda world: world.rows["evidence"].pk)
for _view in (
    *("poll", "confirm_vote", "cast", "receipt", "voted", "poll_result", "poll_paper", "candidate", "candidate_photo"),
    *("poll_figures", "poll_doubts", "settle_doubt", "aside", "enter_count", "count_poll", "decide_poll_tie"),
):
    argument(f"publicity:{_view}", "pk", value=_pk_of("poll"))
for _view in ("candidate", "candidate_photo"):
    argument(f"publicity:{_view}", "candidate", value=_pk_of("candidate"))
argument("publicity:settle_doubt", "key", value=lambda world: "0" * 16)
argument("publicity:aside", "number", value=lambda world: 1)
argument("publicity:enter_count", "channel", value=lambda world: "delegates")
argument("publicity:decide_poll_tie", "tie", value=lambda world: "1-2")
argument("publicity:open_poll", "pk", value=lambda world: world.rows["poll"].stage_id)
for _view in ("publish", "notice_save", "notice_preview", "notice_preview_paper"):
    argument(f"publicity:{_view}", "pk", value=lambda world: world.rows["stage"].pk)
argument("year", value=lambda world: world.rows["campaign"].opens_at.year)
argument("publicity_global:verify", "number", value=lambda world: world.rows["certificate"].number)
for _name in ("list", "account", "award", "withdrawal"):
    argument(f"{_name}_pk", value=_pk_of(_name))
argument("publicity:issued_decision", "pk", value=_pk_of("decision"))
argument("publicity:signing_certificate", "pk", value=_pk_of("signing_key"))
argument("source", value=lambda world: "title.money")
argument("benefit", value=lambda world: "rest")
argument("publicity:print_dossier", "pk", value=lambda world: world.rows["application"].pk)
argument("job_id", value=lambda world: world.rows["job"].pk)
argument("output_id", value=lambda world: world.rows["output"].pk)
