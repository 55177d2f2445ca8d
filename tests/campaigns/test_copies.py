"""A rule set is changed on a working copy, in forms made from the schema, and settled into an edition of its own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import questions, services
from campaigns.forms import PieceForm
from campaigns.models import RuleSet, WorkingCopy
from campaigns.rules import loader, source
from campaigns.rules.loader import RuleSetError
from tests.campaigns.rules.sample import WIDE, wide
from tests.factories import NOON, MemberFactory, RuleSetFactory, office_of, sign_in
from tests.kept import kept
from unions import tenancy
from unions.models import AuditEntry, Member, Union
from unions.permits import Refused
from unions.states import Role

MakeMember = Callable[..., Member]


@pytest.fixture(autouse=True)
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@kept
def office(union: Union) -> Member:
    return office_of(union)


@pytest.fixture
def desk(client: Client, office: Member) -> Client:
    return sign_in(client, office)


@kept
def origin(union: Union) -> RuleSet:
    return RuleSetFactory(union=union, text=WIDE)


@kept
def working(origin: RuleSet, office: Member) -> WorkingCopy:
    return services.copy_ruleset(origin, actor=office, at=NOON)


def url(working: WorkingCopy, name: str, **kwargs: Any) -> str:
    return reverse(f"campaigns:{name}", kwargs={"union_slug": working.union.slug, "copy_id": working.pk, **kwargs})


def text(response: Any) -> str:
    return str(response.content.decode())


def filled(working: WorkingCopy, where: str, **changed: Any) -> dict[str, Any]:
    """What a browser sends when somebody opens a form and changes some fields."""
    path = () if where == "basics" else tuple(where.split("/"))
    sent = sent_by(PieceForm(questions.block_at(source.plain(working.text), path)))
    sent["revision"] = str(working.revision)
    return {**sent, **{name.replace("__", "."): value for name, value in changed.items()}}


def sent_by(form: PieceForm) -> dict[str, Any]:
    """What a browser sends for a form as it is shown."""
    values = {name: form[name].value() for name in form.fields}
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not None and value is not False
    }


def save(desk: Client, working: WorkingCopy, where: str, **changed: Any) -> Any:
    response = desk.post(url(working, "edit_copy", where=where), filled(working, where, **changed))
    working.refresh_from_db()
    return response


def plain(working: WorkingCopy) -> dict[str, Any]:
    working.refresh_from_db()
    return source.plain(working.text)


# --- forms from the schema -------------------------------------------------------------------------------------------

PIECES = [
    (),
    ("form",),
    *((key,) for key in ("quota", "scope", "programme", "dates", "fraud", "retention", "numbering")),
    *(
        (key, item["id"])
        for key, items in source.plain(WIDE).items()
        if isinstance(items, list) and key != "papers"
        for item in items
        if "id" in item
    ),
    ("readings", "0"),
    ("groups", "merits", "conditions", "taught"),
    ("groups", "merits", "conditions", "taught", "conditions", "apprentices"),
]


@pytest.mark.parametrize("path", PIECES, ids="/".join)
def test_saving_an_unchanged_form_changes_nothing(path: tuple[str, ...]) -> None:
    data = source.plain(WIDE)
    block = questions.block_at(data, path)
    sent = sent_by(PieceForm(block))
    form = PieceForm(block, sent)

    assert form.is_valid(), form.errors
    written = questions.with_table(data, path, questions.answered(block, form.cleaned_data))
    assert written == data


def test_every_key_of_the_schema_is_edited_somewhere_or_stays_in_the_text(working: WorkingCopy, desk: Client) -> None:
    page = text(desk.get(url(working, "working_copy")))

    for path in PIECES:
        assert url(working, "edit_copy", where="/".join(path) or "basics") in page, path


def test_every_form_opens(working: WorkingCopy, desk: Client) -> None:
    for path in PIECES:
        address = url(working, "edit_copy", where="/".join(path) or "basics")
        assert desk.get(address).status_code == 200, path


def test_what_is_no_table_of_the_forms_has_no_page(working: WorkingCopy, desk: Client) -> None:
    for where in (
        "nowhere",
        "stages",
        "stages/none",
        "papers/form",
        "form/sections",
        "stages/panel/ballot",
        "criteria/member/op",
    ):
        assert desk.get(url(working, "edit_copy", where=where)).status_code == 404, where


# --- changing --------------------------------------------------------------------------------------------------------


def test_a_threshold_keeps_its_clause_and_is_shown_as_departing(working: WorkingCopy, desk: Client) -> None:
    response = save(desk, working, "criteria/trade_years", criteria__trade_years__value="8")

    assert response["Location"] == url(working, "working_copy")
    rule = plain(working)["criteria"][2]
    assert (rule["value"], rule["clause"]) == (8, "三3")
    page = text(desk.get(url(working, "working_copy")))
    assert "与它有 1 处差别" in page
    assert "与原规则集不同" in page
    assert "<del>10</del>" in page
    assert "原为：<del>10</del>" in text(desk.get(url(working, "edit_copy", where="criteria/trade_years")))


def test_comments_and_order_of_the_text_survive(working: WorkingCopy, desk: Client) -> None:
    save(desk, working, "quota", quota__places="25")

    assert working.text == WIDE.replace("places = 20\n", "places = 25\n", 1)


def test_what_a_clause_says_may_be_changed_in_a_copy(working: WorkingCopy, desk: Client) -> None:
    save(desk, working, "stages/notice", stages__notice__length__days="7", stages__notice__clause="七9")

    notice = next(stage for stage in plain(working)["stages"] if stage["id"] == "notice")
    assert notice["length"]["days"] == 7
    assert notice["clause"] == "七9"


def test_without_a_clause_a_rule_becomes_the_offices_own(working: WorkingCopy, desk: Client) -> None:
    save(desk, working, "fraud", fraud__clause="")

    assert plain(working)["fraud"] == {"text": "弄虚作假的取消资格", "pursues_others": True, "setting": True}


def test_mistakes_are_told_at_their_fields_and_nothing_typed_is_lost(working: WorkingCopy, desk: Client) -> None:
    response = save(desk, working, "quota", quota__places="很多", quota__text="改过的话")

    page = text(response)
    assert response.status_code == 422
    assert "改过的话" in page
    assert "很多" in page
    assert 'id="id_quota.places_error"' in page
    assert working.revision == 1


def test_what_the_schema_refuses_is_told_at_its_field(working: WorkingCopy, desk: Client) -> None:
    response = save(desk, working, "quota", quota__places="0")

    assert response.status_code == 422
    assert "不能小于 1" in text(response)


def test_a_required_field_of_a_table_left_out_is_not_asked_for(working: WorkingCopy, desk: Client) -> None:
    sent = filled(working, "quota")
    del sent["quota.ratio:written"]
    sent["quota.ratio.candidates"] = ""
    desk.post(url(working, "edit_copy", where="quota"), sent)

    assert "ratio" not in plain(working)["quota"]


def test_a_table_is_added_and_one_is_taken_out(working: WorkingCopy, desk: Client) -> None:
    sent = filled(working, "stages/visit", stages__visit__window__from="2025-06-01")
    desk.post(url(working, "edit_copy", where="stages/visit"), {**sent, "stages.visit.window:written": "on"})
    visit = plain(working)["stages"][2]
    assert str(visit["window"]["from"]) == "2025-06-01"
    assert visit["window"]["setting"] is True

    sent = filled(working, "scope")
    del sent["scope:written"]
    desk.post(url(working, "edit_copy", where="scope"), sent)
    assert "scope" not in plain(working)
    assert url(working, "edit_copy", where="scope") in text(desk.get(url(working, "working_copy")))


def test_what_does_not_hold_together_yet_is_saved_and_told_in_place(working: WorkingCopy, desk: Client) -> None:
    response = desk.post(
        url(working, "edit_copy", where="stages/scores"),
        filled(working, "stages/scores", stages__scores__criteria__skill__weight="50"),
        follow=True,
    )

    page = text(response)
    assert "已保存。这里还有 1 处定稿前要改" in page
    assert "权重合计应为 100，现为 90" in page
    assert "定稿前还有 1 处要改" in text(desk.get(url(working, "working_copy")))
    with pytest.raises(RuleSetError, match="100"):
        services.settle_copy(WorkingCopy.objects.get(), revision=2, actor=office_of(working.union), at=NOON)


def test_a_bad_tie_chain_is_told_at_its_field(working: WorkingCopy, desk: Client) -> None:
    save(desk, working, "stages/scores", stages__scores__tie_break="最高分")

    page = text(desk.get(url(working, "edit_copy", where="stages/scores")))
    assert "必须是 people" in page or "由人工决定" in page


# --- rows inside a form ----------------------------------------------------------------------------------------------


def test_a_row_is_added_filled_and_saved_without_losing_what_was_typed(working: WorkingCopy, desk: Client) -> None:
    address = url(working, "edit_copy", where="stages/scores")
    sent = filled(working, "stages/scores", stages__scores__label="打分", do="add stages.scores.criteria")

    page = text(desk.post(address, sent))

    assert 'value="打分"' in page
    assert 'name="stages.scores.criteria.criterion.label"' in page
    assert 'value="skill,deeds,criterion"' in page
    assert working.revision == 1


def test_rows_are_moved_and_taken_out(working: WorkingCopy, desk: Client) -> None:
    address = url(working, "edit_copy", where="stages/scores")
    moved = text(desk.post(address, filled(working, "stages/scores", do="down stages.scores.criteria.skill")))
    assert 'value="deeds,skill"' in moved
    removed = text(desk.post(address, filled(working, "stages/scores", do="remove stages.scores.criteria.skill")))
    assert 'value="deeds"' in removed

    save(desk, working, "stages/scores", stages__scores__criteria="deeds,skill")
    assert [one["id"] for one in plain(working)["stages"][5]["criteria"]] == ["deeds", "skill"]


# --- adding, moving, taking out --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        "nomination",
        "qualification",
        "site_visit",
        "expert_review",
        "public_vote",
        "committee",
        "public_notice",
        "final_approval",
    ],
)
def test_a_stage_of_every_kind_is_added_where_it_is_wanted(working: WorkingCopy, desk: Client, kind: str) -> None:
    address = url(working, "add_to_copy", where="stages") + f"?kind={kind}"
    assert desk.get(address).status_code == 200
    table = questions.seed(source.plain(working.text), ("stages",), kind)
    place = ("stages", table["id"])
    sent = sent_by(PieceForm(questions.block_at(source.plain(working.text), place, table=table)))
    sent |= {
        f"stages.{table['id']}.label": "新环节",
        f"stages.{table['id']}.clause": "七11",
        "revision": "1",
        "place": "shortlist",
    }

    response = desk.post(address, sent)

    assert response.status_code == 302, response.context["form"].errors
    ids = [stage["id"] for stage in plain(working)["stages"]]
    assert ids[ids.index("shortlist") + 1] == table["id"]
    rules, _ = loader.study(working.text)
    assert rules is not None
    assert rules.stage(table["id"]).kind == kind


def test_kinds_are_offered_before_the_form(working: WorkingCopy, desk: Client) -> None:
    page = text(desk.get(url(working, "add_to_copy", where="criteria")))

    assert "由人审核判断" in page
    assert "?kind=fact%3Aage" in page
    assert desk.get(url(working, "add_to_copy", where="criteria") + "?kind=zzz").status_code == 404
    for where in ("papers", "form/sections", "nothing", "quota"):
        assert desk.get(url(working, "add_to_copy", where=where)).status_code == 404


def test_a_stage_is_moved_and_taken_out(working: WorkingCopy, desk: Client) -> None:
    address = url(working, "arrange_copy", where="stages/visit")
    desk.post(address, {"do": "up", "revision": "1"})
    assert [stage["id"] for stage in plain(working)["stages"]][:3] == ["nomination", "visit", "shortlist"]
    desk.post(address, {"do": "remove", "revision": "2"})
    assert "visit" not in [stage["id"] for stage in plain(working)["stages"]]
    assert desk.post(address, {"do": "remove", "revision": "3"}).status_code == 404
    assert desk.post(address, {"do": "burn", "revision": "3"}).status_code == 404


def test_the_last_of_what_there_must_be_one_is_not_taken_out(working: WorkingCopy, desk: Client) -> None:
    for revision, channel in enumerate(("union", "society"), start=1):
        desk.post(url(working, "arrange_copy", where=f"channels/{channel}"), {"do": "remove", "revision": revision})

    response = desk.post(
        url(working, "arrange_copy", where="channels/anyone"), {"do": "remove", "revision": "3"}, follow=True
    )

    assert "缺少必填项“channels”" in text(response)
    assert len(plain(working)["channels"]) == 1


# --- two tabs, text, the end -----------------------------------------------------------------------------------------


def test_a_second_tab_is_told_what_differs_and_decides(working: WorkingCopy, desk: Client) -> None:
    stale = filled(working, "quota", quota__places="30")
    save(desk, working, "quota", quota__places="25")

    response = desk.post(url(working, "edit_copy", where="quota"), stale)

    page = text(response)
    assert response.status_code == 422
    assert "又被保存过" in page
    assert '<del><span class="jx-sr">原为：</span>25</del>' in page
    assert 'name="revision" value="2"' in page
    desk.post(url(working, "edit_copy", where="quota"), {**stale, "revision": "2"})
    assert plain(working)["quota"]["places"] == 30


def test_the_text_is_edited_too(working: WorkingCopy, desk: Client) -> None:
    address = url(working, "copy_text")
    assert "云泽工匠" in text(desk.get(address))
    wrong = desk.post(address, {"source": WIDE.replace("places = 20", "place = 20", 1), "revision": "1"})
    assert wrong.status_code == 422
    assert "place = 20" in text(wrong)
    stale = desk.post(address, {"source": WIDE.replace("places = 20", "places = 21", 1), "revision": "9"})
    assert "又被保存过" in text(stale)

    desk.post(address, {"source": WIDE.replace("places = 20", "places = 22", 1).replace("\n", "\r\n"), "revision": "1"})

    assert plain(working)["quota"]["places"] == 22
    assert "\r" not in working.text


def test_a_copy_is_settled_into_an_edition_that_knows_its_origin(
    working: WorkingCopy, desk: Client, origin: RuleSet
) -> None:
    settle = url(working, "settle_copy")
    assert "不必定稿" in text(desk.get(settle))
    assert "不必定稿" in text(desk.post(settle, {"revision": "1"}, follow=True))
    save(desk, working, "quota", quota__places="25")
    page = text(desk.get(settle))
    assert "<del>20</del>" in page
    assert "<ins>25</ins>" in page

    response = desk.post(settle, {"revision": "2"}, follow=True)

    edition = RuleSet.objects.get(origin=origin)
    assert "已定稿" in text(response)
    assert edition.source == working.text
    assert "与原规则集不同" in text(response)
    changes = text(
        desk.get(
            reverse("campaigns:ruleset_changes", kwargs={"union_slug": origin.union.slug, "ruleset_id": edition.pk})
        )
    )
    assert "<del>20</del>" in changes
    assert RuleSet.objects.count() == 2
    with pytest.raises(Refused, match="已经定稿"):
        services.edit_copy(WorkingCopy.objects.get(), text=WIDE, revision=2, actor=office_of(origin.union), at=NOON)
    assert "已经定稿" in text(desk.get(url(working, "working_copy")))


def test_a_rule_set_without_an_origin_has_no_differences(desk: Client, origin: RuleSet) -> None:
    address = reverse("campaigns:ruleset_changes", kwargs={"union_slug": origin.union.slug, "ruleset_id": origin.pk})

    assert desk.get(address).status_code == 404


def test_a_copy_that_does_not_hold_together_is_not_settled(working: WorkingCopy, desk: Client) -> None:
    save(desk, working, "stages/scores", stages__scores__criteria__skill__weight="50")

    assert "还不能定稿" in text(desk.get(url(working, "settle_copy")))
    assert "不能定稿" in text(desk.post(url(working, "settle_copy"), {"revision": "2"}, follow=True))


def test_a_copy_is_given_up(working: WorkingCopy, desk: Client) -> None:
    assert "不能恢复" in text(desk.get(url(working, "discard_copy")))
    desk.post(url(working, "discard_copy"))

    assert not WorkingCopy.objects.exists()


def test_every_step_is_recorded(working: WorkingCopy, desk: Client) -> None:
    save(desk, working, "quota", quota__places="25")
    save(desk, working, "quota")  # nothing changed: nothing recorded
    desk.post(url(working, "settle_copy"), {"revision": "2"})

    entries = AuditEntry.objects.filter(action__startswith="ruleset.").order_by("seq")
    assert [entry.action for entry in entries] == [
        "ruleset.loaded",
        "ruleset.copied",
        "ruleset.edited",
        "ruleset.settled",
    ]
    assert entries[2].after["changes"] == ["名额 › 名额：由“20”改为“25”"]


def test_beginning_a_copy_shows_those_under_way(working: WorkingCopy, desk: Client, origin: RuleSet) -> None:
    address = reverse("campaigns:copy_ruleset", kwargs={"union_slug": origin.union.slug, "ruleset_id": origin.pk})
    assert url(working, "working_copy") in text(desk.get(address))

    response = desk.post(address)

    assert WorkingCopy.objects.count() == 2
    assert response["Location"] == url(WorkingCopy.objects.latest("pk"), "working_copy")
    assert "尚未定稿" in text(desk.get(reverse("campaigns:rulesets", kwargs={"union_slug": origin.union.slug})))


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR])
def test_readers_see_a_copy_and_change_nothing(
    working: WorkingCopy, client: Client, member: MakeMember, role: Role
) -> None:
    sign_in(client, member(role))

    page = text(client.get(url(working, "working_copy")))

    assert "/edit/" not in page
    assert client.get(url(working, "edit_copy", where="quota")).status_code == 403
    with pytest.raises(Refused):
        services.edit_copy(working, text=WIDE, revision=1, actor=member(role), at=NOON)


def test_a_copy_of_another_union_is_not_found(working: WorkingCopy, client: Client, other_union: Union) -> None:
    with tenancy.scope(other_union.pk):
        stranger = MemberFactory(union=other_union, role=Role.OFFICE)
    sign_in(client, stranger)

    for name, more in (("working_copy", {}), ("edit_copy", {"where": "quota"}), ("copy_text", {}), ("settle_copy", {})):
        address = url(working, name, **more)
        assert client.get(address).status_code == 403
        assert client.get(address.replace(f"/{working.union.slug}/", f"/{other_union.slug}/")).status_code == 404


def test_the_widest_rule_set_is_wide() -> None:
    assert {stage.kind for stage in wide().stages} == set(dict(questions.kinds_of(("stages",))[0][1]))
