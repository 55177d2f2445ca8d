import pytest

from applications.models import SEALED_FORM
from review.models import Panel, Recusal, Score, SiteVisit
from review.models_pool import TermsAcceptance
from review.services import panels, pool
from review.states import RecusalSource, Seat
from tests.factories import give_material
from tests.kept import kept
from tests.review.pagecraft import end_scoring, jpeg, member_of, text
from tests.review.stagecraft import Play, expert_review, final, fresh, qualification
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role

NO_CONFLICT = {"none": "on"}


def accepting(play):
    """What the page of an invitation sends."""
    return {"answer": "accept", "terms": pool.terms_of(play.union).sha256}


class Bench:
    """An open expert review with two cases; the first expert works where the second applicant does."""

    def __init__(self, union, *, cases=2, **rule):
        self.play = Play(union, qualification(), expert_review(**rule), final())
        self.people = [self.play.apply(name="孙秀兰"), self.play.apply(name="周志强", employer="示例造船厂")]
        self.people += [self.play.apply() for _ in range(cases - 2)]
        self.play.qualify("qualification", *self.people)
        self.experts = [self.play.expert("示例造船厂", name="蒋专家"), self.play.expert("示例研究所")]
        self.panel = self.play.form_panel("review", self.experts)
        self.play.accept(self.panel)
        self.play.open("review")
        self.seat = self.play.seat(self.panel, self.experts[0])
        self.member = self.experts[0].member

    @property
    def mine(self):
        return self.people[0]

    @property
    def recused(self):
        return self.people[1]


@kept
def bench(union):
    return Bench(union)


@pytest.fixture
def expert(bench, reader):
    return reader(bench.play, bench.member)


@pytest.fixture
def declared(bench, expert):
    """The expert has declared that nothing beyond what the system found is in conflict."""
    assert expert.post("conflicts", NO_CONFLICT, seat_pk=bench.seat.pk).status_code == 302
    return expert


# --- invitations ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def invited(union, reader):
    play = Play(union, qualification(), expert_review(), final())
    panel = play.form_panel("review")
    seat = play.seat(panel, play.experts[0])
    return play, seat, reader(play, seat.expert.member)


def test_without_an_invitation_the_page_says_so(invited, reader):
    play, _, _ = invited
    assert "现在没有邀请您参加的评审" in text(reader(play, member_of(play, Role.EXPERT)).get("my_panels"))


def test_an_invitation_is_accepted(invited):
    play, seat, expert = invited
    assert f"邀请您评审：{play.campaign.title}" in text(expert.get("my_panels"))
    response = expert.post("answer_seat", accepting(play), seat_pk=seat.pk)
    assert response["Location"] == expert.url("seat", seat_pk=seat.pk)
    seat.refresh_from_db()
    assert seat.state == Seat.ACCEPTED
    assert "环节还没有开始" in text(expert.get("seat", seat_pk=seat.pk))


def test_who_comes_has_read_what_they_promise(invited):
    play, seat, expert = invited
    assert "客观公正" in text(expert.get("my_panels"))
    stale = accepting(play)
    pool.word_terms(play.union, text="本会的承诺", actor=play.office, at=play.now())
    for told in (stale, {"answer": "accept"}):
        expert.post("answer_seat", told, seat_pk=seat.pk)
        assert "请重新阅读后再接受" in text(expert.get("my_panels"))
        assert not TermsAcceptance.objects.exists()
    expert.post("answer_seat", accepting(play), seat_pk=seat.pk)
    seat.refresh_from_db()
    assert (seat.terms.version, seat.terms.text, seat.terms.at) == (1, "本会的承诺", seat.answered_at)


