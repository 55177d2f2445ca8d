"""A unit's sheet of people: what Excel did to it, what is wrong with a row, and what a confirmed one makes."""

import csv
import io
from datetime import datetime, timedelta

import openpyxl
import pytest
import tablib

from applications import people_sheet, selectors, services, sheets
from applications.models import Application, Person, SheetImport
from applications.services import sheet_imports
from applications.states import ImportState, State
from campaigns.rules import loader
from documents import runner
from documents.models import Job
from documents.states import JobState
from tests import factories
from tests.applications.people import headings, person, rows_of, saved, workbook
from tests.factories import IN_TIME
from unions import audit, vault
from unions.models import AuditEntry
from unions.permits import Refused


def _upload(campaign, officer, content, *, name="推荐人选.xlsx", at=IN_TIME):
    row = services.upload_people(campaign, unit=officer.unit, content=content, name=name, actor=officer, at=at)
    return services.read_people(row, actor=officer, at=at) if row.job is None else row


def _confirm(row, officer, *, picked=None, at=IN_TIME):
    row = services.confirm_people(row, picked=picked, attested=True, actor=officer, at=at)
    return services.write_people(row, actor=officer, at=at) if len(row.picked) <= sheet_imports.SMALL_ROWS else row


def _faults(row, line):
    return dict(next(one.faults for one in sheet_imports.verdicts_of(row) if one.line == line))


RULES = loader.load((loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8"), name="linan-2018")


def _read(**given):
    """The one row that has these cells, as it is understood, and what is said of it; asks no database."""
    channels = [RULES.channel("union")]
    known = people_sheet.columns(RULES, channels)
    columns = [column.key for column in known if column.field]
    told = person(RULES, 7, **given)
    data = tablib.Dataset([2, *(told.get(key) for key in columns)], headers=[people_sheet.LINE, *columns])
    lines: list[people_sheet.Line] = []
    resource = people_sheet.PeopleResource(
        RULES, known, channels, today=IN_TIME.date(), index=str, look_up=lambda _: {}, writer=lines.append
    )
    (verdict,) = people_sheet.judge(resource, data, dry_run=False)
    return (lines[0].answers if lines else {}), dict(verdict.faults)


# --- the empty sheet -------------------------------------------------------------------------------------------------


def test_the_template_heads_the_rule_sets_columns_and_offers_its_options(campaign, officer):
    channels = selectors.nomination_channels(officer, campaign)
    book = openpyxl.load_workbook(io.BytesIO(sheets.people_template(campaign, channels)))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]

    assert heads[:4] == ["姓名*", "身份证号码*", "性别", "工作单位及职务"]
    assert "照片" not in [str(head) for head in heads]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    gender = next(rule for where, rule in rules.items() if where.startswith("C2:"))
    assert gender.type == "list"
    assert book["选项"]["C1"].value == "男"
    assert book["选项"].sheet_state == "hidden"
    assert sheet.column_dimensions["B"].number_format == "@"
    notes = {row[0]: row for row in book["填写说明"].iter_rows(values_only=True)}
    assert notes["身份证号码"][1] == "必填"
    assert "下拉列表" in str(notes["性别"][2])


@pytest.mark.parametrize("code", ["hangzhou-2016", "jiaozuo-2018", "ouhai-2017", "taizhou-2018"])
def test_every_citys_columns_filled_in_come_back_whole(code):
    rules = loader.load((loader.RULESETS / f"{code}.toml").read_text(encoding="utf-8"), name=code)
    channels = [one for one in rules.channels if one.files_through]
    known = people_sheet.columns(rules, channels)
    told = person(rules, 5, __channel__=channels[0].label)
    text = io.StringIO()
    csv.writer(text).writerows([[column.label for column in known], [told.get(column.key, "") for column in known]])
    table = people_sheet.read_table(text.getvalue().encode(), known)
    resource = people_sheet.PeopleResource(
        rules, known, channels, today=IN_TIME.date(), index=str, look_up=lambda _indexes: {}
    )

    assert [(one.kind, one.faults) for one in people_sheet.judge(resource, table.data, dry_run=False)] == [("new", ())]
    assert table.unknown == ()


# --- cells -----------------------------------------------------------------------------------------------------------


def test_nothing_is_written_before_somebody_confirms(campaign, officer):
    row = _upload(
        campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7), person(campaign.rules, 8)])
    )

    assert row.state == ImportState.READ
    assert row.counts == {"new": 2, "update": 0, "same": 0, "wrong": 0, "unknown": []}
    assert not Application.objects.exists()
    assert not Person.objects.exists()


