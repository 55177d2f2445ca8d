"""Making an archive: who may, what is still sealed, a worker that dies, what is put on record; and people's files."""

import io
from datetime import datetime
from typing import Any

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from applications.models import Application
from campaigns.models import Campaign
from documents import runner
from documents.models import Job, JobOutput
from publicity.services import archives, dossiers
from review.services import panels
from tests.factories import MemberFactory, sign_in
from tests.kept import kept
from tests.publicity.scene import Scene, VoteScene
from tests.review.stagecraft import Play, ballot_review, expert_review, final, fresh, qualification
from unions.archive import layout
from unions.archive.checks import verify
from unions.archive.layout import Archive
from unions.models import AuditEntry, Member, Union
from unions.permits import Refused
from unions.states import Role

NOT_OFFICE = [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN]


def made(play: Play) -> archives.Made:
    return archives.archive_campaign(play.campaign, actor=play.office, at=play.now())


def proved(content: bytes) -> list[str]:
    return [f"{one.title}：{one.problem}" for one in verify(Archive.of(content)).results if one.problem]


def seals() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=layout.SEAL).order_by("seq"))


# --- who and when -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", NOT_OFFICE)
def test_only_the_office_makes_an_archive(role: Role, scene: Scene) -> None:
    stranger = MemberFactory(union=scene.union, role=role)

    with pytest.raises(Refused, match="只有认定办公室"):
        archives.archive_campaign(scene.campaign, actor=stranger, at=scene.now())
    with pytest.raises(Refused, match="只有认定办公室"):
        archives.queue_archive(scene.campaign, actor=stranger, at=scene.now())
    assert seals() == []


def test_a_draft_has_nothing_to_prove(scene: Scene) -> None:
    Campaign.objects.filter(pk=scene.campaign.pk).update(rules_sha256="", state="draft")

    with pytest.raises(Refused, match="还没有发布"):
        made(scene)


# --- what is sealed -----------------------------------------------------------------------------------------------------


def test_scores_of_a_panel_at_work_are_left_out_and_the_archive_says_so(union: Union) -> None:
    play = Play(union, qualification(), expert_review(), final())
    person = play.apply("孙秀兰")
    play.qualify("qualification", person)
    panel = play.seated("review")
    play.score(play.seats("review")[0], person, 93, 87)

    running = made(play)

    archive = Archive.of(running.content)
    assert archive.tables["review.score"] == []
    assert archive.manifest["left_out"] == ["尚未结束的评审的评分、评议"]
    assert b'"craft":"93"' not in b"".join(archive.members.values())
    assert proved(running.content) == []
    for seat in play.seats("review")[1:]:
        play.score(seat, person)
    panels.close_panel(panel, actor=play.office, at=play.now())
    closed = made(play)
    assert Archive.of(closed.content).manifest["left_out"] == []
    assert len(Archive.of(closed.content).tables["review.score"]) == 3
    assert proved(closed.content) == []
    assert len(seals()) == 2


def test_a_secret_vote_is_archived_without_a_way_from_ballot_to_voter(union: Union) -> None:
    play = Play(union, qualification(), ballot_review(passes={"max": 1, "setting": True}), final())
    people = [play.apply(name) for name in ("孙秀兰", "周建军")]
    play.qualify("qualification", *people)
    play.seated("review")
    play.round("review", [people[0]], [people[0]], [people[1]])
    play.end("review")

    content = made(play).content

    archive = Archive.of(content)
    assert proved(content) == []
    assert {tuple(sorted(row)) for row in archive.tables["review.ballot"]} == {("choices", "id", "round", "void")}
    assert archive.tables["review.signedballot"] == []
    assert not {"urn", "key"} & set(archive.tables["review.ballotround"][0])


def test_votes_of_the_public_are_left_out_until_their_stage_has_closed(union: Union) -> None:
    scene = VoteScene(union)
    people = scene.to_vote("孙秀兰", "周建军")
    scene.open_poll()
    scene.cast(people[0])

    running = made(scene)
    scene.end_vote()
    scene.close("vote")
    over = made(scene)

    assert Archive.of(running.content).tables["publicity.vote"] == []
    assert Archive.of(running.content).manifest["left_out"] == ["尚未结束的网络投票的选票"]
    assert proved(running.content) == []
    assert len(Archive.of(over.content).tables["publicity.vote"]) == 1
    assert proved(over.content) == []


# --- the same again -----------------------------------------------------------------------------------------------------


def test_an_archive_made_again_is_the_same_until_something_happens_in_the_campaign(
    scene: Scene, in_final: list[Application]
) -> None:
    first = made(scene)
    scene.expert()  # others of the union go on meanwhile

    second = made(scene)

    assert second == first
    assert [entry.action for entry in AuditEntry.objects.order_by("-seq")[:1]] == ["campaign.archive_repeated"]
    scene.confer()
    third = made(scene)
    assert third.content != first.content
    assert proved(third.content) == []
    assert len(seals()) == 2