def test_who_sits_from_before_there_was_a_promise_makes_it_before_seeing_a_name(union, reader):
    play = Play(union, expert_review(), final())
    case = play.apply("孙秀兰")
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    panel.seats.update(terms=None)
    seat = play.seat(panel, play.experts[0])
    expert = reader(play, seat.expert.member)
    assert "请先阅读评审纪律和保密承诺" in text(expert.get("seat", seat_pk=seat.pk))
    assert case.name not in text(expert.get("conflicts", seat_pk=seat.pk))
    assert "我接受并遵守" in text(expert.get("accept_terms", seat_pk=seat.pk))
    assert "请重新阅读" in text(expert.post("accept_terms", {"terms": "x"}, seat_pk=seat.pk))
    told = {"terms": pool.terms_of(union).sha256}
    for _ in range(2):
        assert expert.post("accept_terms", told, seat_pk=seat.pk).status_code == 302
    assert AuditEntry.objects.filter(action="seat.terms_accepted").count() == 1
    assert case.name in text(expert.get("conflicts", seat_pk=seat.pk))
    seat.refresh_from_db()
    assert pool.accept_terms(seat, read="x", actor=fresh(seat.expert.member), at=play.now()) == seat
    with pytest.raises(Refused, match="只有本评审团队的专家"):
        pool.accept_terms(seat, read="x", actor=play.office, at=play.now())


def test_an_invitation_is_declined_and_gone(invited):
    _, seat, expert = invited
    expert.post("answer_seat", {"answer": "decline", "reason": "出差"}, seat_pk=seat.pk)
    seat.refresh_from_db()
    assert seat.state == Seat.DECLINED
    assert expert.get("seat", seat_pk=seat.pk).status_code == 404


def test_a_malformed_or_second_answer_changes_nothing(invited):
    play, seat, expert = invited
    expert.post("answer_seat", {}, seat_pk=seat.pk)
    seat.refresh_from_db()
    assert seat.state == Seat.INVITED
    expert.post("answer_seat", accepting(play), seat_pk=seat.pk)
    expert.post("answer_seat", accepting(play), seat_pk=seat.pk)
    assert "不能再次答复" in text(expert.get("my_panels"))


def test_an_invitation_that_nobody_approved_is_not_there_yet(union, reader):
    play = Play(union, qualification(), expert_review(panel={"approved_by": "leading_group"}), final())
    panel = play.form_panel("review")
    expert = reader(play, play.experts[0].member)
    assert "现在没有邀请您参加的评审" in text(expert.get("my_panels"))
    seat = play.seat(panel, play.experts[0])
    assert expert.post("answer_seat", accepting(play), seat_pk=seat.pk).status_code == 404


# --- who comes in --------------------------------------------------------------------------------------------------------


PAGES = ["seat", "conflicts", "seat_case", "seat_visit"]


def _kwargs(bench, name):
    kwargs = {"seat_pk": bench.seat.pk}
    return kwargs if name in {"seat", "conflicts"} else {**kwargs, "application_pk": bench.mine.pk}


def test_the_other_expert_of_the_panel_does_not_see_ones_pages(bench, declared, reader):
    other = reader(bench.play, bench.experts[1].member)
    assert {name: other.get(name, **_kwargs(bench, name)).status_code for name in PAGES} == dict.fromkeys(PAGES, 404)


def test_no_other_role_sees_an_experts_pages(bench, declared, reader):
    for role in (Role.OFFICE, Role.LEADER, Role.SUPERVISOR, Role.APPLICANT, Role.ADMIN):
        along = reader(bench.play, member_of(bench.play, role))
        answers = {name: along.get(name, **_kwargs(bench, name)).status_code for name in PAGES}
        assert answers == dict.fromkeys(PAGES, 403), role


# --- the declaration -----------------------------------------------------------------------------------------------------


def test_until_one_has_declared_there_is_a_name_and_an_employer_and_nothing_more(bench, expert):
    assert "请先申报回避" in text(expert.get("seat", seat_pk=bench.seat.pk))
    page = text(expert.get("conflicts", seat_pk=bench.seat.pk))
    assert "孙秀兰" in page
    assert "示例机床厂" in page
    assert expert.get("seat_case", seat_pk=bench.seat.pk, application_pk=bench.mine.pk).status_code == 404


def test_a_declared_conflict_takes_the_case_away(bench, expert):
    prefix = f"case-{bench.mine.pk}"
    data = {**NO_CONFLICT, f"{prefix}-recuse": "on", f"{prefix}-reason": "曾为师徒"}
    assert expert.post("conflicts", data, seat_pk=bench.seat.pk).status_code == 302
    row = Recusal.objects.get(source=RecusalSource.DECLARED)
    assert (row.application, row.reason) == (bench.mine, "曾为师徒")
    page = text(expert.get("seat", seat_pk=bench.seat.pk))
    assert "没有需要您评分的申报" in page
    assert "孙秀兰" not in page