def test_neither_the_file_nor_what_was_found_lies_in_clear(campaign, officer):
    number = factories.invented_id_number(7)
    row = _upload(
        campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7, national_id=number, name="")])
    )

    raw = SheetImport.objects.filter(pk=row.pk).values().get()
    assert number not in str(raw)
    assert [one.number for one in sheet_imports.verdicts_of(row)] == [f"{number[:4]}{'*' * 10}{number[-4:]}"]


@pytest.mark.parametrize(
    ("given", "column", "words"),
    [
        ({"national_id": 330112197503160000}, "身份证号码", "末几位已经丢失。请把这一列设为“文本”格式"),
        ({"national_id": 3.3011219750316e17}, "身份证号码", "末几位已经丢失"),
        ({"national_id": "3.30112E+17"}, "身份证号码", "末几位已经丢失"),
        ({"national_id": "3301**********0014"}, "身份证号码", "导出时遮盖的。请填写完整号码"),
        ({"national_id": "33011219750316001"}, "身份证号码", "应为 18 位，现为 17 位"),
        ({"national_id": None}, "身份证号码", "未填写"),
        ({"name": "  "}, "姓名", "未填写"),
        ({"gender": "女"}, "性别", "号码显示为男"),
        ({"gender": "先生"}, "性别", "请从所列选项中选择：男、女"),
        ({"mobile": "1.99E+10"}, "手机号码", "末几位已经丢失"),
        ({"mobile": "199000"}, "手机号码", "电话号码不完整"),
        ({"years_in_trade": "二十"}, "从业年限", "整数"),
        ({"ethnicity": "很" * 11}, "民族", "请删去 1 字"),
    ],
)
def test_a_wrong_cell_is_told_with_its_column_and_what_to_do(given, column, words):
    _answers, faults = _read(**given)

    assert list(faults) == [column]
    assert words in faults[column]


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("mobile", 19900000007, "19900000007"),
        ("mobile", 19900000007.0, "19900000007"),
        ("mobile", "'１９９０００００００７", "19900000007"),
        ("years_in_trade", "２０年", "20"),
        ("union_member", "√", "yes"),
        ("union_member", True, "yes"),
        ("employer_post", "=1+1", "=1+1"),
        ("employer_post", "示例厂_x000D_焊工", "示例厂焊工"),
        ("employer_post", datetime(2018, 3, 5), "2018-03-05"),  # noqa: DTZ001 - as a cell holds it
    ],
)
def test_a_cell_is_read_as_it_was_meant(field, typed, kept):
    answers, faults = _read(**{field: typed})

    assert faults == {}
    assert answers[field] == kept


def test_a_number_typed_wide_and_with_blanks_is_the_same_number():
    whole = factories.invented_id_number(7)

    answers, _faults = _read(national_id=f"　{whole[:6].translate(_WIDE)} {whole[6:]}")

    assert answers["national_id"] == whole


SECOND = timedelta(seconds=1)
_WIDE = {ord(str(n)): ord("０") + n for n in range(10)}


@pytest.mark.parametrize(
    ("precision", "typed", "said"),
    [
        ("day", datetime(2018, 3, 5), "2018-03-05"),  # noqa: DTZ001 - as a cell holds it
        ("month", "2018年3月", "2018-03"),
        ("month", "2018.3", "2018-03"),
        ("month", "２０１８／３", "2018-03"),
        ("day", "20180305", "2018-03-05"),
        ("day", 43164, "2018-03-05"),
        ("day", 43164.0, "2018-03-05"),
        ("month", 2018.3, "2018-03"),
        ("year", 2018, "2018"),
        ("year", "至今", ""),
    ],
)
def test_a_date_is_read_however_it_is_spelled(precision, typed, said):
    item = people_sheet.schema.DateField(id="since", label="起始", type="date", precision=precision)

    assert people_sheet.AnswerWidget(item, RULES, IN_TIME.date()).clean(typed) == said


