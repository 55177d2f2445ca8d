"""The form on paper and the 汇总表."""

import io

import openpyxl
import pikepdf
import pypdfium2
import pytest

from applications import papers, selectors, services, sheets
from applications.models import Application, Submission
from applications.states import State
from campaigns.rules import schema
from documents.paper.forms import Choice, Opinion, Table
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory, confirmed, sign_in


def words(content):
    document = pypdfium2.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return "".join(text.split())


@pytest.fixture
def filed(campaign, town, officer, picture):
    application = ApplicationFactory(
        campaign=campaign, unit=town, member=officer, state=State.DRAFT, conditions=["teaching", "innovation"]
    )
    services.attach_material(application, slot="photo", file=picture(), actor=officer, at=IN_TIME)
    confirmed(application)
    services.submit_application(application, actor=officer, at=IN_TIME)
    services.endorse_application(
        application, decision="endorsed", opinion="技艺精湛，同意推荐", actor=officer, at=IN_TIME
    )
    application.refresh_from_db()
    return application


def test_the_form_prints_what_was_frozen_with_opinion_number_and_check_code(filed):
    submission = Submission.objects.get(application=filed)

    text = words(papers.form_pdf(submission, opinions={"office": "符合条件", "other": Opinion(text="x")}))

    assert filed.name in text
    assert selectors.answers_of(filed)["national_id"] in text
    assert "技艺精湛，同意推荐" in text
    assert "符合条件" in text
    assert "2026年3月10日" in text
    assert submission.check_code in text
    assert filed.number in text


def test_for_other_eyes_the_numbers_are_cut(filed):
    text = words(papers.form_pdf(Submission.objects.get(application=filed), masked=True))

    number = selectors.answers_of(filed)["national_id"]
    assert number not in text
    assert number[-4:] in text


def test_the_same_submission_gives_the_same_bytes(filed):
    submission = Submission.objects.get(application=filed)

    assert papers.form_pdf(submission) == papers.form_pdf(submission)


def test_a_draft_is_marked_and_has_no_check_code(draft):
    content = papers.draft_pdf(draft)

    text = words(content)
    assert "草稿" in text
    assert "校验码" not in text


def test_a_society_prints_the_consent_of_its_authority(campaign, union):
    society = factories.UnitFactory(union=union, kind="society")
    application = ApplicationFactory(campaign=campaign, unit=society)

    said = papers.unit_opinions(application)["recommender"]

    assert said.text == "同意推荐\n示例行业主管部门已于2026年3月10日同意推荐。"
    assert papers.unit_opinions(application)["society"] == said


def test_without_a_recommendation_the_box_stays_empty(campaign):
    assert papers.unit_opinions(ApplicationFactory(campaign=campaign)) == {}


def test_rows_and_choices_print_as_tables_and_ticks(campaign):
    application = ApplicationFactory(campaign=campaign)
    rules = application.campaign.rules
    field = schema.MultiField(
        type="multi",
        id="many",
        label="多选",
        other=True,
        options=(schema.Option(value="甲"), schema.Option(value="乙")),
    )

    fields = papers.paper_fields(rules, selectors.current_answers(application), application)

    assert isinstance(fields["honours"], Table)
    assert fields["honours"].rows[0][0] == "2020年5月"
    assert papers._printed(field, ["甲", "丙"], rules) == Choice(
        ("甲", "乙", "其他：丙"), frozenset({"甲", "其他：丙"})
    )
    assert papers._printed(field, "", rules) == Choice(("甲", "乙"), frozenset())


def test_pages_with_a_heading_or_another_grid_stand_alone(campaign):
    rules = campaign.rules
    paper = papers.form_papers(rules)[0]
    narrow = schema.Page(columns=2, heading="附表", lines=("填报单位",), rows=((schema.Cell(label="甲", span=2),),))
    folded = paper.model_copy(update={"pages": (*paper.pages, narrow), "note": None, "size": "A3-folded"})

    found = papers.layouts(folded, rules)

    assert [layout.title for layout in found] == [paper.title, "附表"]
    assert found[1].top == (("填报单位", ""),)
    assert found[-1].instructions == rules.form.notes


def test_a_folded_form_with_two_grids_comes_on_one_sheet(filed, monkeypatch):
    rules = filed.campaign.rules
    paper = papers.form_papers(rules)[0]
    narrow = schema.Page(columns=2, heading="附表", rows=((schema.Cell(label="甲", span=2),),))
    folded = paper.model_copy(update={"pages": (narrow, narrow), "size": "A3-folded"})
    changed = rules.model_copy(update={"papers": (folded,), "form": rules.form.model_copy(update={"notes": ()})})
    values = papers.PaperValues(fields={})

    with pikepdf.open(io.BytesIO(papers._render(changed, "form", values))) as document:
        assert round(float(document.pages[0].mediabox[2])) == 1191


