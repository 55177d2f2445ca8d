"""A person's file (一人一档): everything that was handed in, found, said and decided about one person, bound into one PDF.

Numbers that identify a person are masked. What is sealed stays out until it is open, and of an objection there is only what
the person it is about may be told.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import pikepdf
from django.utils import timezone

from applications import selectors as intake
from applications.models import (
    PHOTO,
    SEALED_FORM,
    SIGNED_CONSENT,
    Application,
    InternalNotice,
    Material,
    Recommendation,
    Return,
    Submission,
)
from applications.papers import NoPaper, form_pdf
from applications.selectors_returns import asked
from campaigns.rules.wording import chinese_date
from documents.paper.dossier import Dossier, Facts, Section, Table, Words, dossier_pdf
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from publicity.models import Award, NoticeLine, Objection
from review import desk
from review.models import Investigation
from review.opinions import stage_opinions
from review.selectors import findings
from unions.models import Member

TITLE: Final = "一人一档"
_SLOTS: Final = {PHOTO: "照片", SEALED_FORM: "盖章的申报表", SIGNED_CONSENT: "本人签字的同意书"}
FORM: Final = "申报表（按最后提交的版本）"


def dossier(application: Application, *, reader: Member, at: datetime) -> bytes:
    """One person's file as `reader` may have it. Raises `MissingGlyph` and `PaperError`."""
    submission = intake.latest_submission(application)
    form = _form(application, submission)
    content = dossier_pdf(_composed(application, submission, reader, at, bound=form is not None))
    return content if form is None else _bound(content, form)


def _form(application: Application, submission: Submission | None) -> bytes | None:
    """The form as it was printed; where it cannot be set, the answers in the file stand for it."""
    if submission is None or application.open_key is None:
        return None
    try:
        return form_pdf(submission, opinions=stage_opinions(application), masked=True)
    except (NoPaper, MissingGlyph, PaperError):
        return None


def _bound(first: bytes, *papers: bytes) -> bytes:
    """Into the first, so that its table of contents still leads somewhere."""
    with pikepdf.open(io.BytesIO(first)) as target:
        for paper in papers:
            with pikepdf.open(io.BytesIO(paper)) as source:
                target.pages.extend(source.pages)
        out = io.BytesIO()
        target.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def _composed(
    application: Application, submission: Submission | None, reader: Member, at: datetime, *, bound: bool
) -> Dossier:
    campaign, union = application.campaign, application.union
    version = f"第 {submission.version} 版，{_moment(submission.at)}" if submission else ""
    code = submission.check_code if submission else ""
    channel = campaign.rules.channel(application.channel).label
    return Dossier(
        title=TITLE,
        name=application.name,
        over=campaign.title,
        cover=(
            ("受理编号", application.number),
            ("证件号码", application.person.id_masked),
            ("工作单位", application.employer),
            ("申报渠道", f"{channel}（{application.unit.name}）" if application.unit else channel),
            ("提交版本", version),
            ("校验码", code),
        ),
        sections=tuple(_sections(application, submission, reader, at)),
        annexes=(FORM,) if bound else (),
        foot=f"编号 {application.number}　校验码 {code}　生成于 {_moment(at)}",
        signed_by=union.office_name or campaign.rules.basis.office or union.name,
        date=chinese_date(timezone.localdate(at)),
        printed_at=at,
    )


