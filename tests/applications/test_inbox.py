"""The office's list: what is kept for it at filing, found, narrowed, counted, shared and noted."""

import re
from io import BytesIO

import openpyxl
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from applications import listing, selectors_inbox, services, sharing, statistics
from applications.models import Application
from applications.models_inbox import ApplicationFacts, Assignment, Note, SavedFilter, SearchEntry
from applications.services import Share
from applications.services import inbox as inbox_services
from applications.states import State
from campaigns.models import Campaign
from tests import factories
from tests.factories import IN_TIME, ApplicationFactory, MemberFactory, office_of, sign_in
from tests.kept import kept
from unions import tenancy, vault
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def office(campaign: Campaign):
    return office_of(campaign.union)


@kept
def filed(campaign: Campaign) -> Application:
    return ApplicationFactory(
        campaign=campaign,
        name="田秀兰",
        employer_post="示例机床厂班长",
        deeds="长期从事TIG机器人焊接，提高合格率",
        at=IN_TIME,
    )


def found(campaign, member, **filters):
    return [row.pk for row in selectors_inbox.inbox(campaign, member, filters=filters).rows]


# --- kept at filing ----------------------------------------------------------------------------------------------------


def test_filing_keeps_coarse_facts_and_what_is_searched(campaign, filed):
    facts = ApplicationFacts.objects.get(application=filed)

    assert (facts.sex, facts.age_band, facts.level) == ("男", "50s", "高级技师")
    assert facts.verdict
    entry = SearchEntry.objects.get(application=filed)
    assert entry.text.startswith(f"田秀兰\n{filed.number.lower()}\n示例机床厂班长\n")
    for sealed in (value for value in filed.answers.values() if isinstance(value, dict)):
        assert vault.unseal(filed.person.key, sealed["sealed"]).strip('"') not in entry.text


def test_a_draft_is_in_no_index(campaign):
    ApplicationFactory(campaign=campaign, state=State.DRAFT)

    assert not SearchEntry.objects.exists()
    assert not ApplicationFacts.objects.exists()


def test_what_a_unit_endorses_is_listed_then(campaign, town):
    waiting = ApplicationFactory(campaign=campaign, unit=town, state=State.AWAITING_UNIT)
    assert not SearchEntry.objects.filter(application=waiting).exists()

    endorsed = ApplicationFactory(campaign=campaign, unit=town)

    assert endorsed.number.lower() in SearchEntry.objects.get(application=endorsed).text


def test_mending_changes_what_is_found_when_it_is_handed_in(campaign, office):
    returned = ApplicationFactory(campaign=campaign, state=State.RETURNED)
    item = returned.returns.get().items[0]
    actor = returned.applicant
    services.save_draft(returned, answers={item: "独有的补正文字"}, revision=9, actor=actor, at=IN_TIME)
    assert found(campaign, office, q="独有的补正") == []
    assert found(campaign, office, returned="open") == [returned.pk]
    assert found(campaign, office, returned="answered") == []

    services.submit_application(returned, actor=actor, at=IN_TIME)

    assert found(campaign, office, q="独有的补正") == [returned.pk]
    assert found(campaign, office, returned="answered") == [returned.pk]
    assert found(campaign, office, returned="open") == []


def test_anonymising_takes_a_person_out_of_the_search_and_leaves_the_count(campaign, filed, office):
    inbox_services.forget_search([filed])

    assert found(campaign, office, q="田秀") == []
    assert found(campaign, office, sex="男") == [filed.pk]


def test_the_index_is_written_anew_on_demand(campaign, filed, office, capsys):
    SearchEntry.objects.all().delete()
    ApplicationFacts.objects.all().delete()

    call_command("index_inbox")
    call_command("index_inbox")

    assert found(campaign, office, q="田秀", sex="男") == [filed.pk]
    assert f"{campaign.union.slug}: 1 applications" in capsys.readouterr().out


# --- found -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rare", [selectors_inbox.RARE, 0])
def test_names_numbers_and_what_was_said_are_found(campaign, filed, office, monkeypatch, rare):
    """Both ways give the same: a list of few hits, and looking row by row where there are many."""
    monkeypatch.setattr(selectors_inbox, "RARE", rare)
    ApplicationFactory(campaign=campaign, name="周志强", employer_post="示例印染厂")

    assert found(campaign, office, q="田") == [filed.pk]
    assert found(campaign, office, q="秀兰") == [filed.pk]
    assert found(campaign, office, q="田秀兰") == [filed.pk]
    assert found(campaign, office, q="机床厂 秀兰") == [filed.pk]
    assert found(campaign, office, q=filed.number[-6:]) == [filed.pk]
    assert found(campaign, office, q="兰秀") == []
    assert found(campaign, office, q="秀田兰") == []
    assert found(campaign, office, q="机床厂 志强") == []
    assert len(found(campaign, office, q="示例")) == 2


