"""The conferring decision, and a title taken away: the person is heard first, and then everything ends in one moment."""

import io
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from django.db import DatabaseError, transaction

from applications.models import Application
from campaigns.models import Campaign
from publicity import papers, selectors
from publicity.models import Award, Certificate
from publicity.models_ledger import Decision, DecisionDraft, Withdrawal, WithdrawalStep
from publicity.selectors_ledger import answers_of, mine, statement_of
from publicity.selectors_ledger import withdrawals as all_of
from publicity.services import awards, decisions, ledger, withdrawals
from publicity.services.withdrawals import Ruling
from publicity.states import GrantState
from tests.factories import MemberFactory
from tests.kept import kept
from tests.publicity.scene import BENEFITS, CERTIFICATE, MONEY, Scene
from tests.publicity.test_ledger import title
from tests.review.stagecraft import final
from unions.models import AuditEntry, Member, Message, Union
from unions.permits import Refused
from unions.states import Role


@kept
def titled(union: Union) -> Scene:
    scene = Scene(union, more=CERTIFICATE + MONEY + BENEFITS)
    for name in ("赵建国", "钱秀兰"):
        title(scene, name)
    ledger.open_ledger(scene.campaign, actor=scene.office, at=scene.now())
    scene.queue()
    return scene


def award_of(name: str = "赵建国") -> Award:
    return next(one for one in Award.objects.select_related("campaign", "union") if one.application.name == name)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return "".join(text.split())


# --- the decision -------------------------------------------------------------------------------------------------------


def words(scene: Scene, **more: Any) -> decisions.DecisionText:
    return decisions.DecisionText(**{**papers.decision_defaults(scene.campaign), **more})


def save(scene: Scene, revision: int = 0, **more: Any) -> DecisionDraft:
    return decisions.save_decision(
        scene.campaign, words(scene, **more), revision=revision, actor=scene.office, at=scene.now()
    )


def issue(scene: Scene, revision: int = 1, reason: str = "") -> Decision:
    return decisions.issue_decision(
        scene.campaign, revision=revision, reason=reason, actor=scene.office, at=scene.now()
    )


def test_a_decision_starts_from_the_rules_is_edited_and_frozen_with_its_list(titled: Scene) -> None:
    save(titled, document_number="示总工〔2026〕9号")
    assert save(titled, document_number="示总工〔2026〕9号").revision == 1, "the same again changes nothing"

    made = issue(titled)

    assert (made.version, made.document_number, made.lines.count()) == (1, "示总工〔2026〕9号", 2)
    assert issue(titled) == made, "clicked twice it is issued once"
    Application.objects.filter(pk=award_of().application_id).update(name="改名后")
    text = text_of(papers.decision_pdf(titled.campaign))
    assert "赵建国" in text
    assert "改名后" not in text
    assert made.sha256 in text
    assert "示总工〔2026〕9号" in text
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=made.pk).update(body="x")


def test_a_correction_is_a_version_of_its_own_and_says_what_it_corrects(titled: Scene) -> None:
    save(titled)
    first = issue(titled)
    save(titled, title="关于授予示例工匠称号的决定")

    with pytest.raises(Refused, match="请写明这次更正了什么"):
        issue(titled)
    second = issue(titled, reason="标题有误")

    assert (second.version, second.reason) == (2, "标题有误")
    assert first.sha256 != second.sha256
    assert "更正说明：标题有误" in text_of(papers.decision_pdf(titled.campaign))


def test_nobody_writes_over_what_another_saved_nor_issues_what_was_not_looked_at(titled: Scene) -> None:
    with pytest.raises(Refused, match="请先写好决定"):
        issue(titled)
    save(titled)
    with pytest.raises(Refused, match="其他工作人员刚刚改过"):
        save(titled, revision=0, body="另一种写法")
    save(titled, revision=1, body="改了一处")
    with pytest.raises(Refused, match="请重新预览"):
        issue(titled, revision=1)


def test_a_decision_needs_titles_and_the_office(titled: Scene, union: Union) -> None:
    with pytest.raises(Refused, match="只有认定办公室"):
        decisions.save_decision(titled.campaign, words(titled), revision=0, actor=titled.leader, at=titled.now())
    text = words(titled)
    empty = Scene(union)
    with pytest.raises(Refused, match="尚未授予称号"):
        decisions.save_decision(empty.campaign, text, revision=0, actor=empty.office, at=empty.now())


def test_nobody_left_or_somebody_anonymised_cannot_be_decided_on_and_an_issued_name_goes_with_its_key(
    titled: Scene,
) -> None:
    save(titled)
    issue(titled)
    key = award_of().application.person.key
    save(titled, title="再发一版")
    assert key is not None
    key.delete()
    assert selectors.ANONYMISED in text_of(papers.decision_pdf(titled.campaign))
    with pytest.raises(Refused, match="个人信息已按规定删除"):
        issue(titled, reason="x")
    for certificate in Certificate.objects.select_related("campaign"):
        awards.revoke_certificate(certificate, reason="x", actor=titled.office, at=titled.now())
    with pytest.raises(Refused, match="没有仍持有称号的人"):
        issue(titled, reason="x")