def _sections(
    application: Application, submission: Submission | None, reader: Member, at: datetime
) -> Iterator[Section]:
    yield Section("申报内容", tuple(_answers(application, submission)))
    yield Section("申报材料", tuple(_materials(application)))
    yield Section("推荐单位意见", tuple(_opinions(application)), empty="没有推荐单位意见。")
    yield Section("退回补正", tuple(_returns(application)), empty="没有退回过。")
    lines = _lines(application)
    yield Section("对照条件", tuple(_findings(lines)))
    yield Section("审核判断", tuple(_judgements(application, lines)), empty="没有需要判断的条件。")
    yield Section("现场考察", tuple(_visits(application)), empty="没有考察记录。")
    yield Section("专家评审", tuple(_scores(application, reader, at)), empty="没有评审记录。")
    yield Section("公示与异议", tuple(_notices(application)), empty="没有公示。")
    yield Section("各环节结论与决议", tuple(_outcomes(application)), empty="还没有结论。")
    yield Section("授予", tuple(_awards(application)), empty="没有授予称号。")


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _answers(application: Application, submission: Submission | None) -> Iterator[Facts | Words]:
    answers = intake.submitted_answers(submission) if submission else {}
    if not answers:
        yield Words("个人信息已按规定删除。" if submission else "还没有提交。")
        return
    for section in intake.sheet(application, answers):
        if section.fields:
            yield Facts(tuple((field.label, field.text or "—") for field in section.fields), heading=section.title)


def _materials(application: Application) -> Iterator[Table]:
    rows = Material.objects.filter(application=application, removed_at__isnull=True).select_related("file")
    labels = intake.item_labels(application)
    found = tuple(
        (
            labels.get(row.slot, _SLOTS.get(row.slot, row.slot)),
            row.file.name,
            f"{max(row.file.size // 1024, 1):,} KB",
            row.file.sha256,
        )
        for row in rows
    )
    if found:
        yield Table(("材料", "文件", "大小", "SHA-256"), found, (22, 25, 12, 41), digests=frozenset({3}))


def _opinions(application: Application) -> Iterator[Table | Facts]:
    rows = Recommendation.objects.filter(application=application).select_related("unit")
    found = tuple((row.unit.name, row.get_decision_display(), row.opinion, _moment(row.at)) for row in rows)
    if found:
        yield Table(("推荐单位", "结论", "意见", "时间"), found, (22, 12, 48, 18))
    for row in InternalNotice.objects.filter(application=application).select_related("unit"):
        days = f"{chinese_date(row.starts_on)}至{chinese_date(row.ends_on)}"
        yield Facts(
            (
                ("单位内公示", f"{row.unit.name}，{days}，{row.place}"),
                ("结果", "\n".join(filter(None, (row.get_result_display(), row.settlement)))),
            )
        )


def _returns(application: Application) -> Iterator[Table]:
    rows = Return.objects.filter(application=application)
    found = []
    for row in rows:
        items = "\n".join(f"{one.label}：{one.reason or row.reason}" for one in asked(row, application)) or row.reason
        answered = _moment(row.answered_at) if row.answered_at else "没有答复"
        found.append((_moment(row.at), items, _moment(row.deadline), answered))
    if found:
        yield Table(("退回时间", "需补正的项目和原因", "期限", "重新提交"), tuple(found), (17, 49, 17, 17))


def _findings(lines: Sequence[desk.FindingLine]) -> Iterator[Table]:
    rows = tuple(
        (
            f"{'　' * line.depth}{line.finding.label}",
            line.word or line.finding.counts_as.label,
            line.finding.detail,
            line.finding.clause or "本办公室自定",
        )
        for line in lines
    )
    if rows:
        yield Table(("条件", "结果", "依据的事实", "条款"), rows, (30, 15, 39, 16))


def _judgements(application: Application, lines: Sequence[desk.FindingLine]) -> Iterator[Table]:
    labels = {line.finding.rule_id: line.finding.label for line in lines}
    said = desk.judgements_of(application)
    rows = tuple(
        (
            labels.get(row.rule, row.rule),
            "成立" if row.holds else "不成立",
            row.reason or "—",
            str(row.by),
            _moment(row.at),
        )
        for row in said.values()
    )
    if rows:
        yield Table(("事项", "判断", "理由", "办理人", "时间"), rows, (26, 11, 33, 13, 17))


def _lines(application: Application) -> list[desk.FindingLine]:
    if application.open_key is None:
        return []
    found = findings(application)
    return desk.finding_lines(application, found, may_judge=False)