def test_the_search_holds_the_policy_of_its_table(campaign, filed, office, other_union):
    asked = listing.query(campaign.pk, "田秀兰")

    def ask():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT applications_search(%s, %s::integer[], %s::text[], 10)",
                [campaign.pk, asked.grams, asked.patterns],
            )
            return [pk for (pk,) in cursor.fetchall()]

    assert ask() == [filed.pk]
    with tenancy.scope(other_union.pk):
        assert ask() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.union', '', false)")
        assert ask() == []
        cursor.execute("SELECT set_config('app.union', %s, false)", [str(campaign.union_id)])


@pytest.mark.parametrize("rare", [selectors_inbox.RARE, 0])
def test_the_list_is_narrowed_by_each_condition(campaign, filed, office, monkeypatch, rare):
    monkeypatch.setattr(selectors_inbox, "RARE", rare)
    colleague = MemberFactory(union=campaign.union, role=Role.OFFICE)
    other = ApplicationFactory(campaign=campaign, at=IN_TIME)
    services.assign_applications(campaign, [Share(filed.pk, colleague.pk)], actor=office, at=IN_TIME)
    services.add_note(filed, text="核对证书原件", actor=office, at=IN_TIME)
    facts = ApplicationFacts.objects.get(application=filed)
    ApplicationFacts.objects.filter(application=other).update(
        sex="女", age_band="u30", level="技师", industry="其他", verdict="may_pass", against=["age"]
    )

    narrowed = {
        "sex": facts.sex,
        "age": facts.age_band,
        "level": facts.level,
        "industry": facts.industry,
        "verdict": facts.verdict,
        "assigned": str(colleague.pk),
        "note": "1",
    }
    assert {key: found(campaign, office, **{key: value}) for key, value in narrowed.items()} == {
        key: [filed.pk] for key in narrowed
    }
    assert found(campaign, office, rule="age") == [other.pk]
    assert found(campaign, office, assigned="none") == [other.pk]
    assert found(campaign, office, assigned="any") == found(campaign, colleague, assigned="me") == [filed.pk]
    assert found(campaign, office, assigned="me") == found(campaign, office, assigned="x") == []
    assert len(found(campaign, office, trade=filed.trade)) == 2
    assert found(campaign, office, trade="没有的工种") == []


def test_a_row_says_where_a_word_was_found_that_it_does_not_show(campaign, filed, office):
    lines = selectors_inbox.inbox_lines(campaign, [filed], units={}, text="TIG机器人焊接")

    assert lines[0].excerpt == "长期从事tig机器人焊接,提高合格率"
    assert selectors_inbox.inbox_lines(campaign, [filed], units={}, text="秀兰")[0].excerpt == ""


# --- shared ------------------------------------------------------------------------------------------------------------


def test_cases_go_to_the_least_busy_who_may_have_them():
    cases = [sharing.ToShare(n, None, frozenset({1} if n == 3 else ())) for n in range(1, 6)]
    held, barred = sharing.ToShare(8, 2, frozenset()), sharing.ToShare(9, None, frozenset({1, 2}))

    shares, left = sharing.divide([*cases, held, barred], {1: 2, 2: 0})

    assert [(share.application, share.officer) for share in shares] == [(1, 2), (2, 2), (3, 2), (4, 1), (5, 1)]
    assert left == [9]


def test_assigning_twice_changes_nothing_and_nobody_overrides_what_they_did_not_see(campaign, filed, office):
    colleague = MemberFactory(union=campaign.union, role=Role.OFFICE, name="钱同事")
    share = Share(filed.pk, colleague.pk)

    assert services.assign_applications(campaign, [share], actor=office, at=IN_TIME) == 1
    assert services.assign_applications(campaign, [share], actor=office, at=IN_TIME) == 0
    with pytest.raises(Refused, match="在您选择之后，田秀兰的申报已分给钱同事"):
        services.assign_applications(campaign, [Share(filed.pk, office.pk)], actor=office, at=IN_TIME)
    assert (
        services.assign_applications(campaign, [Share(filed.pk, office.pk, colleague.pk)], actor=colleague, at=IN_TIME)
        == 1
    )
    assert Assignment.objects.get().officer == office
    entries = AuditEntry.objects.filter(action="application.assigned").order_by("seq")
    assert [(row.before, row.after) for row in entries] == [
        (None, {"officer": colleague.pk}),
        ({"officer": colleague.pk}, {"officer": office.pk}),
    ]