def test_what_only_the_log_tells_makes_another_archive_too(scene: Scene, in_final: list[Application]) -> None:
    first = made(scene)
    dossiers.print_dossier(case_of(scene, "赵建国"), actor=scene.office, at=scene.now())

    assert made(scene).head != first.head


# --- a worker -------------------------------------------------------------------------------------------------------------


def test_the_office_has_it_made_and_a_second_click_finds_the_same_job(
    scene: Scene, in_final: list[Application]
) -> None:
    job = archives.queue_archive(scene.campaign, actor=scene.office, at=scene.now())

    assert archives.queue_archive(scene.campaign, actor=scene.office, at=scene.now()) == job
    runner.run(job.pk, at_clock=scene.now)
    runner.run(job.pk, at_clock=scene.now)

    job.refresh_from_db()
    output = JobOutput.objects.select_related("file").get(job=job)
    assert (job.state, job.done, job.total) == ("done", 1, 1)
    with output.file.file.open("rb") as file:
        assert proved(file.read()) == []


def test_a_worker_killed_in_the_middle_leaves_nothing_half_and_the_next_one_ends_it(
    scene: Scene, in_final: list[Application]
) -> None:
    job = archives.queue_archive(scene.campaign, actor=scene.office, at=scene.now())

    class Killed(BaseException):
        pass

    def clock() -> datetime:
        if seals():  # after the entry of the log, before the file is kept
            raise Killed
        return scene.now()

    with pytest.raises(Killed):
        runner.run(job.pk, at_clock=clock)
    assert not JobOutput.objects.filter(job=job).exists()
    runner.run(job.pk, at_clock=scene.now)

    assert JobOutput.objects.filter(job=job).count() == 1
    assert len(seals()) == 1
    job.refresh_from_db()
    assert job.state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_worker_reads_everything_in_one_moment_and_tells_how_far_it_is(union: Union) -> None:
    scene = Scene(union)
    scene.to_final("赵建国")
    job = archives.queue_archive(scene.campaign, actor=scene.office, at=scene.now())

    runner.run(job.pk, at_clock=scene.now)

    with JobOutput.objects.select_related("file").get(job=job).file.file.open("rb") as file:
        assert proved(file.read()) == []


def page(client: Client, member: Member) -> Client:
    return sign_in(client, member)


def at(play: Play, name: str, **kwargs: Any) -> str:
    return reverse(name, kwargs={"union_slug": play.union.slug, **kwargs})


@kept
def archive_job(scene: Scene, in_final: list[Application]) -> Job:
    """What a worker has ended, with its archive to be taken away."""
    job = archives.queue_archive(scene.campaign, actor=scene.office, at=scene.now())
    runner.run(job.pk, at_clock=scene.now)
    return job


@pytest.mark.parametrize("role", [Role.OFFICE, Role.SUPERVISOR])
def test_taking_an_archive_away_is_put_on_record(role: Role, scene: Scene, archive_job: Job) -> None:
    output = JobOutput.objects.get(job=archive_job)
    member = MemberFactory(union=scene.union, role=role)
    client = page(Client(), member)

    shown = client.get(at(scene, "publicity:campaign_archive", campaign_slug=scene.campaign.slug)).content.decode()
    taken = client.get(at(scene, "documents:output", job_id=archive_job.pk, output_id=output.pk))

    assert output.file.sha256 in shown
    assert ("生成一份" in shown or "再生成一份" in shown) == (role == Role.OFFICE)
    assert proved(b"".join(taken.streaming_content)) == []
    entry = AuditEntry.objects.get(action="campaign.archive_downloaded")
    assert entry.actor == member


@pytest.mark.parametrize("role", [Role.LEADER, Role.EXPERT, Role.ADMIN])
def test_nobody_else_takes_an_archive_away(role: Role, scene: Scene, archive_job: Job) -> None:
    output = JobOutput.objects.get(job=archive_job)
    member = MemberFactory(union=scene.union, role=role)

    address = at(scene, "documents:output", job_id=archive_job.pk, output_id=output.pk)
    assert page(Client(), member).get(address).status_code == 404
    with pytest.raises(Refused, match="只有认定办公室和监督员"):
        archives.note_downloaded(archive_job, actor=member, at=scene.now())


def test_the_command_writes_a_whole_file_or_none(scene: Scene, in_final: list[Application], tmp_path: Any) -> None:
    target = tmp_path / "deep" / "archive.zip"

    call_command("archive_campaign", scene.union.slug, scene.campaign.slug, "--to", str(target), stdout=io.StringIO())

    assert proved(target.read_bytes()) == []
    assert [path.name for path in target.parent.iterdir()] == ["archive.zip"]
    for union, campaign, words in (
        (scene.union.slug, scene.campaign.slug, "已经存在"),
        ("nowhere", scene.campaign.slug, "没有地址为"),
        (scene.union.slug, "nothing", "没有地址为"),
    ):
        to = target if words == "已经存在" else tmp_path / "other.zip"
        with pytest.raises(CommandError, match=words):
            call_command("archive_campaign", union, campaign, "--to", str(to))


