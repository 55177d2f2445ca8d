"""The pages after an award: who reads, who acts, what is typed stays, and how many queries they cost."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from publicity import selectors
from publicity.models import Award, Certificate
from publicity.models_ledger import Decision, DecisionDraft, Entitlement, LedgerEntry, PaymentList, Withdrawal
from publicity.models_signing import Reprint, SigningKey
from publicity.services import ledger as money
from publicity.services import signing
from publicity.states import GrantState
from tests.factories import MemberFactory, sign_in
from tests.kept import kept
from tests.publicity.conftest import SetClock
from tests.publicity.scene import BENEFITS, CERTIFICATE, MONEY, Scene
from tests.publicity.test_ledger import title
from tests.publicity.test_signing import bundle, run
from tests.publicity.test_withdrawals import award_of, begin
from unions.models import Union
from unions.states import Role

READERS = {Role.OFFICE, Role.LEADER, Role.SUPERVISOR}


@kept
def promised(union: Union) -> Scene:
    scene = Scene(union, more=CERTIFICATE + MONEY + BENEFITS)
    for name in ("赵建国", "钱秀兰"):
        title(scene, name)
    money.open_ledger(scene.campaign, actor=scene.office, at=scene.now())
    scene.queue()
    return scene


@pytest.fixture
def titled(promised: Scene, set_clock: SetClock) -> Scene:
    set_clock(promised.now())
    return promised


@pytest.fixture
def office(client: Client, titled: Scene) -> Client:
    return sign_in(client, titled.office)


def url(scene: Scene, name: str, **kwargs: Any) -> str:
    return reverse(f"publicity:{name}", kwargs={"union_slug": scene.union.slug, **kwargs})


def of(scene: Scene, name: str, **kwargs: Any) -> str:
    return url(scene, name, campaign_slug=scene.campaign.slug, **kwargs)


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def posted(client: Client, address: str, data: dict[str, Any] | None = None) -> str:
    return client.post(address, data or {}, follow=True).content.decode()


def today(scene: Scene) -> str:
    return scene.clock.date().isoformat()


@pytest.mark.parametrize("role", [*sorted(READERS), Role.APPLICANT, Role.ADMIN])
def test_who_reads_and_who_acts(client: Client, titled: Scene, role: Role) -> None:
    listed = money.draw_up_list(
        titled.campaign, source="title.money", month=titled.clock.date(), actor=titled.office, at=titled.now()
    )
    case = begin(titled)
    certificate = Certificate.objects.first()
    account = Entitlement.objects.first()
    assert certificate is not None
    assert account is not None
    read = [
        of(titled, "ledger"),
        of(titled, "fund", source="title.monthly"),
        of(titled, "fund_sheet", source="title.monthly"),
        url(titled, "payment_list", list_pk=listed.pk),
        url(titled, "payment_sheet", list_pk=listed.pk),
        url(titled, "account", account_pk=account.pk),
        of(titled, "benefits"),
        of(titled, "benefit", benefit="studio"),
        of(titled, "benefit_sheet", benefit="studio"),
        url(titled, "withdrawal", withdrawal_pk=case.pk),
    ]
    act = [
        of(titled, "write_decision"),
        of(titled, "issue_decision"),
        of(titled, "open_ledger"),
        url(titled, "reprint", pk=certificate.pk),
        url(titled, "withdraw", award_pk=certificate.award_id),
    ]
    sign_in(client, MemberFactory(union=titled.union, role=role))

    assert {client.get(address).status_code for address in read} == {200 if role in READERS else 403}
    if role != Role.OFFICE:
        assert {client.post(address).status_code for address in act} == {403}
        before = LedgerEntry.objects.count()
        client.post(read[3], {"paid_on": today(titled)})
        client.post(read[1], {"month": today(titled)[:7]})
        assert LedgerEntry.objects.count() == before


def test_the_office_writes_looks_at_and_issues_a_decision(office: Client, titled: Scene) -> None:
    write = of(titled, "write_decision")
    assert "关于授予" in page(office, write)
    data = {"title": "关于授予的决定", "body": "第一段\n第二段", "signature": "示例区总工会", "dated": today(titled)}
    assert "这个字段是必填项" in posted(office, write, {**data, "title": "", "revision": 0})
    preview = posted(office, write, {**data, "revision": 0})
    assert "第二段" in preview
    assert "赵建国" in preview
    stale = posted(office, write, {**data, "title": "另一人的标题", "revision": 0})
    assert "其他工作人员刚刚改过" in stale
    assert "另一人的标题" in stale, "nothing typed is lost"
    assert office.get(of(titled, "draft_paper"))["Content-Type"] == "application/pdf"

    assert "已签发" in posted(office, of(titled, "issue_decision"), {"revision": 1})

    decision = Decision.objects.get()
    assert office.get(url(titled, "issued_decision", pk=decision.pk)).status_code == 200
    assert office.get(of(titled, "decision")).status_code == 200
    posted(office, write, {**data, "title": "更正后的决定", "revision": 0})
    assert "请写明这次更正了什么" in posted(office, of(titled, "issue_decision"), {"revision": 1, "reason": ""})
    assert DecisionDraft.objects.count() == 1
    posted(office, of(titled, "issue_decision"), {"revision": 1, "reason": "标题有误"})
    assert "拟写表彰决定" in posted(office, of(titled, "issue_decision"), {"revision": "x"})
    assert "更正：标题有误" in page(office, of(titled, "campaign_awards"))


def test_a_decision_before_the_titles_says_what_comes_first(client: Client, union: Union) -> None:
    scene = Scene(union)
    sign_in(client, scene.office)

    assert "尚未授予称号" in posted(client, of(scene, "write_decision"))


def test_money_from_list_to_workbook_to_paid(office: Client, titled: Scene) -> None:
    fund = of(titled, "fund", source="title.money")
    assert "还没有到" in posted(office, fund, {"month": "2099-01"})
    assert "名单已编制：2 笔，共 40,000 元" in posted(office, fund, {"month": today(titled)[:7]})
    listed = PaymentList.objects.get()
    address = url(titled, "payment_list", list_pk=listed.pk)
    book = load_workbook(io.BytesIO(office.get(url(titled, "payment_sheet", list_pk=listed.pk)).content)).active
    assert 40000 in {cell.value for row in book.iter_rows() for cell in row}
    first = listed.entries.first()
    assert first is not None
    again = posted(office, address, {"paid_on": today(titled), "left_out": [first.pk]})
    assert "请写明未发放的原因" in again
    assert "checked" in again

    assert "已确认发放 2 笔，共 40,000 元" in posted(office, address, {"paid_on": today(titled)})
    assert "没有重复发放" in posted(office, address, {"paid_on": today(titled)})
    assert "已发" in page(office, of(titled, "ledger"))


def test_an_account_is_stopped_resumed_and_put_right_in_place(office: Client, titled: Scene) -> None:
    account = next(
        one for one in Entitlement.objects.filter(source="title.monthly") if one.award.application.name == "赵建国"
    )
    address = url(titled, "account", account_pk=account.pk)
    stop = {"verb": "stop", "ground": "left", "happened_on": today(titled), "reason": "社保转出"}
    assert "不能早于授予日期" in posted(office, address, {**stop, "happened_on": "2020-01-01"})
    assert "起停发" in posted(office, address, stop)
    assert "社保转出" in page(office, of(titled, "fund", source="title.monthly"))
    assert "已恢复发放" in posted(office, address, {"verb": "resume", "reason": "登记有误"})
    assert "不能多于已发放的 0 元" in posted(office, address, {"verb": "correct", "amount": "-1", "reason": "x"})
    assert "更正已记入台账" in posted(office, address, {"verb": "correct", "amount": "800.50", "reason": "补发"})
    assert "800.50 元" in page(office, address)


def test_an_amount_is_fixed_and_old_titles_are_taken_in_on_the_page(
    client: Client, union: Union, set_clock: SetClock
) -> None:
    scene = Scene(union, more='[awards.money]\ntext = "一次性奖励"\nsetting = true\n')
    title(scene, "赵建国")
    set_clock(scene.now())
    sign_in(client, scene.office)
    assert "还没有列入台账" in page(client, of(scene, "ledger"))
    assert "已列入台账 1 项" in posted(client, of(scene, "open_ledger"))
    fund = of(scene, "fund", source="title.money")

    assert "已核定 1 人，每人 5,000 元" in posted(client, fund, {"amount": "5000", "reason": "会议纪要"})
    assert client.get(of(scene, "fund", source="title.x")).status_code == 404
    assert client.get(of(scene, "benefit", benefit="x")).status_code == 404
    assert "没有写其他荣誉和待遇" in page(client, of(scene, "benefits"))


def test_rules_without_money_say_so(client: Client, union: Union) -> None:
    scene = Scene(union)
    sign_in(client, scene.office)

    assert "规则没有规定奖励或补贴" in page(client, of(scene, "ledger"))
    assert "没有台账" in posted(client, of(scene, "open_ledger"))


def test_benefits_are_recorded_for_many_and_names_put_forward_on_paper(office: Client, titled: Scene) -> None:
    medal = of(titled, "benefit", benefit="medal")
    both = [award.pk for award in Award.objects.all()]
    data = {"state": GrantState.FORWARD, "happened_on": today(titled)}
    assert "请先勾选人员" in posted(office, medal, data)
    assert "还没有登记为" in page_after(office, of(titled, "put_forward", benefit="medal"))
    too_many = posted(office, medal, {**data, "pick": both})
    assert "至多 1 名" in too_many
    assert too_many.count(" checked") >= 2, "who was ticked stays ticked"
    assert "已登记 1 人" in posted(office, medal, {**data, "pick": both[:1]})

    assert office.get(of(titled, "put_forward", benefit="medal"))["Content-Type"] == "application/pdf"
    assert "已申报 1 人" in page(office, of(titled, "benefits"))
    assert office.get(of(titled, "benefit_sheet", benefit="medal")).status_code == 200


def page_after(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def test_a_reprint_is_asked_for_with_a_reason_and_the_old_code_says_it_is_void(office: Client, titled: Scene) -> None:
    certificate = Certificate.objects.order_by("sequence").first()
    assert certificate is not None
    address = url(titled, "reprint", pk=certificate.pk)
    assert "该证书还没有生成" in page(office, address)
    run(titled, "certificates.batch")
    assert "正在生成" in posted(office, address, {"reason": "遗失"})
    assert "再试一次" in page(office, address)
    holder = url(titled, "certificate", pk=certificate.pk)
    assert office.get(holder).status_code == 404, "no old sheet is handed out while the new one is made"

    run(titled, "certificates.reprint")

    assert "第 2 次印制" in page(office, address)
    assert office.get(holder).status_code == 200
    verified = reverse("publicity_global:verify", kwargs={"number": certificate.code})
    assert "已重印，此份作废" in page(Client(), verified)
    assert "遗失" not in page(Client(), verified)
    new = reverse("publicity_global:verify", kwargs={"number": Reprint.objects.get().code})
    assert "证书有效" in page(Client(), new)


def test_the_administrator_makes_and_uploads_a_key_and_others_read(client: Client, titled: Scene) -> None:
    admin = MemberFactory(union=titled.union, role=Role.ADMIN)
    address = url(titled, "signing_keys")
    sign_in(client, titled.office)
    assert "请工会管理员" in page(client, address)
    posted(client, address, {})
    assert client.post(url(titled, "make_signing_key")).status_code == 403
    sign_in(client, admin)
    assert "新的签名密钥已生成" in posted(client, url(titled, "make_signing_key"))
    key = SigningKey.objects.get()
    assert key.fingerprint in page(client, address)
    assert b"PRIVATE" not in client.get(url(titled, "signing_certificate", pk=key.pk)).content
    wrong = SimpleUploadedFile("x.p12", b"x")
    assert "不是 PKCS#12" in posted(client, address, {"file": wrong, "passphrase": "1"})
    big = SimpleUploadedFile("x.p12", b"x" * 200_001)
    assert "文件太大" in posted(client, address, {"file": big, "passphrase": "1"})
    good = SimpleUploadedFile("x.p12", bundle(days=3650))
    assert "签名证书已更换" in posted(client, address, {"file": good, "passphrase": "1"})
    assert "先前的签名证书" in page(client, address)
    assert signing.current_key(titled.union) != key


def test_a_title_is_questioned_answered_and_taken_away_on_the_pages(
    client: Client, titled: Scene, set_clock: SetClock
) -> None:
    award = award_of()
    person = award.application.applicant
    assert person is not None
    sign_in(client, titled.office)
    withdraw = url(titled, "withdraw", award_pk=award.pk)
    assert "至少 5 天" in posted(client, withdraw, {"ground": "事由", "answer_by": today(titled)})
    until = (titled.clock.date() + timedelta(days=7)).isoformat()
    assert "已通知本人" in posted(client, withdraw, {"ground": "代表作系他人完成", "answer_by": until})
    case = Withdrawal.objects.get()
    set_clock(titled.now())

    sign_in(client, person)
    mine = url(titled, "my_titles")
    shown = page(client, mine)
    assert "代表作系他人完成" in shown
    assert "20,000 元" in shown
    assert "疗休养" in shown
    answer = url(titled, "answer_withdrawal", withdrawal_pk=case.pk)
    assert "是我做的" in posted(client, answer, {"text": "是我做的"})
    set_clock(titled.now())

    sign_in(client, titled.leader)
    address = url(titled, "withdrawal", withdrawal_pk=case.pk)
    ruling = {"withdraw": "yes", "text": "经核查属实", "public_note": "材料不实", "met_on": today(titled), "present": 3}
    refused = posted(client, address, {**ruling, "in_favour": 1})
    assert "未达到出席 3 人的过半数" in refused
    assert "经核查属实" in refused
    assert client.get(url(titled, "withdrawal_paper", withdrawal_pk=case.pk)).status_code == 404
    assert "决定已登记" in posted(client, address, {**ruling, "in_favour": 3})
    assert client.get(url(titled, "withdrawal_paper", withdrawal_pk=case.pk)).status_code == 200

    (seen,) = selectors.verify(award.certificate.number)
    assert not seen.valid
    sign_in(client, person)
    assert "称号已撤销" in page(client, mine)
    sign_in(client, titled.office)
    assert "该称号已撤销" in page(client, withdraw)
    assert "称号已撤销" in page(client, of(titled, "campaign_awards"))


def test_nobody_answers_for_another(client: Client, titled: Scene) -> None:
    case = begin(titled)
    other = award_of("钱秀兰").application.applicant
    assert other is not None
    sign_in(client, other)

    address = url(titled, "answer_withdrawal", withdrawal_pk=case.pk)
    assert client.post(address, {"text": "x"}).status_code == 404
    assert "代表作系他人完成" not in page(client, url(titled, "my_titles"))


def test_the_pages_cost_the_same_for_one_and_for_three(client: Client, titled: Scene) -> None:
    listed = money.draw_up_list(
        titled.campaign, source="title.money", month=titled.clock.date(), actor=titled.office, at=titled.now()
    )
    addresses = [
        of(titled, "ledger"),
        of(titled, "fund", source="title.money"),
        url(titled, "payment_list", list_pk=listed.pk),
        of(titled, "benefits"),
        of(titled, "benefit", benefit="rest"),
    ]
    sign_in(client, titled.leader)
    page(client, addresses[0])  # what is looked up once a process
    counts = []
    for _ in range(2):
        counts.append([_queries(client, address) for address in addresses])
        title(titled, f"孙志{'强' if len(counts) == 1 else '刚'}")
        money.open_ledger(titled.campaign, actor=titled.office, at=titled.now())

    assert counts[0] == counts[1]
    person = award_of().application.applicant
    assert person is not None
    sign_in(client, person)
    assert _queries(client, url(titled, "my_titles")) <= 24


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        page(client, address)
    return len(found)