def test_a_month_that_may_be_january_or_october_is_asked_again():
    item = people_sheet.schema.DateField(id="since", label="起始", type="date", precision="month")

    with pytest.raises(ValueError, match="请写成 2018-01 或 2018-10"):
        people_sheet.AnswerWidget(item, RULES, IN_TIME.date()).clean(2018.1)


def test_several_conditions_stand_in_one_cell_by_their_names():
    field = next(one.id for one in RULES.fields() if one.type == "conditions")

    answers, _ = _read(**{field: "绝技绝活或先进操作法；技能大赛优异成绩"})
    _, faults = _read(**{field: "会唱歌"})

    assert answers[field] == ["unique_skill", "competition"]
    assert "会唱歌" in next(iter(faults.values()))


COLUMNS = people_sheet.columns(RULES, [RULES.channel("union")])


# --- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0 an old workbook", "旧版 .xls 请在 Excel 中另存为 .xlsx"),
        (b"PK\x03\x04 no archive", "文件打不开"),
        ("序号,工作单位\n1,示例厂\n".encode(), "没有找到表头"),
        ("姓名,性别\n甲,男\n".encode(), "表头缺少“身份证号码”列"),
        ("姓名,身份证号码\n".encode(), "表中没有数据"),
        (b"\xff\xfe\xfa\xfb\x81", "文字编码无法识别"),
    ],
)
def test_what_is_no_such_sheet_is_refused_in_words(content, words):
    with pytest.raises(Refused, match=words):
        people_sheet.read_table(content, COLUMNS)


def test_a_heading_too_far_down_or_after_too_much_nothing_is_not_found(monkeypatch):
    book = openpyxl.Workbook()
    for line in ([], ["备注"]) * 8:
        book.worksheets[0].append(line)
    book.worksheets[0].append(["姓名", "身份证号码"])
    with pytest.raises(Refused, match="没有找到表头"):
        people_sheet.read_table(saved(book), COLUMNS)
    monkeypatch.setattr(people_sheet, "BLANKS_TO_THE_END", 1)
    book = openpyxl.Workbook()
    for line in (["姓名", "身份证号码"], ["甲", "1"], [], [], ["乙", "2"]):
        book.worksheets[0].append(line)
    assert len(people_sheet.read_table(saved(book), COLUMNS).data) == 1


def test_a_csv_with_an_endless_cell_is_refused_in_words():
    with pytest.raises(Refused, match="文件打不开"):
        people_sheet.read_table(f"姓名,身份证号码\n{'甲' * 200_000},1\n".encode(), COLUMNS)


def test_a_refused_file_leaves_nothing_behind(campaign, officer):
    with pytest.raises(Refused, match="没有找到表头"):
        _upload(campaign, officer, b"1,2")
    with pytest.raises(Refused, match="文件超过 10 MB"):
        _upload(campaign, officer, b"x" * (people_sheet.MAX_BYTES + 1))
    assert not SheetImport.objects.exists()


def test_a_sheet_that_unpacks_to_too_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(people_sheet, "MAX_UNPACKED", 1000)

    with pytest.raises(Refused, match="解压后过大"):
        people_sheet.read_table(saved(openpyxl.Workbook()), COLUMNS)


def test_more_rows_than_can_be_are_refused(monkeypatch):
    monkeypatch.setattr(people_sheet, "MAX_ROWS", 1)

    with pytest.raises(Refused, match="一次最多导入 1 行"):
        people_sheet.read_table("姓名,身份证号码\n甲,1\n乙,2\n".encode(), COLUMNS)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t"])
def test_a_csv_comes_in_however_excel_saved_it(encoding, mark):
    text = f"姓名{mark}身份证号码{mark}工作单位及职务\r\n甲{mark}330112{mark}'=示例厂\r\n"

    table = people_sheet.read_table(text.encode(encoding), COLUMNS)

    assert table.data.dict == [{"__line__": 2, "name": "甲", "national_id": "330112", "employer_post": "=示例厂"}]


def test_a_printed_list_comes_back_with_its_title_and_its_seals():
    book = openpyxl.Workbook()
    for line in (
        ["第二届推荐人选汇总表"],
        ["填报单位：示例镇总工会"],
        ["序号", "姓 名", "身份证号码（必填）", "备注"],
        [1, "甲", "330112", "先进"],
        [],
        ["推荐单位（盖章处）：　　年　　月　　日"],
    ):
        book.worksheets[0].append(line)

    table = people_sheet.read_table(saved(book), COLUMNS)

    assert table.data.dict == [{"__line__": 4, "name": "甲", "national_id": "330112"}]
    assert table.unknown == ("备注",)


