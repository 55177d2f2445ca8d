"""The components say what pages rely on, and nothing in the templates breaks the policy."""

import gzip
import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# Paper is laid out by WeasyPrint, which knows no policy.
SCREENS = [path for path in sorted((ROOT / "templates").rglob("*.html")) if "documents" not in path.parts]

Render = Callable[..., str]


class Personal(forms.Form):
    name = forms.CharField(label="姓名", help_text="与身份证一致")
    way = forms.ChoiceField(label="途径", choices=[("a", "单位推荐"), ("b", "个人自荐")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="我承诺")


class Honour(forms.Form):
    title = forms.CharField(label="荣誉")


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_needs_what_the_policy_refuses(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", re.sub(r"{%.*?%}", "", text)), "an attribute, not a name of a template tag"
    assert "javascript:" not in text
    assert "hx-on" not in text
    assert not re.search(r"<style(?! nonce)", text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)


def test_every_component_is_shown_on_the_styleguide() -> None:
    shown = (ROOT / "templates" / "styleguide.html").read_text()
    indirect = {"messages", "deadline"}  # both need what only a view has: messages, a clock

    names = {path.stem for path in (ROOT / "templates" / "cotton").glob("*.html") if not path.stem.startswith("_")}

    assert {name for name in names if f"<c-{name.replace('_', '-')}" not in shown} == indirect


def test_the_styleguide_leaves_no_markup_unrendered(component: Render) -> None:
    html = component('{% include "styleguide.html" %}')

    assert "<c-" not in html
    assert "{%" not in html
    assert "{{" not in html


def test_a_first_view_weighs_less_than_300_kb() -> None:
    files = ["vendor/bootstrap-5.3.min.css", "css/jx.css", "vendor/htmx-2.min.js", "js/jx.js"]

    assert sum(len(gzip.compress((ROOT / "static" / name).read_bytes())) for name in files) < 300_000


def test_vendored_files_are_the_ones_that_were_pinned() -> None:
    folder = ROOT / "static" / "vendor"
    pinned = {
        name: digest for digest, name in (line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines())
    }

    assert {path.name for path in folder.iterdir() if path.suffix in {".css", ".js"}} == set(pinned)
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in pinned} == pinned


def test_a_field_in_error_is_tied_to_its_help_and_its_error(component: Render) -> None:
    html = component('<c-field :field="form.name" limit="20" />', form=Personal({}))

    assert 'for="id_name"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'data-count-for="id_name"' in html
    assert "必填" in html


def test_choices_stand_in_a_fieldset_with_a_legend(component: Render) -> None:
    html = component('<c-field :field="form.way" />', form=Personal())

    assert re.search(r"<fieldset[^>]*>\s*<legend>途径", html)
    assert html.count('type="radio"') == 2


def test_a_single_tick_stands_before_its_words(component: Render) -> None:
    html = component('<c-field :field="form.agree" />', form=Personal())

    assert html.index('type="checkbox"') < html.index("我承诺")


def test_rows_of_a_formset_work_by_submit_buttons_alone(component: Render) -> None:
    rows = forms.formset_factory(Honour, extra=2)(prefix="honours")

    html = component('<c-row-editor :formset="rows" title="曾获荣誉" />', rows=rows)

    assert 'name="honours-TOTAL_FORMS" value="2"' in html
    assert 'name="rows" value="honours:add"' in html
    assert 'name="rows" value="honours:remove:1"' in html
    assert 'name="rows" value="honours:up:0"' in html
    assert 'name="honours-__prefix__-title"' in html


def test_enter_in_a_row_presses_the_nameless_button_first(component: Render) -> None:
    rows = forms.formset_factory(Honour, extra=1)(prefix="honours")

    html = component('<c-row-editor :formset="rows" />', rows=rows)

    first = re.search(r"<button[^>]*>", html)
    assert first
    assert "name=" not in first.group()


def test_money_is_grouped_by_thousands(component: Render) -> None:
    assert "1,234,567 元" in component('<c-money :amount="1234567" />')


NOON = datetime(2026, 11, 21, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_a_deadline_names_the_weekday_and_what_is_left(component: Render) -> None:
    html = component('<c-deadline :at="at" :now="now" />', at=NOON + timedelta(days=3), now=NOON)

    assert "2026年11月24日（星期二）12:00" in html
    assert "还有 3" in html
    assert "data-past" not in html


def test_a_deadline_in_the_past_says_so(component: Render) -> None:
    html = component('<c-deadline :at="at" :now="now" />', at=NOON - timedelta(days=2), now=NOON)

    assert "data-past" in html
    assert "已过 2" in html


def test_a_deadline_without_a_clock_does_not_guess(component: Render) -> None:
    assert "还有" not in component('<c-deadline :at="at" />', at=NOON)


def test_a_confirmation_names_what_happens_and_to_how_many(component: Render) -> None:
    html = component('<c-confirm trigger="发布公示" title="发布公示？" count="10" noun="名人选" action="/do/" />')

    assert 'href="/do/" data-dialog="confirm"' in html
    assert re.search(r"涉及 <strong>10</strong> 名人选", html)
    assert '<form method="post" action="/do/">' in html


def test_a_decision_that_cannot_be_taken_says_why_instead_of_posting(component: Render) -> None:
    actions = [{"value": "pass", "label": "通过", "why_not": "本阶段尚未开始"}]

    html = component('<c-decision-bar action="/do/" :actions="actions" />', actions=actions)

    assert "本阶段尚未开始" in html
    assert "<form" not in html


def test_a_running_job_asks_again_and_a_finished_one_does_not(component: Render) -> None:
    source = '<c-progress label="证书" done="3" total="9" url="/p/" :state="state" />'

    assert "hx-get" in component(source, state="running")
    assert "hx-get" not in component(source, state="done")


def test_text_given_to_a_component_is_escaped(component: Render) -> None:
    html = component('<c-candidate-card :name="name" />', name="<b>林</b>")

    assert "<b>林" not in html


def test_the_colour_of_a_union_stands_in_the_page_with_the_nonce(component: Render) -> None:
    union = SimpleNamespace(brand="#0B3D91", name="示例区总工会", slug="shili")

    html = component('{% extends "base_public.html" %}', union=union)

    assert re.search(r'<style nonce="[^"]*">:root\{--brand:#0B3D91\}</style>', html)