def _visits(application: Application) -> Iterator[Facts]:
    for visit in desk.visits_of(application):
        yield Facts(
            (
                ("环节", visit.stage.label),
                ("时间和地点", f"{chinese_date(visit.visited_on)}，{visit.place}"),
                ("考察人员", visit.team),
                *desk.checklist_of(visit),
                ("考察情况", visit.finding),
                ("照片", f"{len(visit.photos.all())} 张"),
            )
        )


def _scores(application: Application, reader: Member, at: datetime) -> Iterator[Table | Words]:
    for sheet in desk.score_sheets(application, reader, at=at):
        if sheet.sealed:
            yield Words(f"“{sheet.stage.label}”{sheet.work}封存中，结束后才能列入。")
            continue
        place = f"　第 {sheet.rank} 名，{sheet.total}" if sheet.rank else ""
        columns = (sheet.row_label, *(f"{column['label']}" for column in sheet.columns))
        rows = [(row["label"], *map(str, row["cells"])) for row in sheet.rows]
        if sheet.total_label:
            columns = (*columns, sheet.total_label)
            rows = [(*cells, row["total"]) for cells, row in zip(rows, sheet.rows, strict=True)]
        yield Table(columns, tuple(rows), caption=f"{sheet.stage.label}{place}")
        if sheet.comments:
            yield Table(("评审专家", "意见"), tuple(sheet.comments), (20, 80))
        for recusal in sheet.recused:
            yield Words(f"{recusal.seat.expert}回避：{recusal.reason}（{recusal.get_source_display()}）")


def _notices(application: Application) -> Iterator[Table]:
    lines = NoticeLine.objects.filter(application=application).select_related("version__notice__stage")
    shown = tuple(
        (
            line.version.notice.stage.label,
            f"第 {line.version.version} 版",
            f"{chinese_date(line.version.starts_on)}至{chinese_date(line.version.ends_on)}",
            line.version.sha256,
        )
        for line in lines.order_by("version__at", "pk")
    )
    if shown:
        yield Table(("公示", "版本", "时间", "SHA-256"), shown, (16, 10, 32, 42), digests=frozenset({3}))
    rows = tuple(
        (row.receipt, _moment(row.at), row.get_state_display(), row.ground or "—")
        for row in Objection.objects.filter(application=application)
    )
    if rows:
        yield Table(("异议受理号", "时间", "处理", "不予通过的理由"), rows, (24, 20, 16, 40), caption="异议")


def _outcomes(application: Application) -> Iterator[Table | Facts]:
    rows = []
    resolutions = {}
    for row in desk.outcomes_of(application):
        word = row.get_verdict_display() + ("（已更正）" if hasattr(row, "superseded_by") else "")
        stage = row.stage.label if row.stage else "取消资格"
        rows.append((stage, word, str(row.rank or "—"), row.reason, str(row.by), _moment(row.at)))
        if row.resolution:
            resolutions[row.resolution.pk] = row.resolution
    if rows:
        yield Table(("环节", "结论", "名次", "理由", "办理人", "时间"), tuple(rows), (16, 15, 8, 32, 13, 16))
    for one in resolutions.values():
        present = f"应到 {one.members} 人，" if one.members else ""
        yield Facts(
            (
                ("决议", f"{one.get_subject_display()}，{chinese_date(one.met_on)}"),
                ("表决", f"{present}出席 {one.present} 人，同意 {one.in_favour} 人"),
                ("内容", one.text),
                *([("理由", one.reason)] if one.reason else []),
            )
        )
    for case in Investigation.objects.filter(application=application):
        yield Facts((("核查", case.get_state_display()), ("结论", case.finding or "核查中")))


def _awards(application: Application) -> Iterator[Table]:
    rows = []
    for award in Award.objects.filter(application=application).select_related("certificate__revocation"):
        certificate = getattr(award, "certificate", None)
        revoked = getattr(certificate, "revocation", None)
        state = f"已撤销：{revoked.reason}" if revoked else "有效" if certificate else "—"
        number = certificate.number if certificate else "未编号"
        rows.append((award.label, chinese_date(award.conferred_on), number, state))
    if rows:
        yield Table(("称号", "授予日期", "证书编号", "证书"), tuple(rows), (32, 22, 26, 20))
