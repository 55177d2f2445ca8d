"""Several cases in one go: what would become of each, and that nothing happens twice."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections

from applications import selectors_inbox
from applications.models import Application
from applications.models_inbox import ApplicationFacts, Assignment, Note
from applications.services import Share, assign_applications
from campaigns.rules.engine import Overall
from review import desk, together
from review.models import Outcome
from review.services import outcomes
from review.services import together as services
from review.states import Verdict
from review.together import Effect
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.pagecraft import member_of, resubmit, text
from tests.review.stagecraft import Play, expert_review, final, fresh, qualification, site_visit
from unions import tenancy
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    return Play(union, qualification(), final())


@kept
def people(play):
    """One of each kind: passes at once, needs a reason, an open question, fails a must, was returned."""
    names = {"passes": "孙秀兰", "reason": "周志强", "open": "吴海涛", "fails": "郑国栋", "decided": "王建设"}
    given = {"reason": {"union_member": False}, "fails": {"front_line": False}}
    found = {key: play.apply(name=name, **given.get(key, {})) for key, name in names.items()}
    play.open("qualification")
    for key in ("passes", "reason", "fails", "decided"):
        play.judge(found[key])
    play.decide("qualification", found["decided"])
    return found


def cases(people):
    ids = [row.pk for row in people.values()]
    return list(Application.objects.filter(pk__in=ids).select_related("person__key", "union").order_by("number"))


def test_what_passing_would_do_is_said_for_each(play, people):
    lines = together.effects(play.stage("qualification"), cases(people), actor=play.office, at=play.now())

    assert [line.effect for line in lines] == [
        Effect.PASSES,
        Effect.NEEDS_REASON,
        Effect.REFUSED,
        Effect.REFUSED,
        Effect.DECIDED,
    ]
    assert "须书面说明理由后才能通过：工会会员" in lines[1].why
    assert "请先作出审核判断：品行" in lines[2].why
    assert "不得通过" in lines[3].why
    assert lines[4].why == "通过"


@pytest.mark.parametrize("count", [1, 3])
def test_the_preview_asks_the_same_number_of_questions(play, count, django_assert_num_queries):
    people = {n: play.apply() for n in range(count)}
    play.open("qualification")
    rows, stage = cases(people), play.stage("qualification")
    play.office.may("run_office", stage.union)
    with django_assert_num_queries(7):
        together.effects(stage, rows, actor=play.office, at=play.now())


def test_who_is_not_in_the_stage_or_still_mends_or_is_oneself_is_refused(union):
    play = Play(union, qualification(), site_visit(), final())
    out, own, visited, unseen = (play.apply(name=name) for name in ("落选人", "沈办公甲", "看过人", "没看人"))
    play.qualify("qualification", own, visited, unseen, rejecting=[out])
    play.open("visit")
    play.visit("visit", visited)
    Application.objects.filter(pk=own.pk).update(applicant=play.office)

    lines = together.effects(
        play.stage("visit"), cases({1: out, 2: own, 3: visited, 4: unseen}), actor=play.office, at=play.now()
    )

    assert [line.effect for line in lines] == [Effect.REFUSED, Effect.REFUSED, Effect.PASSES, Effect.REFUSED]
    assert "不在“人选考察”的人选中" in lines[0].why
    assert "应当回避" in lines[1].why
    assert "还没有考察记录" in lines[3].why


def test_without_an_employer_nobody_passes_before_experts_score(union):
    play = Play(union, qualification(), expert_review(), final())
    person = play.apply(employer="")
    play.open("qualification")
    play.judge(person)

    lines = together.effects(play.stage("qualification"), cases({1: person}), actor=play.office, at=play.now())

    assert "工作单位未填写" in lines[0].why


def test_several_pass_at_once_and_a_second_click_does_nothing(play, people):
    stage = play.stage("qualification")

    def press():
        return services.pass_together(
            stage,
            plain=[people["passes"]],
            reasoned=[people["reason"]],
            reason="技艺突出，会籍正在办理",
            actor=play.office,
            at=play.now(),
        )

    first, second = press(), press()

    assert (first.plain, first.reasoned, first.had) == (1, 1, 0)
    assert (second.plain, second.reasoned, second.had) == (0, 0, 2)
    assert Outcome.objects.get(application=people["reason"]).reason == "技艺突出，会籍正在办理"
    assert Outcome.objects.filter(stage=stage).count() == 3
    assert AuditEntry.objects.filter(action="outcome.decided").count() == 3


def test_if_one_may_not_pass_after_all_none_does(play, people):
    stage = play.stage("qualification")
    with pytest.raises(Refused, match=r"吴海涛：请先作出审核判断.*本次所选都没有办理"):
        services.pass_together(stage, plain=[people["passes"], people["open"]], actor=play.office, at=play.now())
    with pytest.raises(Refused, match="请书面说明通过的理由"):
        services.pass_together(stage, plain=[], reasoned=[people["reason"]], actor=play.office, at=play.now())
    with pytest.raises(Refused, match="请先勾选"):
        services.pass_together(stage, plain=[], actor=play.office, at=play.now())
    assert Outcome.objects.filter(stage=stage).count() == 1


def test_there_is_a_most_in_one_go(play, people, monkeypatch):
    monkeypatch.setattr(services, "MOST", 1)
    with pytest.raises(Refused, match="一次至多办理 1 份"):
        services.pass_together(
            play.stage("qualification"),
            plain=[people["passes"], people["open"]],
            actor=play.office,
            at=play.now(),
        )


@pytest.mark.django_db(transaction=True)
def test_two_officers_who_press_at_once_pass_everybody_once(union):
    play = Play(union, qualification(), final())
    rows = [play.apply() for _ in range(3)]
    play.open("qualification")
    for row in rows:
        play.judge(row)
    officers = [fresh(play.office), fresh(MemberFactory(union=union, role=Role.OFFICE))]
    done, at = [], play.now()

    def press(officer):
        try:
            with tenancy.scope(union.pk):
                done.append(services.pass_together(play.stage("qualification"), plain=rows, actor=officer, at=at))
        finally:
            connections.close_all()

    threads = [Thread(target=press, args=[officer]) for officer in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted((one.plain, one.had) for one in done) == [(0, 3), (3, 0)]
    assert Outcome.objects.count() == 3


def test_a_judgement_changes_what_the_list_says_at_once(play, people):
    verdict = {row.application_id: row.verdict for row in ApplicationFacts.objects.all()}

    assert verdict[people["passes"].pk] == Overall.MAY_PASS
    assert verdict[people["reason"].pk] == Overall.MAY_PASS_WITH_REASON
    assert verdict[people["open"].pk] == Overall.NEEDS_JUDGEMENT
    assert verdict[people["fails"].pk] == Overall.MUST_NOT_PASS
    assert ApplicationFacts.objects.get(application=people["fails"]).against == ["front_line"]


def test_a_judgement_outlives_a_correction_in_the_list(play, people):
    application = people["reason"]
    play.judge(application, teaching=False)
    before = ApplicationFacts.objects.get(application=application)
    outcomes.return_for_correction(
        play.stage("qualification"),
        application,
        reason="请补充",
        items=["deeds"],
        deadline=play.clock + timedelta(days=5),
        actor=play.office,
        at=play.now(),
    )
    resubmit(play, application, deeds="补充后的事迹")
    after = ApplicationFacts.objects.get(application=application)

    assert "merits" in before.against
    assert after.against == before.against


def test_busy_is_who_has_cases_without_a_word(play, people):
    colleague = MemberFactory(union=play.union, role=Role.OFFICE)
    shares = [Share(people[key].pk, colleague.pk) for key in ("open", "decided")]
    assign_applications(play.campaign, shares, actor=play.office, at=play.now())

    assert together.loads(play.campaign, desk.open_stage_of(play.campaign)) == {colleague.pk: 1}
    assert together.loads(play.campaign, None) == {colleague.pk: 2}


# --- pages -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(play, reader):
    return reader(play, play.office)


def of_campaign(play):
    return {"campaign_slug": play.campaign.slug}


def test_several_are_passed_after_a_page_that_names_the_numbers(play, people, office):
    picks = [row.pk for row in people.values()]
    page = text(office.post("pass_together", {"pick": picks, "list": "state=submitted"}, **of_campaign(play)))

    assert "直接通过 1 份" in page
    assert "须说明理由 1 份" in page
    assert "不能通过 2 份，保持不变" in page
    assert "已有结论 1 份，保持不变" in page
    assert "连同说明理由的，共通过 2 份" in page
    assert Outcome.objects.count() == 1

    data = {
        "pick": picks,
        "plain": [people["passes"].pk],
        "reasoned": [people["reason"].pk],
        "list": "state=submitted",
    }
    refused = text(office.post("pass_together", {**data, "confirm": "all", "reason": " "}, **of_campaign(play)))
    assert "请书面说明通过的理由" in refused
    done = office.post("pass_together", {**data, "confirm": "plain"}, **of_campaign(play))
    assert done["Location"].endswith("/inbox/" + play.campaign.slug + "/?state=submitted")
    office.post("pass_together", {**data, "confirm": "all", "reason": "技艺突出"}, **of_campaign(play))
    verdicts = dict(Outcome.objects.values_list("application", "verdict"))
    assert verdicts[people["passes"].pk] == Verdict.PASSED
    assert verdicts[people["reason"].pk] == Verdict.PASSED_WITH_REASON
    assert len(verdicts) == 3


def test_passing_several_wants_a_stage_and_a_choice(union, reader):
    play = Play(union, qualification(), final())
    application = play.apply()
    office = reader(play, play.office)
    inbox = f"/{union.slug}/inbox/{play.campaign.slug}/"
    assert office.get("pass_together", **of_campaign(play))["Location"] == inbox
    for data in ({"pick": [application.pk]}, {}):
        assert office.post("pass_together", data, **of_campaign(play))["Location"] == inbox
    assert "先在“环节与评审”开始资格审核" in text(office.client.get(inbox))
    play.open("qualification")
    assert office.post("pass_together", {"pick": ["x"]}, **of_campaign(play))["Location"] == inbox
    assert "请先勾选要通过的申报" in text(office.client.get(inbox))


def test_the_work_is_shared_after_a_preview(play, people, office):
    colleague = MemberFactory(union=play.union, role=Role.OFFICE, name="钱同事")
    picks = [people[key].pk for key in ("passes", "reason", "open")]
    page = text(office.post("assign", {"pick": picks}, **of_campaign(play)))
    assert "钱同事" in page
    assert "在办 0 份" in page

    none = text(office.post("assign", {"pick": picks, "do": "preview"}, **of_campaign(play)))
    assert "请至少选一位同事" in none

    chosen = {"pick": picks, "do": "preview", "officer": [play.office.pk, colleague.pk]}
    preview = text(office.post("assign", chosen, **of_campaign(play)))
    assert "分配 3 份" in preview
    assert not Assignment.objects.exists()
    shares = [f"{picks[0]}:{play.office.pk}:", f"{picks[1]}:{colleague.pk}:", "nonsense", "1:2:3:4"]
    office.post("assign", {**chosen, "do": "confirm", "share": shares}, **of_campaign(play))
    assert dict(Assignment.objects.values_list("application", "officer")) == {
        picks[0]: play.office.pk,
        picks[1]: colleague.pk,
    }

    stale = text(
        office.post(
            "assign",
            {**chosen, "do": "confirm", "share": [f"{picks[1]}:{play.office.pk}:"]},
            **of_campaign(play),
        )
    )
    assert "在您选择之后" in stale
    office.post("assign", {"pick": picks, "do": "me"}, **of_campaign(play))
    assert set(Assignment.objects.values_list("officer", flat=True)) == {play.office.pk}
    assert office.post("assign", {"pick": []}, **of_campaign(play)).status_code == 302
    assert office.get("assign", **of_campaign(play)).status_code == 302


def test_a_namesake_is_told_apart_before_cases_are_shared(play, people, office):
    MemberFactory(union=play.union, role=Role.OFFICE, name="吴海涛")
    page = text(office.post("assign", {"pick": [people["open"].pk]}, **of_campaign(play)))
    assert "吴海涛：与申报人同名" in page


def test_one_case_is_given_and_noted_beside_its_findings(play, people, office, reader):
    case = people["open"]
    colleague = MemberFactory(union=play.union, role=Role.OFFICE, name="钱同事")
    back = office.post("assign_case", {"officer": colleague.pk, "list": "q=吴"}, pk=case.pk)["Location"]
    assert back == office.url("case", pk=case.pk) + "?list=q%3D%25E5%2590%25B4#work"
    office.post("assign_case", {"officer": play.office.pk, "was": ""}, pk=case.pk)
    office.post("assign_case", {"officer": "x"}, pk=case.pk)
    assert Assignment.objects.get().officer == colleague

    office.post("note", {"text": "请核对原件"}, pk=case.pk)
    refused = text(office.post("note", {"text": " "}, pk=case.pk))
    assert "请填写备注内容" in refused
    assert "请核对原件" in refused
    assert Note.objects.count() == 1
    supervisor = text(reader(play, member_of(play, Role.SUPERVISOR)).get("case", pk=case.pk))
    assert "请核对原件" in supervisor
    assert "添加备注" not in supervisor


def test_the_next_case_is_the_next_of_the_list_one_came_from(play, people, office):
    mine = [people["passes"], people["fails"]]
    shares = [Share(row.pk, play.office.pk) for row in mine]
    assign_applications(play.campaign, shares, actor=play.office, at=play.now())
    query = "?list=assigned%3Dme"

    page = text(office.get("case", query, pk=mine[0].pk))
    assert f'href="{office.url("case", pk=mine[1].pk)}{query}"' in page
    assert "回到筛选的名单" in page
    after = office.post("decide", {"decision": "passed"}, query, pk=mine[0].pk)
    assert after["Location"] == office.url("case", pk=mine[1].pk) + query
    end = office.post("decide", {"decision": "rejected", "reason": "不在一线"}, query, pk=mine[1].pk)
    assert end["Location"].endswith(f"/inbox/{play.campaign.slug}/?assigned=me")
    assert selectors_inbox.inbox(play.campaign, play.office, filters={"assigned": "me"}).rows == mine