def test_half_a_declaration_is_refused_and_kept(bench, expert):
    prefix = f"case-{bench.mine.pk}"
    page = text(expert.post("conflicts", {**NO_CONFLICT, f"{prefix}-recuse": "on"}, seat_pk=bench.seat.pk))
    assert "请填写回避的理由" in page
    page = text(expert.post("conflicts", {**NO_CONFLICT, f"{prefix}-reason": "曾为师徒"}, seat_pk=bench.seat.pk))
    assert "请勾选“须回避”" in page
    assert "曾为师徒" in page
    bench.seat.refresh_from_db()
    assert bench.seat.declared_at is None


def test_that_there_is_no_conflict_is_confirmed_openly(bench, expert):
    assert "请确认已逐一看过名单" in text(expert.post("conflicts", {}, seat_pk=bench.seat.pk))
    bench.seat.refresh_from_db()
    assert bench.seat.declared_at is None


def test_a_declaration_after_the_end_of_scoring_is_refused_with_the_reason(bench, declared, reader):
    other = reader(bench.play, bench.experts[1].member)
    other.post("conflicts", NO_CONFLICT, seat_pk=bench.play.seat(bench.panel, bench.experts[1]).pk)
    panel = Panel.objects.get(pk=bench.panel.pk)
    bench.play.score_all(panel, {person.pk: 80 for person in bench.people})
    end_scoring(bench.play, bench.panel)
    assert "评分已结束" in text(declared.get("conflicts", seat_pk=bench.seat.pk))
    assert "评分已经结束" in text(declared.get("seat", seat_pk=bench.seat.pk))
    assert declared.get("seat_case", seat_pk=bench.seat.pk, application_pk=bench.mine.pk).status_code == 404


# --- what one must not see ---------------------------------------------------------------------------------------------------


def test_a_recused_case_is_nowhere(bench, expert, declared):
    paper = give_material(bench.recused, "proof")
    for name in ("my_panels", "seat", "conflicts"):
        page = text(expert.get(name, **({} if name == "my_panels" else {"seat_pk": bench.seat.pk})))
        for words in (bench.recused.name, bench.recused.number, "示例造船厂"):
            assert words not in page
    page = text(expert.get("seat_case", seat_pk=bench.seat.pk, application_pk=bench.mine.pk))
    assert bench.recused.name not in page
    assert "第 1 份，共 1 份" in page
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.recused.pk}
    for name in ("seat_case", "seat_visit"):
        assert expert.get(name, **kwargs).status_code == 404
    assert expert.get("seat_visit_photo", **kwargs, photo_pk=1).status_code == 404
    assert expert.post("seat_case", {"points-craft": 90, "points-spirit": 90}, **kwargs).status_code == 404
    for name in ("seat_material", "seat_preview"):
        assert expert.get(name, **kwargs, material_pk=paper.pk).status_code == 404
        mixed = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk, "material_pk": paper.pk}
        assert expert.get(name, **mixed).status_code == 404
    assert not Score.objects.exists()


def test_a_conflict_that_becomes_known_later_hides_the_case_at_once(bench, declared):
    """An employer that was brought up to date after the seat was taken."""
    expert = bench.experts[0]
    panels.enrol_expert(
        expert.member, field="焊接", employer="示例机床厂", actor=bench.play.office, at=bench.play.now()
    )
    assert bench.mine.name not in text(declared.get("seat", seat_pk=bench.seat.pk))
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk}
    assert declared.get("seat_case", **kwargs).status_code == 404


def test_papers_with_an_identity_number_stay_out(bench, declared):
    sealed = give_material(bench.mine, SEALED_FORM)
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk}
    assert "盖章的申报表" not in text(declared.get("seat_case", **kwargs))
    assert declared.get("seat_material", **kwargs, material_pk=sealed.pk).status_code == 404


def test_an_expert_reads_the_papers_of_an_own_case(bench, declared):
    paper = give_material(bench.mine, "proof")
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk, "material_pk": paper.pk}
    response = declared.get("seat_material", **kwargs)
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    assert declared.get("seat_preview", **kwargs)["Content-Type"] == "image/png"  # the first page of a PDF
    kwargs["material_pk"] = give_material(bench.mine, "proof", content=b"%PDF-1.4 cut off").pk
    assert declared.get("seat_preview", **kwargs).status_code == 404


