"""A union's own administration, in its pages."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook
from pytest_django import DjangoAssertNumQueries, Settings
from stdnum.cn import uscc

from tests import factories
from unions import privacy, services, sheets, wording
from unions.models import AuditEntry, Consent, Invitation, Member, Union, Unit, UnitKind
from unions.permits import Refused
from unions.states import Role

NOON = factories.NOON
Make = Callable[..., Member]


@pytest.fixture
def admin(union: Union, member: Make) -> Member:
    administrator = member(Role.ADMIN, name="管理员甲")
    services.define_unit_kinds(union, {"town": "镇街总工会", "firm": "企业"}, actor=administrator, at=NOON)
    return administrator


@pytest.fixture
def desk(client: Client, admin: Member) -> Client:
    return factories.sign_in(client, admin)


def at(name: str, **kwargs: Any) -> str:
    return reverse(f"unions:{name}", kwargs={"union_slug": "shili", **kwargs})


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


# --- members --------------------------------------------------------------------------------------------------------


def test_members_are_listed_by_role_and_found_by_name(desk: Client, member: Make) -> None:
    member(Role.OFFICE, name="陈办公")
    member(Role.EXPERT, name="李专家")

    assert "陈办公" in text(desk.get(at("members")))
    only = text(desk.get(at("members"), {"role": "expert"}))
    assert "李专家" in only
    assert "陈办公" not in only
    found = text(desk.get(at("members"), {"q": "陈", "role": "no such role"}))
    assert "陈办公" in found
    assert "李专家" not in found
    assert "没有符合条件" in text(desk.get(at("members"), {"q": "王"}))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_members_asks_the_database_as_often_for_three_as_for_one(
    desk: Client, member: Make, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        member(Role.OFFICE)
    desk.get(at("members"))

    with django_assert_num_queries(9):
        desk.get(at("members"))


def test_deactivating_asks_for_a_reason_and_does_it(desk: Client, member: Make) -> None:
    office = member(Role.OFFICE, name="陈办公")
    path = at("deactivate", member_pk=office.pk)

    assert "停用陈办公" in text(desk.get(path))
    assert desk.post(path, {"reason": ""}).status_code == 400
    desk.post(path, {"reason": "离职"})

    office.refresh_from_db()
    assert not office.active
    assert "已经停用" in text(desk.get(path))
    assert "已经停用" in text(desk.post(path, {"reason": "离职"}))


# --- invitations ----------------------------------------------------------------------------------------------------


def test_an_invitation_is_sent_and_its_link_shown_once(desk: Client) -> None:
    response = desk.post(
        at("invite"), {"name": "陈一", "contact": "A@Example.com", "role": "office", "unit": ""}, follow=True
    )

    link = services.Invitation.objects.get()
    shown = text(response)
    assert "/invitations/" in shown
    assert "发往 a@example.com" in shown
    factories.carry_messages(link.union, at=timezone.now())
    assert mail.outbox[0].to == ["a@example.com"]
    token = str(mail.outbox[0].body).rpartition("/invitations/")[2].partition("/")[0]
    assert services.token_digest(token) == link.token_digest
    assert token in shown
    assert token not in text(desk.get(at("invitations")))


def test_an_invitation_to_a_phone_goes_by_short_message(desk: Client, settings: Settings, tmp_path: Path) -> None:
    settings.SMS_FILE_PATH = tmp_path

    desk.post(at("invite"), {"name": "陈一", "contact": "199 0000 1234", "role": "office"})
    factories.carry_messages(services.Invitation.objects.get().union, at=timezone.now())

    [message] = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.json")]
    assert message["to"] == "+8619900001234"
    assert "/invitations/" in message["text"]
    assert "认定办公室" in message["text"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"name": "", "contact": "a@example.com", "role": "office"}, "必填"),
        ({"name": "陈一", "contact": "你好", "role": "office"}, "11 位手机号码或电子邮箱地址"),
        ({"name": "陈一", "contact": "", "role": "office"}, "必填"),
        ({"name": "陈一", "contact": "a@example.com", "role": "unit_officer"}, "请选择经办人所属的推荐单位"),
        ({"name": "陈一", "contact": "a@example.com", "role": "operator"}, "operator"),
    ],
)
def test_an_invitation_that_lacks_something_says_what(desk: Client, data: dict[str, str], problem: str) -> None:
    response = desk.post(at("invite"), data)

    assert response.status_code == 400
    assert problem in text(response)
    assert not Invitation.objects.exists()


def test_an_administrator_who_lost_the_role_meanwhile_is_told(desk: Client, admin: Member) -> None:
    """Between the door and the verb the right may be gone; the verb decides."""
    assert admin.user is not None
    admin.user.groups.clear()
    unit = factories.UnitFactory(union=admin.union)
    invitation = Invitation.objects.create(
        union=admin.union, contact="x", name="x", role="office", token_digest="x", invited_by=admin, created_at=NOON,
        expires_at=NOON,
    )  # fmt: skip

    for path, data in (
        (at("invite"), {"name": "陈一", "contact": "a@example.com", "role": "office"}),
        (at("revoke", invitation_pk=invitation.pk), {}),
        (at("unit_active", unit_pk=unit.pk), {"reason": "x"}),
        (at("unit_kinds"), {"label": "社团", "code": "society"}),
        (at("branding"), BRANDING),
    ):
        assert "只有" in text(desk.post(path, data, follow=True)), path


def test_an_invitation_is_revoked(desk: Client, admin: Member) -> None:
    invitation, _ = services.invite_member(
        admin.union, contact="a@example.com", name="陈一", role=Role.OFFICE, actor=admin, at=timezone.now()
    )

    assert "已撤销对陈一的邀请" in text(desk.post(at("revoke", invitation_pk=invitation.pk), follow=True))
    assert "已使用或已撤销" in text(desk.post(at("revoke", invitation_pk=invitation.pk), follow=True))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_invitations_asks_the_database_as_often_for_three_as_for_one(
    desk: Client, admin: Member, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        invitation, _ = services.invite_member(
            admin.union, contact=f"{number}@example.com", name="陈", role=Role.OFFICE, actor=admin, at=timezone.now()
        )
        if number:
            services.accept_invitation(invitation, factories.UserFactory(), at=timezone.now())
    desk.get(at("invitations"))

    with django_assert_num_queries(8):
        desk.get(at("invitations"))


def test_the_bearer_signs_in_accepts_and_is_at_the_desk(client: Client, union: Union, admin: Member) -> None:
    _, token = services.invite_member(
        union, contact="a@example.com", name="陈一", role=Role.OFFICE, actor=admin, at=timezone.now()
    )
    path = reverse("unions_global:accept", kwargs={"token": token})

    page = text(client.get(path))
    assert "请先登录" in page
    assert "陈一" not in page
    assert client.post(path).status_code == 200
    client.force_login(factories.UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert "接受邀请" in text(client.get(path))
    assert client.post(path)["Location"] == "/shili/desk/"
    assert "不能接受" in text(client.get(path))
    assert "邀请已使用" in text(client.post(path, follow=True))
    assert client.get(reverse("unions_global:accept", kwargs={"token": "x"})).status_code == 404


# --- units ----------------------------------------------------------------------------------------------------------


def xlsx(*rows: list[Any]) -> io.BytesIO:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    content.seek(0)
    content.name = "单位.xlsx"
    return content


HEAD = list(sheets.COLUMNS)
CREDIT_CODE = "91330199M00000001" + uscc.calc_check_digit("91330199M00000001")  # invented


def test_a_sheet_is_previewed_without_writing_and_then_confirmed(desk: Client, union: Union) -> None:
    factories.UnitFactory(union=union, name="老镇总工会", kind="firm")
    factories.UnitFactory(union=union, name="原样厂", kind="firm")
    sheet = xlsx(
        HEAD,
        ["甲镇总工会", "镇街总工会", None, ""],
        [],
        ["甲镇铁厂", "企业", "甲镇总工会", CREDIT_CODE],
        ["老镇总工会", "town"],
        ["原样厂", "企业"],
    )

    preview = desk.post(at("unit_import"), {"sheet": sheet})

    assert preview.context["wrong"] == []
    assert [line.verdict for line in preview.context["lines"]] == ["新增", "新增", "更新", "不变"]
    assert [line.line for line in preview.context["lines"]] == [2, 4, 5, 6]
    assert Unit.objects.for_union(union).count() == 2


def test_a_confirmed_preview_is_imported(desk: Client, union: Union) -> None:
    preview = desk.post(
        at("unit_import"), {"sheet": xlsx(HEAD, ["甲镇总工会", "镇街总工会"], ["乙厂", "企业", "甲镇总工会"])}
    )
    payload = preview.context["payload"]

    response = desk.post(at("unit_import_confirm"), {"payload": payload}, follow=True)

    assert "新增 2 个" in text(response)
    unit = Unit.objects.get(name="乙厂")
    assert unit.parent is not None
    assert unit.parent.name == "甲镇总工会"


def test_a_wrong_row_is_named_by_its_line_and_nothing_can_be_confirmed(desk: Client, union: Union) -> None:
    response = desk.post(
        at("unit_import"),
        {
            "sheet": xlsx(
                HEAD,
                ["甲", "镇街总工会"],
                ["乙", "渔船"],
                ["", "企业"],
                ["丙", ""],
                ["丁", "企业", "没有的"],
                ["戊", "企业", "", "913300001"],
                ["字" * 81, "企业"],
                ["甲", "企业"],
            )
        },
    )

    problems = {line.line: line.problem for line in response.context["wrong"]}
    assert set(problems) == {3, 4, 5, 6, 7, 8, 9}
    assert "渔船" in problems[3]
    assert "镇街总工会、企业" in problems[3]
    assert problems[4] == "缺少单位名称"
    assert problems[5] == "缺少类别"
    assert "没有的" in problems[6]
    assert "913300001" in problems[7]
    assert "80 字" in problems[8]
    assert "重复" in problems[9]
    assert response.context["payload"] == ""
    assert not Unit.objects.for_union(union).exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (io.BytesIO(b"%PDF-1.7"), "无法读取"),
        (xlsx(["别的", "列"]), "第一行缺少列"),
        (xlsx(HEAD), "没有数据"),
        (xlsx(HEAD, *(["甲", "企业"] for _ in range(sheets.MAX_ROWS + 1))), "最多导入"),
    ],
)
def test_what_is_no_such_sheet_is_refused_in_words(desk: Client, content: io.BytesIO, problem: str) -> None:
    content.seek(0)
    content.name = "单位.xlsx"

    response = desk.post(at("unit_import"), {"sheet": content})

    assert response.status_code == 400
    assert problem in text(response)


def test_a_sheet_that_is_too_large_packed_or_unpacked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="2 MB"):
        sheets.read_units(xlsx(HEAD), size=sheets.MAX_BYTES + 1, kinds={})
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (sheets.MAX_UNPACKED + 1))
    with pytest.raises(Refused, match="解压后过大"):
        sheets.read_units(bomb, size=len(bomb.getvalue()), kinds={})


def test_numbers_in_cells_are_read_as_people_see_them() -> None:
    read = sheets.read_units(xlsx(["类别", "名称"], ["企业", 315.0]), size=10, kinds={"firm": "企业"})

    assert read[0].row == services.UnitRow("315", "firm")


def test_a_preview_of_somebody_else_or_of_yesterday_is_refused(desk: Client, union: Union, member: Make) -> None:
    preview = desk.post(at("unit_import"), {"sheet": xlsx(HEAD, ["甲", "企业"])})
    payload = preview.context["payload"]
    other = factories.sign_in(Client(), member(Role.ADMIN))

    for who, sent in ((other, payload), (desk, payload + "x"), (desk, "")):
        assert "预览已过期" in text(who.post(at("unit_import_confirm"), {"payload": sent}, follow=True))
    assert not Unit.objects.for_union(union).exists()


def test_what_changed_since_the_preview_is_judged_again(desk: Client, union: Union) -> None:
    preview = desk.post(at("unit_import"), {"sheet": xlsx(HEAD, ["甲", "企业"])})
    UnitKind.objects.filter(code="firm").delete()

    response = desk.post(at("unit_import_confirm"), {"payload": preview.context["payload"]}, follow=True)

    assert "没有导入任何单位" in text(response)


def test_the_template_can_be_read_back(desk: Client) -> None:
    response = desk.get(at("unit_template"))

    book = load_workbook(io.BytesIO(response.content))
    assert [cell.value for cell in book.worksheets[0][1]] == HEAD
    assert ["镇街总工会"] in [[cell.value for cell in row if cell.value] for row in book.worksheets[1].rows]


def test_units_are_listed_found_and_closed(desk: Client, union: Union) -> None:
    unit = factories.UnitFactory(union=union, name="甲镇总工会", kind="town")
    factories.UnitFactory(union=union, name="乙厂", kind="firm")

    page = text(desk.get(at("units"), {"q": "甲", "kind": "town"}))
    assert "甲镇总工会" in page
    assert "乙厂" not in page
    assert desk.post(at("unit_active", unit_pk=unit.pk), {"reason": ""}).status_code == 400
    assert "已停用" in text(desk.post(at("unit_active", unit_pk=unit.pk), {"reason": "合并"}, follow=True))
    assert "重新启用" in text(desk.get(at("unit_active", unit_pk=unit.pk)))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_units_asks_the_database_as_often_for_three_as_for_one(
    desk: Client, union: Union, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    parent = factories.UnitFactory(union=union)
    for _ in range(rows):
        factories.UnitFactory(union=union, parent=parent)
    desk.get(at("units"))

    with django_assert_num_queries(9):
        desk.get(at("units"))


def test_a_kind_is_added_once(desk: Client, union: Union) -> None:
    assert "已增加类别" in text(desk.post(at("unit_kinds"), {"label": "社团", "code": "society"}, follow=True))
    assert "已被使用" in text(desk.post(at("unit_kinds"), {"label": "别的", "code": "society"}, follow=True))
    assert desk.post(at("unit_kinds"), {"label": "社团", "code": "Society 1"}).status_code == 400


# --- branding -------------------------------------------------------------------------------------------------------

BRANDING = {"name": "示例区总工会", "short_name": "示例", "brand": "#0b5394", "contact_phone": "0571-8888"}


def test_branding_is_saved_and_a_pale_colour_is_not(desk: Client, union: Union) -> None:
    assert "即时生效" in text(desk.post(at("branding"), BRANDING, follow=True))
    pale = desk.post(at("branding"), {**BRANDING, "brand": "#ffcc00"})

    assert pale.status_code == 400
    assert "对比度" in text(pale)
    union.refresh_from_db()
    assert (union.brand, union.contact_phone) == ("#0B5394", "0571-8888")


@pytest.mark.parametrize(("colour", "words"), [("#000000", "21.0:1"), ("#ffcc00", "更深"), ("red", "请选择颜色")])
def test_contrast_is_told_while_one_chooses(desk: Client, colour: str, words: str) -> None:
    assert words in text(desk.get(at("contrast"), {"brand": colour}))


# --- the log --------------------------------------------------------------------------------------------------------


def test_the_log_is_filtered_in_words(desk: Client, admin: Member, member: Make) -> None:
    services.deactivate_member(member(Role.OFFICE), actor=admin, at=NOON + timedelta(days=30), reason="离职了")

    assert "离职了" in text(desk.get(at("audit")))
    found = desk.get(at("audit"), {"action": "停用", "q": "管理员甲", "since": "2026-04-01", "until": "2026-04-01"})
    assert [line.action for line in found.context["lines"]] == ["停用成员"]
    assert "没有符合条件" in text(desk.get(at("audit"), {"until": "2020-01-01"}))
    assert desk.get(at("audit"), {"since": "gestern"}).status_code == 200


def test_apps_name_their_own_verbs(desk: Client, admin: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "_ACTIONS", dict(wording._ACTIONS))
    wording.name_actions({"consent.given": "点头"})
    services.give_consent(admin, text="x", at=NOON)

    assert [line.action for line in desk.get(at("audit"), {"action": "点头"}).context["lines"]] == ["点头"]


def test_an_entry_about_something_that_is_gone_is_shown_still(desk: Client, admin: Member) -> None:
    AuditEntry.objects.create(
        union=admin.union, seq=99, at=NOON, actor=admin, action="old.thing_done", object_type="old.thing",
        object_id="0123456789abcdef", previous="x", digest="x",
    )  # fmt: skip

    page = text(desk.get(at("audit")))
    assert "old.thing_done" in page
    assert "old.thing 01234567" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_asks_the_database_as_often_for_three_entries_as_for_one(
    desk: Client, admin: Member, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        services.define_unit_kinds(admin.union, {f"k{number}": f"类{number}"}, actor=admin, at=NOON)
    desk.get(at("audit"))

    with django_assert_num_queries(8):
        desk.get(at("audit"))


def test_the_proof_shows_how_many_and_the_head(desk: Client, admin: Member) -> None:
    page = text(desk.post(at("verify_audit")))

    last = AuditEntry.objects.filter(union=admin.union).latest("seq")
    assert f"全部 {last.seq} 条记录完整" in page
    assert last.digest in page


def test_a_broken_log_is_said_so(desk: Client, admin: Member) -> None:
    AuditEntry.objects.create(
        union=admin.union, seq=99, at=NOON, actor=admin, action="x.y", object_type="x", object_id="1", previous="x",
        digest="x",
    )  # fmt: skip

    assert "条记录不符" in text(desk.post(at("verify_audit")))


# --- personal data --------------------------------------------------------------------------------------------------


def test_anybody_reads_what_happens_with_personal_data(client: Client, union: Union) -> None:
    page = text(client.get(at("privacy")))

    assert "个人信息处理告知" in page
    assert union.name in page
    assert "我已阅读并同意" not in page


def test_a_union_may_say_it_in_its_own_words(union: Union) -> None:
    assert union.name in privacy.text_of(union)
    union.privacy_text = "本会自己的告知"
    assert privacy.text_of(union) == "本会自己的告知"


def test_consent_is_to_the_text_that_was_shown(client: Client, union: Union, member: Make) -> None:
    applicant = member()
    factories.sign_in(client, applicant)
    shown = client.get(at("privacy")).context["digest"]

    assert "刚刚有更新" in text(client.post(at("consent"), {"digest": "0" * 64}, follow=True))
    assert not Consent.objects.exists()
    response = client.post(at("consent"), {"digest": shown, "next": "/shili/my/"})

    assert response["Location"] == "/shili/my/"
    assert Consent.objects.get().text == privacy.text_of(union)
    assert "您已于" in text(client.get(at("privacy"), {"next": "/shili/my/"}))
    assert client.post(at("consent"), {"digest": shown, "next": "https://evil.example"})["Location"] == at("privacy")