def test_a_rule_set_without_a_form_prints_none(filed):
    with pytest.raises(papers.NoPaper):
        papers.form_pdf(Submission.objects.get(application=filed), paper="nothing")


def test_an_erased_person_prints_an_empty_form(filed):
    filed.person.key.delete()
    submission = Submission.objects.get(application=filed)

    assert filed.number in words(papers.form_pdf(submission))


# --- through the pages -----------------------------------------------------------------------------------------------


def url(name, **kwargs):
    from django.urls import reverse

    return reverse(f"applications:{name}", kwargs={"union_slug": "shili", **kwargs})


def test_the_unit_downloads_the_form_whole_and_the_office_cut(client, filed, officer, campaign):
    number = selectors.answers_of(filed)["national_id"]

    whole = sign_in(client, officer).get(url("form_pdf", pk=filed.pk))
    cut = sign_in(client, factories.office_of(campaign.union)).get(url("form_pdf_version", pk=filed.pk, version=1))

    assert number in words(whole.content)
    assert number not in words(cut.content)
    assert whole["Content-Disposition"].startswith("attachment; filename*=UTF-8''TM2026-0001")


def test_unknown_versions_and_forms_are_not_found(client, filed, officer):
    sign_in(client, officer)

    assert client.get(url("form_pdf_version", pk=filed.pk, version=9)).status_code == 404
    assert client.get(url("form_pdf", pk=filed.pk) + "?paper=nothing").status_code == 404


def test_before_printing_a_page_tells_copies_settings_seals_and_version(client, filed, officer):
    page = sign_in(client, officer).get(url("print_forms", pk=filed.pk)).content.decode()

    submission = Submission.objects.get(application=filed)
    for text in ("一式 2 份", "A4 纸，纵向", "推荐单位意见", submission.check_code, "资格审核”结束后重新打印"):
        assert text in page
    assert "已遮盖" not in page
    assert "全部下载" not in page


def test_a_folded_form_says_how_to_fold_it(campaign):
    rules = campaign.rules
    paper = papers.form_papers(rules)[0].model_copy(update={"size": "A3-folded"})

    (told,) = papers.prints(rules.model_copy(update={"papers": (paper,)}))

    assert "A3 纸" in told.settings
    assert "短边翻转" in told.settings
    assert "对折" in told.settings


def test_the_page_before_a_draft_says_that_it_is_one_and_earlier_versions_stay_at_hand(
    client, draft, alice, campaign, town, officer
):
    page = sign_in(client, alice).get(url("print_forms", pk=draft.pk)).content.decode()
    assert "打印出来的是草稿" in page

    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.RETURNED)
    mended = {application.returns.get().items[0]: "改过"}
    services.save_draft(application, answers=mended, revision=1, actor=officer, at=IN_TIME)
    confirmed(application)
    services.submit_application(application, actor=officer, at=IN_TIME)
    page = sign_in(client, officer).get(url("print_forms", pk=application.pk)).content.decode()
    assert "以前递交的版本" in page
    assert url("form_pdf_version", pk=application.pk, version=1) in page


def test_the_page_before_printing_is_not_found_where_nothing_is_printed(client, filed, officer, campaign):
    campaign.rules_data = dict(campaign.rules_data) | {
        "papers": [paper for paper in campaign.rules_data["papers"] if paper["kind"] == "list"]
    }
    campaign.save()

    assert sign_in(client, officer).get(url("print_forms", pk=filed.pk)).status_code == 404


def test_a_draft_prints_for_whoever_fills_it_in(client, draft, alice):
    response = sign_in(client, alice).get(url("form_pdf", pk=draft.pk))

    assert "草稿" in words(response.content)


def test_the_code_on_a_print_says_which_version_it_is(client, filed):
    submission = Submission.objects.get(application=filed)

    newest = client.get(url("print_check", code=submission.check_code.lower()))
    unknown = client.get(url("print_check", code="AAAA-BBBB-CCCC"))

    page = newest.content.decode()
    assert "最新版本" in page
    assert filed.number in page
    assert filed.name not in page
    assert unknown.status_code == 404


def test_an_older_print_is_told_apart(client, campaign, town, officer):
    application = ApplicationFactory(campaign=campaign, unit=town, member=officer, state=State.RETURNED)
    mended = {application.returns.get().items[0]: "改过"}
    services.save_draft(application, answers=mended, revision=1, actor=officer, at=IN_TIME)
    confirmed(application)
    services.submit_application(application, actor=officer, at=IN_TIME)
    first = application.submissions.get(version=1)

    assert "不是最新版本" in client.get(url("print_check", code=first.check_code)).content.decode()


