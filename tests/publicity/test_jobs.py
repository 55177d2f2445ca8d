"""The batch of certificates, run as a worker runs it."""

import io

import pikepdf
import pypdfium2
import pytest

from applications.models import Application
from campaigns.rules.schema import Award as AwardRule
from documents import policies as document_policies
from documents import runner
from documents.models import Job, JobOutput, StoredFile
from documents.paper.render import PaperError
from documents.states import JobState
from publicity import jobs, papers, wording
from publicity.models import Award, Certificate
from publicity.services import awards
from tests.factories import MemberFactory
from tests.publicity.scene import CERTIFICATE, SECOND, Scene
from unions import audit
from unions.models import Union
from unions.states import Role


def _text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return str(text)


def _bytes(certificate: Certificate) -> bytes:
    assert certificate.file is not None
    with certificate.file.file.open("rb") as file:
        content: bytes = file.read()
    return content


def _run(scene: Scene) -> Job:
    job = Job.objects.filter(kind="certificates.batch").latest("created_at")
    runner.run(job.pk, at_clock=scene.now)
    job.refresh_from_db()
    return job


def test_every_certificate_is_made_once_with_its_own_person_and_nobody_else(
    scene: Scene, union: Union, certificates: list[Certificate]
) -> None:
    first, second = certificates

    job = _run(scene)
    runner.run(job.pk, at_clock=scene.now)

    assert (job.state, job.done, job.total) == (JobState.DONE, 2, 2)
    first.refresh_from_db()
    second.refresh_from_db()
    pages = [_bytes(first), _bytes(second)]
    words = ["".join(_text(pdf).split()) for pdf in pages]
    assert "赵建国" in words[0]
    assert "钱秀兰" not in words[0]
    assert "示匠〔2026〕001号" in words[0]
    assert "钱秀兰" in words[1]
    assert "赵建国" not in words[1]
    for pdf in pages:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert len(document.pages) == 1
    assert StoredFile.objects.filter(certificate__isnull=False).count() == JobOutput.objects.count() == 2
    assert audit.verify(union).verified


@pytest.mark.usefixtures("certificates")
def test_a_second_batch_makes_only_what_is_new(scene: Scene) -> None:
    made = Certificate.objects.order_by("sequence")
    _run(scene)
    before = [_bytes(row) for row in made]
    Certificate.objects.filter(sequence=2).update(file=None)

    scene.queue()
    job = _run(scene)

    assert (job.state, job.total) == (JobState.DONE, 1)
    assert next(_bytes(row) for row in made.all()) == before[0]


@pytest.mark.usefixtures("certificates")
def test_a_retried_job_whose_rest_another_one_made_ends_well(scene: Scene) -> None:
    first = Job.objects.get(kind="certificates.batch")
    Job.objects.filter(pk=first.pk).update(state=JobState.FAILED)
    scene.queue()
    _run(scene)
    Job.objects.filter(pk=first.pk).update(state=JobState.QUEUED)

    runner.run(first.pk, at_clock=scene.now)

    first.refresh_from_db()
    assert (first.state, first.total) == (JobState.DONE, 0)


def test_a_name_that_no_face_can_set_stops_its_own_sheet_by_name_and_the_batch_goes_on(
    scene: Scene, certificates: list[Certificate]
) -> None:
    first, second = certificates
    Application.objects.filter(pk=first.award.application_id).update(name="赵\U0010fffd国")

    job = _run(scene)

    assert job.state == JobState.FAILED
    assert f"有 1 份证书没有生成，以下文字没有可用的字体：赵\U0010fffd国（{first.number}）的“\U0010fffd”" in job.error
    assert list(JobOutput.objects.values_list("key", flat=True)) == [str(second.pk)]


def test_a_batch_of_which_nothing_can_be_set_makes_nothing(scene: Scene, certificate: Certificate) -> None:
    Application.objects.filter(pk=certificate.award.application_id).update(name="\U0010fffd")

    assert "有 1 份证书没有生成" in _run(scene).error
    assert not JobOutput.objects.exists()