def test_a_case_goes_to_nobody_who_must_keep_out_of_it(campaign, filed, office):
    namesake = MemberFactory(union=campaign.union, role=Role.OFFICE, name="田秀兰")
    with pytest.raises(Refused, match="田秀兰与申报人同名"):
        services.assign_applications(campaign, [Share(filed.pk, namesake.pk)], actor=office, at=IN_TIME)

    Application.objects.filter(pk=filed.pk).update(filled_by=office)
    with pytest.raises(Refused, match="填报人或提名人"):
        services.assign_applications(campaign, [Share(filed.pk, office.pk)], actor=office, at=IN_TIME)

    type(filed.person).objects.filter(pk=filed.person_id).update(user=office.user)
    with pytest.raises(Refused, match="是本人的申报"):
        services.assign_applications(campaign, [Share(filed.pk, office.pk)], actor=office, at=IN_TIME)


def test_a_case_goes_to_nobody_of_the_unit_that_recommends_it(campaign, town, office):
    recommended = ApplicationFactory(campaign=campaign, unit=town)
    type(office).objects.filter(pk=office.pk).update(unit=town)
    with pytest.raises(Refused, match="所属单位是该申报的推荐单位"):
        services.assign_applications(campaign, [Share(recommended.pk, office.pk)], actor=office, at=IN_TIME)


def test_only_the_office_at_work_is_given_cases(campaign, filed, office, alice):
    for officer in (alice, MemberFactory(union=campaign.union, role=Role.LEADER)):
        with pytest.raises(Refused, match="不是认定办公室的在岗工作人员"):
            services.assign_applications(campaign, [Share(filed.pk, officer.pk)], actor=office, at=IN_TIME)
    with pytest.raises(Refused, match="只有认定办公室"):
        services.assign_applications(campaign, [Share(filed.pk, office.pk)], actor=alice, at=IN_TIME)
    with pytest.raises(Refused, match="没有这位同事"):
        services.assign_applications(campaign, [Share(filed.pk, 0)], actor=office, at=IN_TIME)
    with pytest.raises(Refused, match="请先勾选"):
        services.assign_applications(campaign, [], actor=office, at=IN_TIME)
    with pytest.raises(Refused, match="不都在本次活动中"):
        services.assign_applications(campaign, [Share(0, office.pk)], actor=office, at=IN_TIME)


def test_a_draft_is_nobodys_case(campaign, office):
    draft = ApplicationFactory(campaign=campaign, state=State.DRAFT)
    with pytest.raises(Refused, match="尚未提交"):
        services.assign_applications(campaign, [Share(draft.pk, office.pk)], actor=office, at=IN_TIME)
    with pytest.raises(Refused, match="提交后才能添加备注"):
        services.add_note(draft, text="看看", actor=office, at=IN_TIME)


def test_whoever_decided_before_a_colleague_let_go_is_told(campaign, filed, office):
    with pytest.raises(Refused, match="已没有办理人"):
        services.assign_applications(campaign, [Share(filed.pk, office.pk, 123)], actor=office, at=IN_TIME)


# --- notes -------------------------------------------------------------------------------------------------------------


def test_a_note_is_sealed_read_by_colleagues_and_gone_with_the_application_or_the_key(
    campaign, filed, office, alice, member
):
    services.add_note(filed, text="工龄与社保记录不符", actor=office, at=IN_TIME)
    services.add_note(filed, text="工龄与社保记录不符", actor=office, at=IN_TIME)

    assert "社保" not in Note.objects.get().sealed
    assert "社保" not in str(AuditEntry.objects.filter(action="application.note_added").values().get())
    for role in (Role.OFFICE, Role.LEADER, Role.SUPERVISOR):
        assert [one.text for one in selectors_inbox.notes_of(filed, member(role))] == ["工龄与社保记录不符"]
    for reader in (filed.applicant, member(Role.UNIT_OFFICER), member(Role.EXPERT), member(Role.ADMIN)):
        assert selectors_inbox.notes_of(filed, reader) == []

    Application.objects.filter(pk=filed.pk).update(anonymised_at=IN_TIME)
    _reads_nothing(filed, office)

    Application.objects.filter(pk=filed.pk).update(anonymised_at=None)
    key = filed.person.key
    type(filed.person).objects.filter(pk=filed.person_id).update(key=None)
    key.delete()
    _reads_nothing(filed, office)