# --- rows ------------------------------------------------------------------------------------------------------------


def test_the_second_row_of_one_person_names_the_first(campaign, officer):
    row = _upload(
        campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7), person(campaign.rules, 7)])
    )

    assert "与第 2 行的证件号码相同" in _faults(row, 3)["身份证号码"]
    assert row.counts["new"] == 1


def test_who_applies_already_by_another_way_is_put_forward_too_and_the_office_decides(campaign, officer):
    """The unit learns nothing of the other application; the two find each other by the number."""
    number = factories.invented_id_number(7)
    own = factories.ApplicationFactory(campaign=campaign, national_id=number, name="田秀兰")

    row = _upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7, national_id=number)]))
    assert row.counts["new"] == 1
    _confirm(row, officer)

    put_forward = Application.objects.get(unit=officer.unit)
    assert put_forward.sources.get().unit == officer.unit
    assert put_forward.person != own.person
    assert list(Application.objects.twins_of(put_forward)) == [own]
    assert AuditEntry.objects.filter(action="application.twin_found", object_id=str(put_forward.pk)).exists()


def test_whose_record_was_erased_is_not_made_anew(campaign, officer):
    first = _confirm(_upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7)])), officer)
    application = Application.objects.get()
    services.withdraw_application(application, actor=officer, at=IN_TIME)
    application.person.key.delete()

    again = _upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7)]))

    assert first.state == ImportState.DONE
    assert _faults(again, 2)["身份证号码"] == people_sheet.ERASED


def test_a_filed_application_is_told_but_not_changed(campaign, officer):
    number = factories.invented_id_number(7)
    filed = factories.ApplicationFactory(campaign=campaign, unit=officer.unit, member=officer, national_id=number)
    before = filed.answers

    same = {column.key: None for column in headings(campaign, officer)}
    row = _upload(
        campaign,
        officer,
        workbook(
            campaign,
            officer,
            [
                {**same, "name": filed.name, "national_id": number},
                {**same, "name": filed.name, "national_id": factories.invented_id_number(8)},
            ],
        ),
    )
    other = _upload(
        campaign,
        officer,
        workbook(campaign, officer, [{**same, "name": filed.name, "national_id": number, "ethnicity": "畲族"}]),
    )

    assert [one.kind for one in sheet_imports.verdicts_of(row)] == ["same", "new"]
    assert sheet_imports.verdicts_of(row)[0].detail == "申报已提交"
    assert "民族与已填的不同，不能用导入改动" in _faults(other, 2)["身份证号码"]
    filed.refresh_from_db()
    assert filed.answers == before


def _resource(**given):
    two = [RULES.channel("union"), RULES.channel("enterprise")]
    known = people_sheet.columns(RULES, two)
    numbers = [factories.invented_id_number(n) for n in (1, 2, 3)]
    text = "姓名,身份证号码,推荐渠道\n甲,{},登报\n乙,{},\n丙,{},企业推荐\n".format(*numbers)
    look_up = given.pop("look_up", lambda _indexes: {})
    resource = people_sheet.PeopleResource(RULES, known, two, today=IN_TIME.date(), index=str, look_up=look_up, **given)
    return resource, people_sheet.read_table(text.encode(), known).data


def test_an_unknown_channel_is_told_with_those_there_are():
    found = people_sheet.judge(*_resource(), dry_run=False)

    assert [one.kind for one in found] == ["wrong", "wrong", "new"]
    assert found[0].faults == (("推荐渠道", "没有这个渠道。本单位可用的渠道：工会组织推荐、企业推荐"),)
    assert found[1].faults[0][1].startswith("未填写")


def test_a_fault_of_our_own_is_no_fault_of_the_row():
    def broken(_told):
        raise LookupError("no database")

    with pytest.raises(LookupError, match="no database"):
        people_sheet.judge(*_resource(look_up=broken), dry_run=False)
    with pytest.raises(LookupError, match="no database"):
        people_sheet.judge(*_resource(writer=broken), dry_run=False)


# --- confirmed -------------------------------------------------------------------------------------------------------


