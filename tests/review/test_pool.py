"""The pool: several fields and kinds, how to reach people, when they cannot come, what they promise, and sheets of many."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from review.models import Expert
from review.models_pool import ExpertAbsence, ExpertContact, PoolSheet
from review.services import draws, panels, pool, pool_sheets
from tests.factories import MemberFactory, UnitFactory, UserFactory
from tests.kept import kept
from tests.review.pagecraft import member_of, text
from tests.review.stagecraft import Play, expert_review, final
from unions.models import AuditEntry, Member
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    return Play(union, expert_review(panel={"draw": True, "size": 2}), final())


@pytest.fixture
def office(play, reader):
    return reader(play, play.office)


# --- an entry -------------------------------------------------------------------------------------------------------------


def test_an_expert_has_several_fields_and_a_kind(play):
    expert = panels.enrol_expert(
        MemberFactory(union=play.union, role=Role.EXPERT),
        field="焊接，数控； 焊接、电工",
        kind=" 劳模 ",
        employer="示例所",
        actor=play.office,
        at=play.now(),
    )
    assert (expert.fields, expert.kind) == (("焊接", "数控", "电工"), "劳模")


def test_the_pool_is_searched_and_narrowed(play, office):
    for name, field, kind in (("蒋专家", "焊接、数控", "劳模"), ("沈专家", "数控车", "技术专家")):
        member = member_of(play, Role.EXPERT, name)
        panels.enrol_expert(member, field=field, kind=kind, employer="示例所", actor=play.office, at=play.now())
    panels.retire_expert(Expert.objects.last(), reason="退休", actor=play.office, at=play.now())
    for query, shown in (
        ("", {"蒋专家", "沈专家"}),
        ("?q=蒋", {"蒋专家"}),
        ("?q=数控", {"蒋专家", "沈专家"}),
        ("?field=数控", {"蒋专家"}),
        ("?kind=技术专家", {"沈专家"}),
        ("?state=retired", {"沈专家"}),
        ("?state=active", {"蒋专家"}),
        ("?state=draws", {"蒋专家"}),
        ("?state=away", set()),
    ):
        page = text(office.get("experts", query))
        assert {name for name in ("蒋专家", "沈专家") if name in page} == shown, query
    assert "没有符合条件的专家" in text(office.get("experts", "?q=没有"))


def test_phone_and_address_are_sealed_and_reading_them_is_on_record(play, office, reader):
    member = member_of(play, Role.EXPERT, "蒋专家")
    entry = {
        "member": member.pk,
        "field": "焊接",
        "employer": "示例所",
        "phone": "199 0001 1122",
        "address": "人民路1号",
    }
    assert "不像电话号码" in text(office.post("enrol", {**entry, "phone": "12"}))
    assert not Expert.objects.exists()
    office.post("enrol", entry)
    expert, kept = Expert.objects.get(), ExpertContact.objects.get()
    assert "人民路" not in kept.sealed
    assert "19900011122" not in str(list(AuditEntry.objects.values_list("after", flat=True)))
    supervisor = reader(play, member_of(play, Role.SUPERVISOR))
    for along in (office, supervisor):
        page = text(along.get("expert_record", expert_pk=expert.pk))
        assert "199******22" in page
        assert "19900011122" not in page
    assert supervisor.post("reveal_contact", expert_pk=expert.pk).status_code == 403
    page = text(office.post("reveal_contact", expert_pk=expert.pk))
    assert "19900011122" in page
    assert "人民路1号" in page
    assert AuditEntry.objects.filter(action="expert.contact_revealed").count() == 1
    edit = text(office.get("expert", expert_pk=expert.pk))
    assert not any(told in edit for told in ("19900011122", "人民路"))
    office.post("expert", {**entry, "phone": "", "address": ""}, expert_pk=expert.pk)
    assert pool.contact_of(expert) == pool.Contact("+8619900011122", "人民路1号")
    row = pool.keep_contact(expert, pool.Contact("19900011122", "人民路1号"), actor=play.office, at=play.now())
    assert (row.pk, AuditEntry.objects.filter(action="expert.contact_kept").count()) == (kept.pk, 1)
    with pytest.raises(Refused, match="至多 120 字"):
        pool.keep_contact(expert, pool.Contact("", "路" * 121), actor=play.office, at=play.now())
    pool.keep_contact(expert, pool.Contact("", "解放路"), actor=play.office, at=play.now())
    assert pool.contact_of(expert) == pool.Contact("", "解放路")
    ExpertContact.objects.get().key.delete()
    assert pool.contact_of(expert) == pool.Contact()
    for phone in ("19900011133", ""):
        if phone:
            pool.keep_contact(expert, pool.Contact(phone), actor=play.office, at=play.now())
        panels.retire_expert(expert, reason="退休", actor=play.office, at=play.now())
        assert not ExpertContact.objects.exists()


def test_what_an_expert_did_on_panels_is_on_their_page(play, office):
    named = Play(play.union, expert_review(), final())
    expert = named.expert(name="蒋专家")
    panel = named.form_panel("review", [expert])
    assert "已邀请" in text(office.get("expert_record", expert_pk=expert.pk))
    named.accept(panel)
    page = text(office.get("expert_record", expert_pk=expert.pk))
    assert "已接受" in page
    assert "客观公正" in page
    panels.remove_seat(panel.seats.get(), reason="出差", actor=named.office, at=named.now())
    assert "参加 0 次，退出 1 次" in text(office.get("experts"))
    for page in (office.get("expert_record", expert_pk=expert.pk), office.get("panel", stage_pk=panel.stage_id)):
        assert "出差" in text(page)


# --- when they cannot come ------------------------------------------------------------------------------------------------


def test_who_cannot_come_is_left_out_of_the_draw(play, reader):
    experts = [play.expert(f"示例{n}所", name=f"{n}专家") for n in "一二三"]
    stage = play.stage("review")
    first, last = draws.window_of(stage, play.clock)
    away = reader(play, experts[0].member)
    assert "没有登记" in text(away.get("my_profile"))
    days = {"starts_on": last.isoformat(), "ends_on": last.isoformat()}
    assert "止日早于起日" in text(away.post("my_profile", {**days, "ends_on": "2020-01-01"}))
    assert "必填" in text(away.post("my_profile", {}))
    assert away.post("my_profile", days).status_code == 302
    away.post("my_profile", days)
    pledge = play.pledge("review")
    assert pledge.candidates == [one.pk for one in experts[1:]]
    assert draws.away_from(stage, play.clock) == 1
    row = ExpertAbsence.objects.get()
    stranger = reader(play, experts[1].member)
    stranger.post("my_profile", {"drop": row.pk})
    assert ExpertAbsence.objects.exists()
    for _ in range(2):
        away.post("my_profile", {"drop": row.pk})
    assert not ExpertAbsence.objects.exists()
    assert draws.outdated(pledge, at=play.clock)
    assert first <= last


def test_the_office_says_it_for_them(play, office, reader):
    expert = play.expert(name="蒋专家")
    days = {"starts_on": "2026-04-01", "ends_on": "2026-04-03"}
    assert office.post("absence", days, expert_pk=expert.pk).status_code == 302
    assert "2026年4月1日 至 2026年4月3日" in text(office.get("expert_record", expert_pk=expert.pk))
    assert "必填" in text(office.post("absence", {}, expert_pk=expert.pk))
    with pytest.raises(Refused, match="可以维护专家库"):
        pool.add_absence(expert, starts_on=date(2026, 4, 1), ends_on=date(2026, 4, 2), actor=play.leader, at=play.now())
    nobody = reader(play, member_of(play, Role.EXPERT))
    assert "您还没有入库" in text(nobody.get("my_profile"))


# --- the promise ----------------------------------------------------------------------------------------------------------


def test_a_union_words_the_promise_itself(play, office):
    assert "客观公正" in text(office.get("word_terms"))
    assert office.post("word_terms", {"text": "本会的承诺"}).status_code == 302
    office.post("word_terms", {"text": "本会的承诺"})
    assert "现为第 1 版" in text(office.get("word_terms"))
    assert pool.terms_of(play.union).text == "本会的承诺"
    with pytest.raises(Refused, match="请填写承诺内容"):
        pool.word_terms(play.union, text=" ", actor=play.office, at=play.now())


# --- a sheet of many ------------------------------------------------------------------------------------------------------

HEAD = (
    "姓名",
    "手机号码",
    "专业领域",
    "专家类别",
    "工作单位",
    "统一社会信用代码",
    "所属推荐单位",
    "联系地址",
    "参加抽取",
    "备注",
)


def sheet(*rows, head=HEAD, name="专家.xlsx"):
    book = Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile(name, out.getvalue())


def phoned(play, phone, name, role=Role.EXPERT):
    return MemberFactory(union=play.union, role=role, user=UserFactory(phone=phone, name=name))


def test_a_sheet_is_shown_row_by_row_and_written_only_when_confirmed(play, office):
    UnitFactory(union=play.union, name="示例镇总工会")
    phoned(play, "+8619900011101", "蒋专家")
    phoned(play, "+8619900011102", "沈专家")
    phoned(play, "+8619900011103", "韩组长", Role.LEADER)
    good = [
        ("蒋专家", 19900011101, "焊接，数控", "劳模", "示例厂", None, "示例镇总工会", "人民路1号", "否", "x"),
        ("沈专家", "199 0001 1102", "电工", "", "", "91330185ma27w0000x"),
    ]
    bad = [
        ("韩组长", "19900011103", "焊接"),
        ("吴专家", "19900011109", "焊接"),
        ("蒋专家", "19900011101", "焊接"),
        ("沈某某", "19900011102", ""),
        ("蒋", 1.99e10 + 0.5, "焊接", "类" * 41, "厂", "12", "没有的单位", "", "也许"),
        (None, None, "焊接"),
    ]
    response = office.post("import_experts", {"sheet": sheet(*good, *bad)})
    row = PoolSheet.objects.get()
    assert "蒋专家" not in row.sealed
    page = text(office.get("pool_import", sheet_pk=row.pk))
    assert response["Location"] == office.url("pool_import", sheet_pk=row.pk)
    for words in (
        "是本工会的领导小组成员，不能同时担任",
        "请先请工会管理员邀请",
        "与第 2 行的号码相同",
        "与第 3 行的号码相同",
        "不像手机号码",
        "至多 40 字",
        "应为 18 位",
        "没有名为“没有的单位”的推荐单位",
        "请填写“是”或“否”",
        "同一个人靠手机号码识别",
        "“备注”",
        "导入 2 人",
    ):
        assert words in page, words
    assert not Expert.objects.exists()
    assert office.post("pool_import", {"confirm": "1"}, sheet_pk=row.pk).status_code == 302
    first = Expert.objects.select_related("unit").get(kind="劳模")
    assert (first.fields, first.kind, first.unit.name, first.in_draws) == (
        ("焊接", "数控"),
        "劳模",
        "示例镇总工会",
        False,
    )
    assert pool.contact_of(first) == pool.Contact("+8619900011101", "人民路1号")
    row.refresh_from_db()
    assert (row.key, row.sealed) == (None, "")
    with pytest.raises(Refused, match="已经处理完毕"):
        pool_sheets.table_of(row)
    assert office.get("pool_import", sheet_pk=row.pk).status_code == 302
    office.post("pool_import", {"confirm": "1"}, sheet_pk=row.pk)
    assert AuditEntry.objects.filter(action="experts.sheet_imported").count() == 1

    office.post("import_experts", {"sheet": sheet(*good)})
    again = PoolSheet.objects.last()
    assert text(office.get("pool_import", sheet_pk=again.pk)).count("没有变化") == 3
    assert "没有可以导入的行" in text(office.post("pool_import", {"confirm": "1"}, sheet_pk=again.pk))
    office.post("import_experts", {"sheet": sheet(("沈专家", "19900011102", "电工、电子", "", "新厂"))})
    changed = PoolSheet.objects.last()
    assert "改动：专业领域、工作单位" in text(office.get("pool_import", sheet_pk=changed.pk))
    office.post("pool_import", {"confirm": "1"}, sheet_pk=changed.pk)
    assert Expert.objects.count() == 2
    assert Expert.objects.filter(field="电工、电子", employer="新厂").exists()


def test_who_left_or_bears_another_name_is_not_imported(play, office):
    gone = phoned(play, "+8619900011101", "蒋专家")
    phoned(play, "+8619900011102", "沈专家")
    Member.objects.filter(user__name="沈专家").update(active=False)
    phoned(play, "+8619900011103", "韩专家")
    expert = panels.enrol_expert(gone, field="焊接", employer="厂", actor=play.office, at=play.now())
    panels.retire_expert(expert, reason="退休", actor=play.office, at=play.now())
    rows = [("蒋专家", "19900011101", "焊接"), ("沈专家", "19900011102", "焊接"), ("别人", "19900011103", "焊接")]
    office.post("import_experts", {"sheet": sheet(*rows)})
    page = text(office.get("pool_import", sheet_pk=PoolSheet.objects.get().pk))
    for words in ("已退出专家库", "成员资格已停用", "不是同一个名字", "没有可以导入的行"):
        assert words in page
    assert office.post("pool_import", {"drop": "1"}, sheet_pk=PoolSheet.objects.get().pk).status_code == 302
    assert PoolSheet.objects.get().key is None


def test_what_is_no_sheet_of_experts_is_refused_at_once(play, office, monkeypatch):
    assert "没有找到表头" in text(office.post("import_experts", {"sheet": sheet(("x",), head=("甲", "乙"))}))
    with pytest.raises(Refused, match="超过 10 MB"):
        pool_sheets.upload_pool(
            play.union, content=b"x" * (10 * 1024 * 1024 + 1), name="x", actor=play.office, at=play.now()
        )
    monkeypatch.setattr("review.pool_sheet.MAX_ROWS", 1)
    two = sheet(("甲", "19900011101", "焊接"), ("乙", "19900011102", "焊接"))
    assert "一次最多导入 1 行" in text(office.post("import_experts", {"sheet": two}))
    assert not PoolSheet.objects.exists()


def test_the_template_comes_back_as_it_went_out(office):
    response = office.get("pool_template")
    book = load_workbook(io.BytesIO(response.content))
    heads = [cell.value for row in book.active.iter_rows() for cell in row if cell.value in HEAD]
    assert set(heads) == set(HEAD) - {"备注"}


@pytest.mark.parametrize("name", ["word_terms", "import_experts", "pool_template"])
def test_only_who_keeps_the_pool_changes_it(play, reader, name):
    for role in (Role.LEADER, Role.SUPERVISOR, Role.EXPERT):
        assert reader(play, member_of(play, role)).get(name).status_code == 403