def _reads_nothing(filed, office):
    filed = Application.objects.select_related("person__key").get(pk=filed.pk)
    assert [one.text for one in selectors_inbox.notes_of(filed, office)] == ["（已按规定删除）"]
    with pytest.raises(Refused, match="已按规定删除"):
        services.add_note(filed, text="再记一笔", actor=office, at=IN_TIME)


def test_notes_say_something_and_are_written_by_those_who_decide(campaign, filed, office, member, other_union):
    for text, words in (("  ", "请填写备注内容"), ("长" * 1001, "至多 1000 字")):
        with pytest.raises(Refused, match=words):
            services.add_note(filed, text=text, actor=office, at=IN_TIME)
    with pytest.raises(Refused, match="由认定办公室和领导小组填写"):
        services.add_note(filed, text="看看", actor=member(Role.SUPERVISOR), at=IN_TIME)
    with tenancy.scope(other_union.pk):
        stranger = MemberFactory(union=other_union, role=Role.OFFICE)
    with pytest.raises(Refused, match="不是本工会的申报"):
        services.add_note(filed, text="看看", actor=stranger, at=IN_TIME)


# --- filters -----------------------------------------------------------------------------------------------------------


def test_a_shared_filter_is_the_whole_offices_and_the_owners_to_remove(campaign, office, alice, member):
    colleague = member(Role.OFFICE)

    def save(name="女焊工", shared=True, query=(("sex", "女"),)):
        return services.save_filter(campaign, name=name, query=dict(query), shared=shared, actor=office, at=IN_TIME)

    shared, own = save(), save("只给自己", shared=False)
    again = save(query=(("sex", "女"), ("q", "焊工")))

    assert again.pk == shared.pk
    assert SavedFilter.objects.get(pk=shared.pk).query == {"sex": "女", "q": "焊工"}
    assert set(selectors_inbox.saved_filters(campaign, office)) == {shared, own}
    assert selectors_inbox.saved_filters(campaign, colleague) == [shared]
    assert selectors_inbox.saved_filters(campaign, member(Role.LEADER)) == []
    with pytest.raises(Refused, match="只能删除自己保存的"):
        services.remove_filter(shared, actor=colleague, at=IN_TIME)
    services.remove_filter(shared, actor=office, at=IN_TIME)
    assert selectors_inbox.saved_filters(campaign, colleague) == []
    for wrong, words in (
        ({"name": " "}, "起个名称"),
        ({"name": "长" * 31}, "至多 30 字"),
        ({"query": ()}, "还没有筛选条件"),
    ):
        with pytest.raises(Refused, match=words):
            save(**wrong)
    with pytest.raises(Refused, match="由使用申报受理的人员保存"):
        services.save_filter(campaign, name="看看", query={"q": "x"}, shared=True, actor=alice, at=IN_TIME)


def test_there_is_an_end_to_saving_filters(campaign, office, monkeypatch):
    monkeypatch.setattr(inbox_services, "MOST_FILTERS", 1)
    services.save_filter(campaign, name="一", query={"q": "x"}, shared=False, actor=office, at=IN_TIME)
    with pytest.raises(Refused, match="请先删除不用的"):
        services.save_filter(campaign, name="二", query={"q": "x"}, shared=False, actor=office, at=IN_TIME)


# --- figures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "kept", "rest"),
    [
        ({"甲": 9, "乙": 5}, {"甲": 9, "乙": 5}, 0),
        ({"甲": 9, "乙": 5, "丙": 2, "丁": 1}, {"甲": 9, "乙": 5}, 3),
        ({"甲": 9, "乙": 5, "丙": 1}, {"甲": 9}, 6),
        ({"甲": 2}, {}, 2),
        ({}, {}, 0),
    ],
)
def test_few_people_are_merged_until_nobody_can_be_told_apart(counts, kept, rest):
    assert statistics.merged(counts) == (kept, rest)


