"""An expert sees nothing of a case they keep out of: with it and without it, every page and file is the same, byte for byte."""

import re
from contextlib import contextmanager
from itertools import product

from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import RoutePattern
from django.utils import timezone
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from applications.models import Application, Material
from applications.states import State
from documents.models import StoredFile
from review.models import VisitPhoto
from review.models_pool import Likeness
from review.services import allotments, ballots, panels
from tests.factories import carry_messages, give_material, sign_in
from tests.review.stagecraft import (
    Play,
    assessment_review,
    ballot_review,
    expert_review,
    final,
    fresh,
)

KINDS = {
    "score": lambda: expert_review(site_visit=True),
    "parts": lambda: expert_review(scores_per_case=3),  # of four: everybody has another case beside the hidden one
    "assessment": assessment_review,
    "ballot": lambda: ballot_review(passes={"max": 3, "setting": True}),
}
ELSEWHERE = "示例造船厂"
CHANGING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|name="csrf-token" content="[^"]*"|nonce="[^"]*"')
"""Tokens and nonces, which are new at every answer."""


def routes(patterns=None, namespaces=(), keywords=()):
    """Every address that an expert may enter, with the keywords it takes; those of applicants show own applications only."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        shape = pattern.pattern
        taken = (*keywords, *(shape.converters if isinstance(shape, RoutePattern) else shape.regex.groupindex))
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, (*namespaces, pattern.namespace), taken)
        elif "applications" not in namespaces and {"expert", "member"} & set(
            (getattr(pattern.callback, "access", None) or "").split(",")
        ):
            yield ":".join([*filter(None, namespaces), pattern.name or ""]), taken


ROUTES = sorted(set(routes()))


class World:
    """A panel at work, one of whose experts keeps out of one case."""

    def __init__(self, union, kind, hidden, how):
        self.play = play = Play(union, KINDS[kind](), final())
        names = ("孙秀兰", "周志强", "吴海涛")
        self.people = [
            play.apply(name, employer=ELSEWHERE if n == hidden and how == "found" else "示例机床厂")
            for n, name in enumerate(names)
        ]
        self.hidden = self.people[hidden]
        for person in self.people:
            give_material(person, "proof")
        self.owners = dict(Material.objects.values_list("pk", "application_id"))
        mine = play.expert(ELSEWHERE if how == "found" else "示例一所", name="蒋专家")
        panel = play.form_panel("review", [mine, *play.experts])
        play.accept(panel)
        play.open("review")
        self.seat = play.seat(panel, mine)
        if kind == "parts":
            allotments.allot_cases(play.panel_of("review"), actor=play.office, at=play.now())
        if how == "alike":
            Likeness.objects.create(
                union=union, seat=self.seat, application=self.hidden, ground="联系电话相同", at=play.now()
            )
        if how == "declared" and (kind != "parts" or self.seat.allotted.filter(application=self.hidden).exists()):
            panels.declare_conflicts(
                self.seat, applications=[self.hidden], reasons=["师徒"], actor=fresh(mine.member), at=play.now()
            )
        elif how in {"office", "declared"}:
            panels.recuse(self.seat, self.hidden, reason="亲属", actor=play.office, at=play.now())
        play.declare(panel)
        if kind == "score":
            for person in self.people:
                play.visit("review", person)
        if kind == "ballot" and how != "alike":
            ballots.open_round(play.panel_of("review"), actor=play.office, at=play.now())
        carry_messages(union, at=play.now())
        self.client = sign_in(Client(), mine.member)
        self.moment = play.now()

    def values(self):
        """What every keyword may be: of all cases, the hidden one's too."""
        people = [one.pk for one in self.people]
        return {
            "union_slug": [self.play.union.slug],
            "seat_pk": [self.seat.pk],
            "stage_pk": [self.play.stage("review").pk],
            "campaign_slug": [self.play.campaign.slug],
            "application_pk": people,
            "pk": people,
            "material_pk": list(Material.objects.values_list("pk", flat=True)),
            "photo_pk": list(VisitPhoto.objects.values_list("pk", flat=True)) or [1],
            "file_id": list(StoredFile.objects.values_list("pk", flat=True)),
        }

    def belongs(self, told):
        """Whether a paper is one of the case it is asked for with; others are nowhere."""
        owner = self.owners.get(told.get("material_pk")) if "material_pk" in told else told.get("application_pk")
        return owner == told.get("application_pk")

    def pages(self, monkeypatch):
        values, found = self.values(), {}
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: self.moment)
            for name, keywords in ROUTES:
                if not set(keywords) <= set(values):
                    continue
                for chosen in product(*(values[keyword] for keyword in keywords)):
                    told = dict(zip(keywords, chosen, strict=True))
                    if not self.belongs(told):
                        continue
                    address = reverse(name, kwargs=told)
                    answer = self.client.get(address)
                    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                    found[address] = (answer.status_code, answer.get("Location"), CHANGING.sub(b"", body))
        return found


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2), st.sampled_from(["found", "declared", "office", "alike"]))
@example(kind="parts", hidden=1, how="declared")
@example(kind="ballot", hidden=2, how="office")
def test_without_the_hidden_case_an_expert_sees_the_very_same(union, monkeypatch, kind, hidden, how):
    with undone():
        world = World(union, kind, hidden, how)
        before = world.pages(monkeypatch)
        shown = [body.decode("utf-8", "ignore") for status, _, body in before.values() if status == 200]
        assert not any(world.hidden.name in body or world.hidden.number in body for body in shown)
        assert any(other.name in body for other in world.people if other != world.hidden for body in shown)
        Application.objects.filter(pk=world.hidden.pk).update(state=State.WITHDRAWN)
        after = world.pages(monkeypatch)
        assert [address for address in before if before[address] != after[address]] == []


def test_the_addresses_of_an_expert_are_found():
    names = {name for name, _ in ROUTES}
    assert {
        "review:seat",
        "review:seat_case",
        "review:seat_material",
        "review:conflicts",
        "review:cast_ballot",
    } <= names


def test_what_is_alike_in_two_worlds_is_not_alike_by_being_empty(union, monkeypatch):
    """The proof is one only if a case that is not hidden does make a difference."""
    world = World(union, "score", 0, "found")
    before = world.pages(monkeypatch)
    Application.objects.filter(pk=world.people[1].pk).update(state=State.WITHDRAWN)
    after = world.pages(monkeypatch)
    changed = [address for address in before if before[address] != after[address]]
    assert any(address.endswith(f"/panel/{world.seat.pk}/") for address in changed)