@pytest.mark.usefixtures("certificates")
def test_words_that_do_not_fit_stop_the_batch_with_the_reason(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def overflow(*_: object, **__: object) -> object:
        raise PaperError("证书正文过长（900 字），请缩短后再生成")

    monkeypatch.setattr(jobs, "render_batch", overflow)

    assert _run(scene).error == "证书没有生成：证书正文过长（900 字），请缩短后再生成"


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.OFFICE, True), (Role.LEADER, False), (Role.SUPERVISOR, False), (Role.ADMIN, False), (Role.APPLICANT, False)],
)
@pytest.mark.usefixtures("certificate")
def test_every_officer_follows_the_batch_and_nobody_else(scene: Scene, union: Union, role: Role, may: bool) -> None:
    job = Job.objects.get(kind="certificates.batch")

    other = MemberFactory(union=union, role=role)

    assert document_policies.can_read_job(other, job).allowed is may


def test_the_notice_on_paper_has_words_names_days_and_digest(scene: Scene, three_in_notice: list[Application]) -> None:
    version = scene.publish()
    second = scene.correct(reason="单位名称有误")

    text = "".join(_text(papers.notice_pdf(version)).split())
    corrected = "".join(_text(papers.notice_pdf(second)).split())

    for words in ("关于示例工匠人选的公示", "赵建国", "公示时间：2026年3月24日至2026年3月30日", "示例工匠认定办公室"):
        assert words in text
    assert version.sha256 in text
    assert "更正说明" not in text
    assert "更正说明：单位名称有误" in corrected


# --- the conferring decision -------------------------------------------------------------------------------------------


def test_the_decision_names_grounds_awards_and_holders_by_the_strokes_of_their_surnames(union: Union) -> None:
    scene = Scene(union, more=CERTIFICATE + SECOND, quota={"places": 3})
    people = scene.to_final("赵建国", "尹力", "孙志强")
    scene.confer()
    lost = Award.objects.get(application=people[0], award="title")
    scene.queue()
    number = Certificate.objects.get(award=lost)
    awards.revoke_certificate(number, reason="获评后查实弄虚作假", actor=scene.office, at=scene.now())

    text = "".join(_text(papers.decision_pdf(scene.campaign)).split())

    assert "关于授予尹力等2名同志" in text
    assert "经资格审核、社会公示、审定，决定授予尹力等2名同志" in text
    assert "赵建国" not in text
    assert "尹力" in text
    assert text.index("1尹力") < text.index("2孙志强")
    assert "称号名单" in text


def test_before_anybody_holds_a_title_there_is_no_decision(scene: Scene) -> None:
    with pytest.raises(papers.NothingConferred):
        papers.decision_pdf(scene.campaign)


@pytest.mark.parametrize(
    ("label", "honour"),
    [
        ("示例工匠", "首届“示例工匠”称号"),
        ("示例工匠入围奖", "首届“示例工匠入围奖”"),
        ("示例“百名工匠大师”", "首届示例“百名工匠大师”称号"),
    ],
)
def test_a_title_is_quoted_once_and_a_prize_is_not_called_a_title(label: str, honour: str) -> None:
    rule = AwardRule(id="title", label=label, to={"stage": "final"}, setting=True)

    assert wording.Commended(rule, ("甲一",)).honour("首届") == honour


def test_short_columns_and_names_keep_their_room_on_a_notice() -> None:
    rows = [
        ["序号", "姓名", "工作单位", "条件"],
        ["1", "阿卜杜热合曼·买买提", "某某精密机械制造股份有限公司", "甲" * 40],
    ]

    number, name, employer, grounds = papers._widths(rows, 1)

    assert number == 3.2
    assert name == 7.2
    assert grounds > employer > name
    assert number + name + employer + grounds == pytest.approx(papers.MEASURE)
