"""Everything a union keeps about one person, for that person: on a page, and as data to take along. Never writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from applications import selectors, selectors_retention, selectors_returns
from applications.models import Application, ErasureRequest, InternalNotice, Material, Person, Recommendation, Reveal
from applications.states import PERSONAL_DATA, State
from campaigns.rules.wording import chinese_date
from documents.models import Job
from unions import vault
from unions.models import Consent, Member


@dataclass(frozen=True, slots=True)
class Held:
    """One application as its person reads it: what lies there, until when, and who saw the number whole."""

    application: Application
    materials: Sequence[Material]
    reveals: Sequence[Reveal]
    kept: str
    titled: bool
    erasable: bool


@dataclass(frozen=True, slots=True)
class MyData:
    member: Member
    person: Person | None
    held: Sequence[Held]
    consents: Sequence[Consent]
    requests: Sequence[ErasureRequest]
    exports: Sequence[Job]


def data_of(member: Member) -> MyData:
    """A constant number of queries, however many applications there are."""
    person = selectors.person_of(member)
    rows = list(_applications(member, person))
    titled = selectors_retention.titled_among(rows)
    requests = (
        ErasureRequest.objects.filter(person=person).select_related("decided_by__user").order_by("-at")
        if person
        else ()
    )
    exports = Job.objects.filter(requested_by=member, kind=PERSONAL_DATA).prefetch_related("outputs__file")
    return MyData(
        member,
        person,
        [_held(row, member, is_titled=row.pk in titled) for row in rows],
        list(Consent.objects.filter(member=member).order_by("-at")),
        list(requests),
        list(exports.order_by("-created_at")[:5]),
    )


def _applications(member: Member, person: Person | None) -> Any:
    """Under this person's record, and those filled in by this sign-in that came to lie under another (an ID number known before)."""
    own = Application.objects.filter(union=member.union_id, applicant=member)
    if person is not None:
        own = own | Application.objects.filter(union=member.union_id, person=person)
    return (
        own.distinct()
        .select_related("campaign", "unit", "person__key", "union")
        .prefetch_related(
            Prefetch("materials", Material.objects.current().select_related("file")),
            Prefetch("reveals", Reveal.objects.select_related("by__user", "by__unit").order_by("at")),
            "submissions",
        )
        .order_by("-created_at", "-pk")
    )


def _held(application: Application, member: Member, *, is_titled: bool) -> Held:
    return Held(
        application,
        list(application.materials.all()),
        list(application.reveals.all()),
        selectors_retention.kept_words(application, is_titled=is_titled),
        is_titled,
        application.applicant_id == member.pk
        and application.anonymised_at is None
        and application.state in {State.DRAFT, State.WITHDRAWN, State.LAPSED},
    )


def seen_by(reveal: Reveal) -> str:
    """Name, role and unit of whoever saw an ID number whole."""
    where = f"，{reveal.by.unit.name}" if reveal.by.unit else ""
    return f"{reveal.by}（{reveal.by.get_role_display()}{where}）"


# --- to take along ---------------------------------------------------------------------------------------------------


def as_data(data: MyData) -> dict[str, Any]:
    """Plain values under Chinese names, numbers whole: it is their own."""
    user = data.member.user
    return {
        "工会": data.member.union.name,
        "账号": {
            "姓名": user.name if user else "",
            "手机": (user.phone or "") if user else "",
            "电子邮箱": (user.email or "") if user else "",
            "加入时间": _moment(data.member.created_at),
        },
        "人员": _person(data.person),
        "同意记录": [{"时间": _moment(row.at), "内容": row.text} for row in data.consents],
        "申报": [_application(held) for held in data.held],
        "删除请求": [
            {
                "提出时间": _moment(row.at),
                "处理情况": row.get_state_display(),
                "理由": row.reason,
                "法律依据": row.basis,
            }
            for row in data.requests
        ],
    }


def _person(person: Person | None) -> dict[str, str]:
    if person is None:
        return {}
    try:
        number = vault.unseal(person.key, person.id_sealed) if person.id_sealed else ""
    except vault.Unreadable:
        number = ""
    return {"姓名": person.name, "身份证件号码": number, "建立时间": _moment(person.created_at)}


def _application(held: Held) -> dict[str, Any]:
    row = held.application
    labels = selectors.item_labels(row)
    return {
        "活动": row.campaign.title,
        "受理编号": row.number,
        "状态": row.get_state_display(),
        "申报渠道": row.channel,
        "推荐单位": row.unit.name if row.unit else "",
        "开始填写": _moment(row.created_at),
        "保存期限": held.kept,
        "正在填写的内容": _answers(row, selectors.answers_of(row)),
        "历次提交": [
            {
                "版本": one.version,
                "时间": _moment(one.at),
                "校验码": one.check_code,
                "内容": _answers(row, selectors.submitted_answers(one)),
            }
            for one in _with_application(row)
        ],
        "材料": [
            {
                "项目": labels.get(file.slot, file.slot),
                "文件名": file.file.name,
                "字节数": file.file.size,
                "上传时间": _moment(file.uploaded_at),
                "SHA-256": file.file.sha256,
            }
            for file in held.materials
        ],
        "退回补正": [
            {
                "时间": _moment(one.at),
                "期限": _moment(one.deadline),
                "说明": one.reason,
                "项目": [{"项目": item.label, "原因": item.reason} for item in selectors_returns.asked(one, row)],
            }
            for one in row.returns.all()
        ],
        "推荐意见": [
            {"单位": one.unit.name, "结论": one.get_decision_display(), "意见": one.opinion, "时间": _moment(one.at)}
            for one in Recommendation.objects.filter(application=row).select_related("unit")
        ],
        "单位内公示": [
            {
                "单位": one.unit.name,
                "自": chinese_date(one.starts_on),
                "至": chinese_date(one.ends_on),
                "方式": one.place,
            }
            for one in InternalNotice.objects.filter(application=row).select_related("unit")
        ],
        "谁查看过完整证件号码": [
            {"谁": seen_by(one), "时间": _moment(one.at), "理由": one.reason} for one in held.reveals
        ],
    }


def _with_application(row: Application) -> Any:
    for submission in row.submissions.all():
        submission.application = row
        yield submission


def _answers(row: Application, answers: Any) -> dict[str, str]:
    return {
        item.label: item.text
        for section in selectors.sheet(row, answers, masked=False)
        for item in section.fields
        if item.text
    }


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