def test_confirmed_rows_become_drafts_of_the_unit_as_if_typed(campaign, officer):
    told = person(campaign.rules, 7)
    row = _confirm(_upload(campaign, officer, workbook(campaign, officer, [told])), officer)

    made = Application.objects.select_related("person__key").get()
    assert (made.state, made.unit, made.applicant, made.filled_by) == (State.DRAFT, officer.unit, None, officer)
    assert (made.name, made.employer, made.channel) == (told["name"], told["employer_post"], "union")
    assert told["national_id"] not in str(made.answers)
    assert made.person.id_index == vault.blind_index(campaign.union, told["national_id"])
    answers = selectors.answers_of(made)
    assert answers["national_id"] == told["national_id"]
    entry = AuditEntry.objects.get(action="application.imported")
    assert (entry.object_id, entry.reason) == (str(made.pk), "已告知被推荐人并取得同意")
    assert told["national_id"] not in str(entry.after)
    assert row.state == ImportState.DONE
    assert audit.verify(campaign.union).verified
    kept = services.save_draft(made, answers={"ethnicity": "畲族"}, revision=1, actor=officer, at=IN_TIME)
    assert kept.revision == 2


def test_a_repeated_import_changes_nothing_twice(campaign, officer):
    content = workbook(campaign, officer, [person(campaign.rules, 7), person(campaign.rules, 8)])
    _confirm(_upload(campaign, officer, content), officer)
    entries = AuditEntry.objects.filter(action__startswith="application.").count()

    again = _upload(campaign, officer, content)

    assert again.counts["same"] == 2
    with pytest.raises(Refused, match="没有可以导入的行"):
        _confirm(again, officer)
    assert Application.objects.count() == 2
    assert AuditEntry.objects.filter(action__startswith="application.").count() == entries


def test_a_corrected_cell_is_saved_into_the_draft_that_is_there(campaign, officer):
    _confirm(_upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7)])), officer)

    row = _upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7, ethnicity="畲族")]))
    assert [(one.kind, one.detail) for one in sheet_imports.verdicts_of(row)] == [("update", "民族")]
    _confirm(row, officer)

    made = Application.objects.get()
    assert selectors.answers_of(made)["ethnicity"] == "畲族"
    assert made.revision == 2
    assert AuditEntry.objects.filter(action="application.draft_saved").count() == 1


def test_what_went_on_between_preview_and_confirmation_is_told_and_left_alone(campaign, officer):
    _confirm(_upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7)])), officer)
    row = _upload(
        campaign,
        officer,
        workbook(campaign, officer, [person(campaign.rules, 7, ethnicity="畲族"), person(campaign.rules, 8)]),
    )
    factories.ApplicationFactory(campaign=campaign, national_id=person(campaign.rules, 8)["national_id"])
    services.withdraw_application(Application.objects.get(unit=officer.unit), actor=officer, at=IN_TIME)

    row = _confirm(row, officer)

    assert row.counts["new"] == 2  # who was withdrawn is put forward again, who applied meanwhile stands there twice
    assert Application.objects.filter(unit=officer.unit).twinned().count() == 0, "not handed in yet"


def test_a_draft_handed_in_while_the_slice_was_written_keeps_what_it_had(campaign, officer):
    _confirm(_upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7)])), officer)
    made = Application.objects.get()
    Application.objects.filter(pk=made.pk).update(state=State.WITHDRAWN)
    line = people_sheet.Line(
        line=2, answers={"ethnicity": "畲族"}, known=people_sheet.Known(application=made.pk, editable=True)
    )

    assert "已撤回，不能修改" in sheet_imports._save(line, actor=officer, at=IN_TIME)


def test_only_the_rows_picked_are_imported(campaign, officer):
    row = _upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, n) for n in (7, 8, 9)]))

    row = _confirm(row, officer, picked=[3, 99])

    assert [one.name for one in Application.objects.all()] == [person(campaign.rules, 8)["name"]]
    assert row.counts["new"] == 1


def test_without_the_word_that_they_were_told_nobody_is_imported(campaign, officer):
    row = _upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7)]))

    with pytest.raises(Refused, match="取得其同意"):
        services.confirm_people(row, picked=None, attested=False, actor=officer, at=IN_TIME)