def test_another_unions_prints_are_not_found(client, filed, other_union):
    submission = Submission.objects.get(application=filed)

    assert client.get(f"/linshi/prints/{submission.check_code}/").status_code == 404


# --- the summary sheet -----------------------------------------------------------------------------------------------


def _cells(content):
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in page.iter_rows()]


def test_the_sheet_has_the_columns_of_the_rule_set(filed, campaign, town):
    rows = _cells(sheets.summary_sheet(campaign, [filed], unit=town))

    assert rows[0][0] == "第二届“天目工匠”推荐人选汇总表"
    assert rows[1][0] == "填报单位：示例镇总工会　　共1人，按姓氏笔画排列"
    assert rows[2][:3] == ["序号", "姓名", "性别"]
    assert rows[3][:2] == [1, filed.name]
    assert "工会组织推荐" in rows[3]
    assert "推荐单位（盖章处）" in rows[4][0]


def test_the_offices_workbook_has_everybody_and_then_a_sheet_for_each_unit(filed, campaign, union):
    other = factories.UnitFactory(union=union, kind="town_union", name="临近镇总工会")
    more = ApplicationFactory(campaign=campaign, unit=other, name="王一")

    book = openpyxl.load_workbook(io.BytesIO(sheets.summary_sheet(campaign, [filed, more])))

    assert book.sheetnames == ["第二届“天目工匠”推荐人选汇总表", "临近镇总工会", "示例镇总工会"]
    assert {row[1].value for row in list(book.worksheets[0].iter_rows())[3:5]} == {"王一", filed.name}
    assert "认定领导小组办公室" in book.worksheets[0]["A2"].value


def test_a_portrait_list_in_copies_says_so(filed, campaign, town):
    data = dict(campaign.rules_data)
    data["papers"] = [paper | {"size": "A4", "copies": 3} for paper in data["papers"] if paper["kind"] == "list"]
    campaign.rules_data = data

    page = openpyxl.load_workbook(io.BytesIO(sheets.summary_sheet(campaign, [filed], unit=town))).worksheets[0]

    assert page.page_setup.orientation == "portrait"
    assert page["A2"].value.endswith("一式3份")


def test_without_a_list_in_the_rule_set_there_is_a_plain_one(filed, campaign):
    data = dict(campaign.rules_data)
    data["papers"] = [paper for paper in data["papers"] if paper["kind"] == "form"]
    campaign.rules_data = data

    rows = _cells(sheets.summary_sheet(campaign, [filed], title="名单"))

    assert rows[0][0] == "名单"
    assert rows[3][:3] == [1, filed.name, filed.number]


def test_a_draft_stands_on_the_sheet_as_it_is(draft, campaign):
    assert _cells(sheets.summary_sheet(campaign, [draft]))[3][1] == "田秀兰"


def test_what_people_typed_is_never_a_formula_and_a_long_name_stays_whole(campaign, town):
    name = "阿卜杜热合曼·买买提伊明托合提"
    application = ApplicationFactory(campaign=campaign, unit=town, name=name, employer_post='=HYPERLINK("http://x")')

    page = openpyxl.load_workbook(io.BytesIO(sheets.summary_sheet(campaign, [application], unit=town))).worksheets[0]

    cells = {cell.value: cell for cell in list(page.iter_rows())[3]}
    assert name in cells
    assert cells['=HYPERLINK("http://x")'].data_type == "s"
    assert page.row_dimensions[4].height > 40


def test_sheets_are_downloaded_by_unit_and_office(client, filed, officer, campaign):
    by_unit = sign_in(client, officer).get(url("unit_sheet", campaign_slug="tianmu"))
    by_office = sign_in(client, factories.office_of(campaign.union)).get(url("inbox_sheet", campaign_slug="tianmu"))

    assert filed.name in str(_cells(by_unit.content))
    assert filed.name in str(_cells(by_office.content))


def test_the_sheet_costs_the_same_for_any_number(campaign, django_assert_num_queries):
    one = [ApplicationFactory(campaign=campaign)]
    three = [*one, ApplicationFactory(campaign=campaign), ApplicationFactory(campaign=campaign)]

    for people in (one, three):
        rows = list(
            Application.objects.filter(pk__in=[row.pk for row in people]).select_related(
                "campaign", "person__key", "unit", "union"
            )
        )
        with django_assert_num_queries(2):
            sheets.summary_sheet(campaign, rows)