# --- scoring -------------------------------------------------------------------------------------------------------------


def test_a_case_shows_form_criteria_and_weights(bench, declared):
    page = text(declared.get("seat_case", seat_pk=bench.seat.pk, application_pk=bench.mine.pk))
    for words in ("示例机床厂", "技艺（满分 100，占 60%）", "精神（满分 100，占 40%）", "proof.pdf"):
        assert words in page


def test_a_score_is_saved_and_the_next_unscored_case_opens(union, reader):
    bench = Bench(union, cases=3)
    expert = reader(bench.play, bench.member)
    expert.post("conflicts", NO_CONFLICT, seat_pk=bench.seat.pk)
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk}
    response = expert.post("seat_case", {"points-craft": "88.5", "points-spirit": "90", "comment": "扎实"}, **kwargs)
    third = bench.people[2]
    assert response["Location"] == expert.url("seat_case", seat_pk=bench.seat.pk, application_pk=third.pk)
    assert Score.objects.get().points == {"craft": "88.5", "spirit": "90"}
    page = text(expert.get("seat", seat_pk=bench.seat.pk))
    assert "已评 <strong>1</strong> 份，共 2 份" in page
    page = text(expert.get("seat_case", **kwargs))
    assert 'value="88.5"' in page
    assert "扎实" in page


def test_a_score_is_changed_by_a_new_version(bench, declared):
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk}
    for craft in (70, 95):
        response = declared.post("seat_case", {"points-craft": craft, "points-spirit": 80}, **kwargs)
        assert response["Location"] == declared.url("seat", seat_pk=bench.seat.pk)
    assert list(Score.objects.order_by("version").values_list("version", "points__craft")) == [(0, "70"), (1, "95")]


def test_a_malformed_score_keeps_what_was_typed(bench, declared):
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk}
    for craft in ("", "101", "-1", "八十", "80.555"):
        data = {"points-craft": craft, "points-spirit": 80, "comment": "扎实"}
        page = text(declared.post("seat_case", data, **kwargs))
        assert "扎实" in page
        assert f'value="{craft}"' in page or not craft
    assert not Score.objects.exists()


def test_scoring_before_the_visit_is_refused_in_place_and_the_visit_can_be_recorded(union, reader):
    bench = Bench(union, site_visit=True)
    expert = reader(bench.play, bench.member)
    expert.post("conflicts", NO_CONFLICT, seat_pk=bench.seat.pk)
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk}
    page = text(expert.post("seat_case", {"points-craft": 88, "points-spirit": 90}, **kwargs))
    assert "考察后才能评分" in page
    assert 'value="88"' in page
    assert expert.get("seat_visit_photo", **kwargs, photo_pk=1).status_code == 404
    data = {
        "visited_on": "2026-03-23",
        "place": "一车间",
        "team": "蒋专家\n沈办公",
        "finding": "熟练",
        "photos": [jpeg()],
    }
    assert expert.post("seat_visit", data, **kwargs)["Location"] == expert.url("seat_case", **kwargs)
    assert SiteVisit.objects.get().team == "蒋专家、沈办公"
    photo = SiteVisit.objects.get().photos.get()
    assert expert.get("seat_visit_photo", **kwargs, photo_pk=photo.pk)["Content-Type"] == "image/jpeg"
    assert expert.post("seat_case", {"points-craft": 88, "points-spirit": 90}, **kwargs).status_code == 302


def test_a_panel_without_visits_has_no_record_page(bench, declared):
    kwargs = {"seat_pk": bench.seat.pk, "application_pk": bench.mine.pk}
    assert declared.get("seat_visit", **kwargs).status_code == 404


@pytest.mark.parametrize("cases", [2, 4])
def test_the_list_of_cases_asks_the_same_number_of_questions(union, reader, cases, django_assert_num_queries):
    bench = Bench(union, cases=cases)
    expert = reader(bench.play, bench.member)
    expert.post("conflicts", NO_CONFLICT, seat_pk=bench.seat.pk)
    text(expert.get("seat", seat_pk=bench.seat.pk))
    with django_assert_num_queries(18):
        page = text(expert.get("seat", seat_pk=bench.seat.pk))
    assert page.count("data-row-link") == cases - 1