def test_the_office_reads_exact_figures_and_the_supervisor_merged_ones(campaign, filed, office, member):
    def bars(reader, chart):
        charts = {one.id: one for one in statistics.charts(campaign, reader)}
        return {bar.label: bar.count for bar in charts[chart].bars}

    assert bars(office, "sex") == {"男": 1}
    assert bars(office, "age") == {"50～59岁": 1}
    assert bars(office, "unit") == {"不经推荐单位": 1}
    supervisor = member(Role.SUPERVISOR)
    assert bars(supervisor, "sex") == {"其他合计": 1}
    assert bars(supervisor, "state") == {"已提交": 1}


def test_long_lists_of_figures_end_with_the_rest():
    chart = statistics._chart("unit", "推荐单位", {f"单位{n:02}": 1 for n in range(40)} | {"": 2})

    assert len(chart.bars) == 31
    assert (chart.bars[-1].label, chart.bars[-1].count, chart.total) == ("其他合计", 12, 42)


# --- pages -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_page(campaign: Campaign):
    """Return a function that opens or posts to a page of the list as a member."""

    def ask(member, name, query=None, post=None, **kwargs):
        client = sign_in(Client(), member)
        path = reverse(
            f"applications:{name}",
            kwargs={"union_slug": campaign.union.slug, "campaign_slug": campaign.slug, **kwargs},
        )
        return client.post(path, post) if post is not None else client.get(path, query or {})

    return ask


def test_filters_are_saved_used_and_removed_on_the_page(campaign, filed, office, open_page):
    response = open_page(
        office, "save_filter", post={"name": "高级技师", "query": "level=高级技师&evil=1", "shared": "on"}
    )
    assert response["Location"].endswith("?level=%E9%AB%98%E7%BA%A7%E6%8A%80%E5%B8%88")
    saved = SavedFilter.objects.get()
    assert saved.query == {"level": "高级技师"}

    html = open_page(office, "inbox", {"level": "高级技师"}).content.decode()
    assert re.search(r'aria-current="page">高级技师', html)
    assert "技能等级：高级技师" in html
    assert filed.number in html

    refused = open_page(office, "save_filter", post={"name": " ", "query": "level=技师"}).content.decode()
    assert "请给这组条件起个名称" in refused
    assert "没有符合条件的申报" in refused

    leader = MemberFactory(union=campaign.union, role=Role.LEADER)
    assert open_page(leader, "remove_filter", post={}, filter_pk=saved.pk).status_code == 404
    colleague = MemberFactory(union=campaign.union, role=Role.OFFICE)
    open_page(colleague, "remove_filter", post={}, filter_pk=saved.pk)
    assert SavedFilter.objects.exists()
    open_page(office, "remove_filter", post={}, filter_pk=saved.pk)
    assert not SavedFilter.objects.exists()


def test_the_supervisor_reads_the_list_without_its_verbs(campaign, filed, open_page):
    supervisor = MemberFactory(union=campaign.union, role=Role.SUPERVISOR)

    html = open_page(supervisor, "inbox").content.decode()

    assert filed.number in html
    assert "批量通过" not in html
    assert "不足 3 人的类别并入" in open_page(supervisor, "inbox_statistics").content.decode()


def test_figures_come_as_bars_with_their_table_and_as_xlsx(campaign, filed, office, open_page):
    html = open_page(office, "inbox_statistics").content.decode()
    assert "<svg" in html
    assert "style=" not in html
    assert "1 人" in html

    book = openpyxl.load_workbook(BytesIO(open_page(office, "inbox_statistics_sheet").content))
    assert book.sheetnames == ["状态", "申报渠道", "推荐单位", "行业", "技能等级", "性别", "年龄段"]
    assert [cell.value for cell in book["性别"][4]] == ["男", 1, "100.0%"]


def test_without_applications_the_figures_say_what_comes(campaign, office, open_page):
    assert "这里按单位、行业" in open_page(office, "inbox_statistics").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_figures_ask_the_same_number_of_questions(campaign, office, count, django_assert_num_queries):
    for _ in range(count):
        factories.ApplicationFactory(campaign=campaign)
    with django_assert_num_queries(8):
        statistics.charts(campaign, office)


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_asks_the_same_number_of_questions(campaign, office, count, django_assert_num_queries):
    rows = [ApplicationFactory(campaign=campaign) for _ in range(count)]
    with django_assert_num_queries(7):
        page = selectors_inbox.inbox(campaign, office, filters={"q": "示例", "sex": "男"})
        selectors_inbox.inbox_lines(campaign, page.rows, units={}, text="示例")
    assert len(page.rows) == len(rows)