# --- a title taken away -------------------------------------------------------------------------------------------------


def begin(scene: Scene, name: str = "赵建国", **more: Any) -> Withdrawal:
    details = {"ground": "代表作系他人完成", "answer_by": scene.clock.date() + timedelta(days=7), **more}
    return withdrawals.open_withdrawal(award_of(name), at=scene.now(), **{"actor": scene.office, **details})


def answer(scene: Scene, case: Withdrawal, text: str = "是我本人做的", actor: Member | None = None) -> WithdrawalStep:
    person = actor or case.award.application.applicant
    assert person is not None
    return withdrawals.answer_withdrawal(case, text=text, actor=person, at=scene.now())


def decide(scene: Scene, case: Withdrawal, actor: Member | None = None, **more: Any) -> WithdrawalStep:
    given = {
        "withdraw": True,
        "text": "经核查属实，依据第八条撤销",
        "public_note": "申报材料不实",
        "met_on": scene.clock.date(),
        "present": 3,
        "in_favour": 2,
        **more,
    }
    fresh = all_of(scene.union).get(pk=case.pk)
    return withdrawals.decide_withdrawal(fresh, Ruling(**given), actor=actor or scene.leader, at=scene.now())


def test_a_title_is_taken_away_after_the_person_was_heard_and_everything_ends_at_once(titled: Scene) -> None:
    case = begin(titled)
    assert Message.objects.filter(kind="title.withdrawal_opened").count() == 1
    with pytest.raises(Refused, match="本人还没有陈述申辩"):
        decide(titled, case)
    said = answer(titled, case)
    assert "本人做的" not in said.sealed + said.text
    assert answer(titled, case) == said, "a double click"
    shown = all_of(titled.union).get()
    assert [text for _, text in answers_of(shown)] == ["是我本人做的"]

    step = decide(titled, case)

    assert step.figures == [3, 3, 2]
    award = award_of()
    (seen,) = selectors.verify(award.certificate.number)
    assert (seen.valid, seen.revocation_reason) == (False, "申报材料不实")
    assert [statement_of(one).unpaid for one in award.entitlements.all()] == [[], []]
    assert [row.withdrawn for row in selectors.results(titled.campaign)].count(True) == 1
    with pytest.raises(Refused, match="没有应发未发"):
        ledger.draw_up_list(
            Campaign.objects.get(pk=titled.campaign.pk),
            source="title.monthly",
            month=titled.clock.date(),
            actor=titled.office,
            at=titled.now(),
        )
    with pytest.raises(Refused, match="称号已撤销，不再享受"):
        ledger.record_grants(
            titled.campaign,
            benefit="rest",
            awards=[award.pk],
            state=GrantState.GRANTED,
            happened_on=titled.clock.date(),
            actor=titled.office,
            at=titled.now(),
        )
    with pytest.raises(Refused, match="称号已撤销，不能恢复发放"):
        ledger.resume_payments(award.entitlements.all()[0], reason="x", actor=titled.office, at=titled.now())
    with pytest.raises(Refused, match="该称号已撤销"):
        begin(titled)
    text = text_of(papers.withdrawal_pdf(all_of(titled.union).get()))
    assert "关于撤销赵建国“示例工匠”称号的决定" in text
    assert "应到3人，出席3人，同意2人" in text
    entry = AuditEntry.objects.get(action="title.withdrawn")
    assert set(entry.rows) == {
        "publicity.withdrawal",
        "publicity.withdrawalstep",
        "publicity.revocation",
        "publicity.ledgerentry",
    }
    with pytest.raises(DatabaseError), transaction.atomic():
        WithdrawalStep.objects.filter(pk=step.pk).update(text="x")


def test_who_lets_the_time_pass_is_decided_on_without_an_answer(titled: Scene) -> None:
    case = begin(titled)
    titled.clock += timedelta(days=8)

    assert decide(titled, case).kind == "withdrawn"


def test_a_title_that_is_kept_stays_and_may_be_questioned_again(titled: Scene) -> None:
    case = begin(titled)
    with pytest.raises(Refused, match="请在原程序中办理"):
        begin(titled)
    answer(titled, case)

    decide(titled, case, withdraw=False, text="查无实据", public_note="不公开")

    award = award_of()
    (seen,) = selectors.verify(award.certificate.number)
    assert seen.valid
    assert WithdrawalStep.objects.get(kind="kept").public_note == ""
    with pytest.raises(Refused, match="已经作出决定"):
        decide(titled, case)
    with pytest.raises(Refused, match="不再受理陈述申辩"):
        answer(titled, all_of(titled.union).get(), text="再说一句")
    assert begin(titled).pk != case.pk