def test_the_command_says_what_agrees_and_fails_where_something_does_not(
    scene: Scene, in_final: list[Application], tmp_path: Any
) -> None:
    target, out = tmp_path / "archive.zip", io.StringIO()
    target.write_bytes(made(scene).content)

    call_command("verify_archive", str(target), stdout=out)

    assert "相符  写入时的摘要" in out.getvalue()
    with pytest.raises(CommandError, match="不能证明"):
        call_command("verify_archive", str(target), "--expect", "1:abc", stdout=io.StringIO())
    target.write_bytes(b"PK")
    with pytest.raises(CommandError, match="不是档案"):
        call_command("verify_archive", str(target))


# --- people's files -------------------------------------------------------------------------------------------------------


def words_of(pdf: bytes) -> tuple[int, pikepdf.Pdf]:
    opened = pikepdf.open(io.BytesIO(pdf))
    return len(opened.pages), opened


def case_of(play: Play, name: str) -> Application:
    rows = Application.objects.select_related("union", "campaign__union", "person__key", "unit")
    return rows.get(name=name, campaign=play.campaign)


def test_a_persons_file_is_printed_and_that_is_put_on_record(scene: Scene, in_final: list[Application]) -> None:
    scene.confer()

    pdf = dossiers.print_dossier(case_of(scene, "赵建国"), actor=scene.office, at=scene.now())

    pages, opened = words_of(pdf)
    assert pages >= 4
    assert opened.trailer["/Info"]["/Title"] is not None
    assert AuditEntry.objects.filter(action="dossier.printed").count() == 1


@pytest.mark.parametrize("role", [Role.EXPERT, Role.SUPERVISOR, Role.ADMIN, Role.APPLICANT])
def test_a_persons_file_is_for_office_and_leading_group(role: Role, scene: Scene, in_final: list[Application]) -> None:
    stranger = MemberFactory(union=scene.union, role=role)

    with pytest.raises(Refused, match="只有认定办公室和领导小组"):
        dossiers.print_dossier(case_of(scene, "赵建国"), actor=stranger, at=scene.now())
    with pytest.raises(Refused, match="只有认定办公室和领导小组"):
        dossiers.queue_dossiers(scene.campaign, actor=stranger, at=scene.now())


def test_nobody_prints_the_file_of_their_own_application(scene: Scene, in_final: list[Application]) -> None:
    application = case_of(scene, "赵建国")
    application.person.user = scene.office.user
    application.person.save(update_fields=["user"])

    with pytest.raises(Refused, match="应当回避"):
        dossiers.print_dossier(application, actor=scene.office, at=scene.now())
    with pytest.raises(Refused, match="还没有人提交"):
        dossiers.queue_dossiers(scene.campaign, actor=scene.office, at=scene.now())


def test_the_files_of_all_are_bound_once_by_a_worker(scene: Scene, both_final: list[Application]) -> None:
    leader = fresh(scene.leader)
    job = dossiers.queue_dossiers(scene.campaign, actor=leader, at=scene.now())

    assert dossiers.queue_dossiers(scene.campaign, actor=leader, at=scene.now()) == job
    runner.run(job.pk, at_clock=scene.now)
    Job.objects.filter(pk=job.pk).update(state="queued")
    runner.run(job.pk, at_clock=scene.now)

    assert JobOutput.objects.filter(job=job).count() == 2
    job.refresh_from_db()
    assert job.state == "done"
    client = page(Client(), leader)
    taken = client.get(at(scene, "documents:outputs", job_id=job.pk))
    assert taken.status_code == 200
    assert AuditEntry.objects.filter(action="dossiers.downloaded").count() == 1
    shown = client.get(at(scene, "publicity:campaign_archive", campaign_slug=scene.campaign.slug)).content.decode()
    assert "下载 2 份（ZIP）" in shown


def test_without_anybody_there_is_nothing_to_bind(scene: Scene) -> None:
    with pytest.raises(Refused, match="还没有人提交"):
        dossiers.queue_dossiers(scene.campaign, actor=scene.office, at=scene.now())


def test_the_pages_buttons_make_both(scene: Scene, in_final: list[Application]) -> None:
    client = page(Client(), scene.office)
    where = {"campaign_slug": scene.campaign.slug}

    assert client.post(at(scene, "publicity:make_archive", **where)).status_code == 302
    assert client.post(at(scene, "publicity:make_dossiers", **where)).status_code == 302
    shown = client.get(at(scene, "publicity:campaign_archive", **where)).content.decode()
    pdf = client.post(at(scene, "publicity:print_dossier", pk=case_of(scene, "赵建国").pk))

    assert Job.objects.filter(kind="campaign.archive").count() == 1
    assert Job.objects.filter(kind="campaign.dossiers").count() == 1
    assert "姓名、证件号码和联系方式不在其中" in shown
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content[:5] == b"%PDF-"