def test_an_import_is_confirmed_once(campaign, officer):
    row = _confirm(_upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7)])), officer)

    with pytest.raises(Refused, match="已导入，不能重复办理"):
        services.confirm_people(row, picked=None, attested=True, actor=officer, at=IN_TIME)


def test_after_the_deadline_nothing_comes_in(campaign, officer):
    content = workbook(campaign, officer, [person(campaign.rules, 7)])
    row = _upload(campaign, officer, content)

    with pytest.raises(Refused, match="申报"):
        _upload(campaign, officer, content, at=campaign.closes_at + SECOND)
    with pytest.raises(Refused, match="申报"):
        services.confirm_people(row, picked=None, attested=True, actor=officer, at=campaign.closes_at + SECOND)


def test_a_unit_of_a_kind_that_no_channel_names_imports_nobody(campaign, member, union):
    officer = member("unit_officer", unit=factories.UnitFactory(union=union, kind="club"))

    with pytest.raises(Refused, match="没有规定由本单位这一类单位推荐"):
        _upload(campaign, officer, b"x")


def test_given_up_its_file_is_gone(campaign, officer):
    row = _upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, 7)]))

    row = services.drop_people(row, actor=officer, at=IN_TIME)

    assert (row.state, row.sealed, row.preview, row.key_id) == (ImportState.DROPPED, "", "", None)
    assert sheet_imports.verdicts_of(row) == []
    with pytest.raises(Refused, match="请重新上传"):
        sheet_imports.table_of(row)
    with pytest.raises(Refused, match="已放弃"):
        services.drop_people(row, actor=officer, at=IN_TIME)


def test_the_bad_rows_go_out_with_what_is_wrong_and_come_back_mended(campaign, officer):
    row = _upload(
        campaign,
        officer,
        workbook(
            campaign, officer, [person(campaign.rules, 7), person(campaign.rules, 8, gender="女", employer_post="=2+2")]
        ),
    )
    labels = sheets.column_labels(campaign, selectors.nomination_channels(officer, campaign))

    content = sheets.wrong_rows(sheet_imports.table_of(row), sheet_imports.verdicts_of(row), labels)

    rows = rows_of(content)
    assert len(rows) == 2
    assert rows[1][-1].startswith("原第 3 行。性别：与身份证号码不一致")
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = {cell.value: cell for cell in book.worksheets[0][2]}
    assert cells["=2+2"].data_type == "s"
    cells["女"].value = "男"
    mended = _upload(campaign, officer, saved(book))
    assert [one.kind for one in sheet_imports.verdicts_of(mended)] == ["new"]


# --- many ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_large_sheet_is_read_and_written_by_a_worker(campaign, officer, monkeypatch):
    monkeypatch.setattr(sheet_imports, "SMALL_BYTES", 100)
    monkeypatch.setattr(sheet_imports, "SMALL_ROWS", 1)
    monkeypatch.setattr(sheet_imports, "SLICE", 2)
    row = _upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, n) for n in range(5)]))
    assert row.state == ImportState.READING

    runner.run(row.job_id, at_clock=lambda: IN_TIME)
    row = sheet_imports.import_of(Job.objects.get())
    assert row.counts["new"] == 5
    row = services.confirm_people(row, picked=None, attested=True, actor=officer, at=IN_TIME)
    runner.run(row.job_id, at_clock=lambda: IN_TIME)
    runner.run(row.job_id, at_clock=lambda: IN_TIME)

    assert set(Job.objects.values_list("state", flat=True)) == {JobState.DONE}
    assert Application.objects.count() == 5
    assert audit.verify(campaign.union).verified


def test_a_worker_that_died_finds_its_rows_there_already(campaign, officer, monkeypatch):
    monkeypatch.setattr(sheet_imports, "SLICE", 2)
    row = _upload(campaign, officer, workbook(campaign, officer, [person(campaign.rules, n) for n in range(3)]))
    row = services.confirm_people(row, picked=None, attested=True, actor=officer, at=IN_TIME)

    def die(done):
        raise ConnectionError(done)

    with pytest.raises(ConnectionError):
        services.write_people(row, actor=officer, at=IN_TIME, progress=die)
    assert Application.objects.count() == 2
    row = services.write_people(row, actor=officer, at=IN_TIME)

    assert Application.objects.count() == 3
    assert row.counts["same"] == 2