def test_a_certificate_that_was_revoked_before_is_not_revoked_again(titled: Scene) -> None:
    certificate = Certificate.objects.select_related("campaign").get(award=award_of())
    awards.revoke_certificate(certificate, reason="遗失冒用", actor=titled.office, at=titled.now())
    case = begin(titled)
    answer(titled, case)

    decide(titled, case)

    (seen,) = selectors.verify(certificate.number)
    assert (seen.lost, seen.revocation_reason) == (True, "遗失冒用")


def test_what_the_procedure_asks_for(titled: Scene) -> None:
    with pytest.raises(Refused, match="请写明拟撤销的事由"):
        begin(titled, ground=" ")
    with pytest.raises(Refused, match="至少 5 天"):
        begin(titled, answer_by=titled.clock.date())
    with pytest.raises(Refused, match="只有认定办公室"):
        begin(titled, actor=titled.leader)
    case = begin(titled)
    for text, match in (("", "请写下您的陈述"), ("长" * 4001, "至多 4000 字")):
        with pytest.raises(Refused, match=match):
            answer(titled, case, text=text)
    with pytest.raises(Refused, match="只有本人可以陈述申辩"):
        answer(titled, case, actor=MemberFactory(union=titled.union, role=Role.APPLICANT))
    person = case.award.application.applicant
    assert person is not None
    with pytest.raises(Refused, match="程序尚未开始"):
        withdrawals.answer_withdrawal(case, text="x", actor=person, at=case.at - timedelta(minutes=1))
    answer(titled, case)
    for more, match in (
        ({"actor": titled.office}, "由领导小组成员登记决定"),
        ({"text": " "}, "请写明决定的理由"),
        ({"public_note": ""}, "请填写对外说明"),
        ({"met_on": None}, "请填写会议日期"),
        ({"met_on": date(2099, 1, 1)}, "不能晚于今天"),
        ({"present": 4}, "应在 1 到 3 人之间"),
        ({"present": 1, "in_favour": 1}, "未达到应到 3 人的三分之二以上"),
        ({"in_favour": 1}, "未达到出席 3 人的过半数"),
    ):
        with pytest.raises(Refused, match=match):
            decide(titled, case, **more)  # type: ignore[arg-type]


def test_who_is_concerned_keeps_out(titled: Scene) -> None:
    case = begin(titled)
    answer(titled, case)
    person = case.award.application.person
    person.user = titled.leader.user
    person.save(update_fields=["user"])

    with pytest.raises(Refused, match="应当回避"):
        decide(titled, case)
    assert decide(titled, case, actor=titled.leaders[1]).kind == "withdrawn"


def test_an_answer_goes_with_the_persons_key(titled: Scene) -> None:
    case = begin(titled)
    answer(titled, case)
    key = case.award.application.person.key
    assert key is not None
    key.delete()

    shown = all_of(titled.union).get()
    assert [text for _, text in answers_of(shown)] == ["（个人信息已按规定删除）"]
    with pytest.raises(Refused, match="不能在线陈述申辩"):
        answer(titled, case, text="另一句")


def test_another_body_that_confers_takes_away_by_its_own_document(union: Union) -> None:
    scene = Scene(union, more=CERTIFICATE)
    Campaign.objects.filter(pk=scene.campaign.pk).update(
        rules_data={
            **scene.campaign.rules_data,
            "stages": [
                {**stage, "by": "host"} if stage["id"] == final()["id"] else stage
                for stage in scene.campaign.rules_data["stages"]
            ],
        }
    )
    title(scene, "赵建国")
    case = begin(scene)
    answer(scene, case)

    with pytest.raises(Refused, match="只有认定办公室"):
        decide(scene, case)
    with pytest.raises(Refused, match="请填写决定机关的文号"):
        decide(scene, case, actor=scene.office)
    step = decide(scene, case, actor=scene.office, document="示总工〔2026〕12号", met_on=None)

    assert (step.document, step.figures) == ("示总工〔2026〕12号", [])
    assert "示总工〔2026〕12号" in text_of(papers.withdrawal_pdf(all_of(union).get()))


def test_the_person_sees_certificate_payments_and_benefits(titled: Scene) -> None:
    award = award_of()
    assert award.application.applicant is not None

    (found,) = mine(award.application.applicant)

    assert found.certificate == award.certificate
    assert [owner.label for owner, _ in found.payments] == ["一次性奖励", "生活补贴"]
    assert [(promise.label, given.state.label) for promise, given in found.benefits] == [
        ("示例区五一劳动奖章", "待落实"),
        ("工作室补助", "待落实"),
        ("疗休养", "待落实"),
    ]
    assert mine(titled.office) == []
