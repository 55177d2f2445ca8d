"""The office after the award: decision, sheets printed again, money, benefits, withdrawal. Leading group and supervisor read."""

from datetime import datetime
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Campaign
from documents.downloads import paper, sheet
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from publicity import ledger, papers, policies_ledger, selectors_ledger, sheets_ledger
from publicity.forms_ledger import (
    AmountForm,
    AnswerWithdrawalForm,
    CorrectPaymentForm,
    DecisionForm,
    GrantForm,
    IssueForm,
    KeyUploadForm,
    MonthForm,
    OpenWithdrawalForm,
    PaidForm,
    ReasonForm,
    ReprintForm,
    RulingForm,
    StopForm,
)
from publicity.ledger import Fund, Promise
from publicity.models import Award, Certificate
from publicity.models_ledger import Decision, DecisionDraft, Entitlement, PaymentList
from publicity.models_signing import SigningKey
from publicity.selectors_ledger import Account, Given
from publicity.services import awards, decisions, signing, withdrawals
from publicity.services import ledger as money
from publicity.states import Entered, GrantState
from unions.access import member_required, role_required
from unions.middleware import MemberRequest
from unions.permits import Refused
from unions.states import Role

PER_PAGE = 50
office = role_required(Role.OFFICE)
readers = role_required(Role.OFFICE, Role.LEADER, Role.SUPERVISOR)
key_readers = role_required(Role.ADMIN, Role.OFFICE, Role.SUPERVISOR)
admin = role_required(Role.ADMIN)


def _campaign(request: MemberRequest, slug: str) -> Campaign:
    return get_object_or_404(Campaign.objects.for_union(request.union).public().select_related("union"), slug=slug)


def _url(request: MemberRequest, view: str, **kwargs: Any) -> str:
    return reverse(f"publicity:{view}", kwargs={"union_slug": request.union.slug, **kwargs})


def rooms(request: MemberRequest, campaign: Campaign, current: str) -> list[dict[str, Any]]:
    """The rooms that follow an award, as tabs on each of their pages."""
    places = [("campaign_awards", "称号与证书"), ("ledger", "奖励发放"), ("benefits", "待遇落实")]
    return [
        {"label": label, "url": _url(request, view, campaign_slug=campaign.slug), "current": view == current}
        for view, label in places
    ]


def _page(request: MemberRequest, campaign: Campaign, room: str, *crumbs: str, **more: Any) -> dict[str, Any]:
    """What every page of these rooms needs: tabs, crumbs, who may act."""
    labels = {"campaign_awards": "", "ledger": "奖励发放", "benefits": "待遇落实"}
    way = [
        {"label": "授予与证书", "url": _url(request, "awards")},
        {"label": campaign.title, "url": _url(request, "campaign_awards", campaign_slug=campaign.slug)},
    ]
    if labels[room]:
        way.append({"label": labels[room], "url": _url(request, room, campaign_slug=campaign.slug)})
    way += [{"label": crumb} for crumb in crumbs]
    way[-1] = {"label": way[-1]["label"]}
    return {
        "campaign": campaign,
        "tabs": rooms(request, campaign, room),
        "is_office": request.member.role == Role.OFFICE,
        "crumbs": way,
        **more,
    }


def _refused(form: django_forms.Form, refusal: Refused) -> None:
    form.add_error(None, str(refusal))


# --- the conferring decision ------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def write_decision(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Words from the rules, edited by the office; saved before they are looked at."""
    campaign = _campaign(request, campaign_slug)
    draft = DecisionDraft.objects.filter(campaign=campaign).first()
    try:
        initial = {**draft.plain, "revision": draft.revision} if draft else papers.decision_defaults(campaign)
    except papers.NothingConferred as nothing:
        messages.error(request, str(nothing))
        return redirect("publicity:campaign_awards", union_slug=request.union.slug, campaign_slug=campaign_slug)
    form = DecisionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        revision = data.pop("revision")
        try:
            decisions.save_decision(
                campaign,
                decisions.DecisionText(**data),
                revision=revision,
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as refusal:
            _refused(form, refusal)
        else:
            return redirect("publicity:preview_decision", union_slug=request.union.slug, campaign_slug=campaign_slug)
    context = _page(request, campaign, "campaign_awards", "拟写表彰决定", form=form)
    return render(request, "publicity/ledger_decision_write.html", context)


@office
@require_safe
def preview_decision(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """The decision as it will stand, with its list; issued from here."""
    campaign = _campaign(request, campaign_slug)
    draft = get_object_or_404(DecisionDraft, campaign=campaign)
    return _preview(request, campaign, draft, IssueForm(initial={"revision": draft.revision}))


def _preview(request: MemberRequest, campaign: Campaign, draft: DecisionDraft, form: IssueForm) -> HttpResponse:
    last = selectors_ledger.decisions(campaign).first()
    if last is None:
        del form.fields["reason"]
    try:
        groups, _ = papers.held_groups(campaign)
    except papers.NothingConferred:
        groups = []
    context = _page(
        request, campaign, "campaign_awards", "预览表彰决定", draft=draft, groups=groups, form=form, last=last
    )
    return render(request, "publicity/ledger_decision_preview.html", context)


@office
@require_POST
def issue_decision(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    form = IssueForm(request.POST)
    if form.is_valid():
        try:
            made = decisions.issue_decision(campaign, actor=request.member, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, f"表彰决定第 {made.version} 版已签发，内容不再改变")
            return redirect("publicity:campaign_awards", union_slug=request.union.slug, campaign_slug=campaign_slug)
    draft = DecisionDraft.objects.filter(campaign=campaign).first()
    if draft is None:
        return redirect("publicity:write_decision", union_slug=request.union.slug, campaign_slug=campaign_slug)
    return _preview(request, campaign, draft, form)


@office
@require_safe
def draft_paper(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    return _paper(request, campaign, lambda: papers.draft_pdf(campaign), f"{campaign.title}表彰决定（稿）", shown=True)


@readers
@require_safe
def issued_decision(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Decision.objects.filter(union=request.union).select_related("campaign__union"), pk=pk)
    name = f"{found.campaign.title}表彰决定第{found.version}版"
    return _paper(request, found.campaign, lambda: papers.issued_pdf(found), name)


def _paper(request: MemberRequest, campaign: Campaign, make: Any, name: str, *, shown: bool = False) -> HttpResponse:
    try:
        return paper(make(), name, shown=shown)
    except (papers.NothingConferred, MissingGlyph, PaperError) as error:
        messages.error(request, f"没有生成：{error}")
        return redirect("publicity:campaign_awards", union_slug=request.union.slug, campaign_slug=campaign.slug)


# --- a sheet printed again ----------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def reprint(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        Certificate.objects.for_union(request.union).select_related(
            "award__application", "campaign__union", "revocation"
        ),
        pk=pk,
    )
    form = ReprintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = awards.reprint_certificate(
                found, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now()
            )
        except Refused as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, f"{found.number} 第 {made.print_number} 次印制正在生成，先前印制的即日起失效")
            return redirect("publicity:reprint", union_slug=request.union.slug, pk=pk)
    sheets = list(found.reprints.select_related("file", "signer", "by__user").order_by("print_number"))
    context = _page(
        request,
        found.campaign,
        "campaign_awards",
        "重印证书",
        certificate=found,
        sheets=sheets,
        waiting=any(one.file_id is None for one in sheets),
        may=policies_ledger.can_reprint_certificate(request.member, found, at=timezone.now()),
        form=form,
    )
    return render(request, "publicity/ledger_reprint.html", context)


# --- the union's signing key ----------------------------------------------------------------------------------------------


@key_readers
@require_http_methods(["GET", "POST"])
def signing_keys(request: MemberRequest) -> HttpResponse:
    """The key that signs, those before it, and another to take over."""
    form = KeyUploadForm(request.POST or None, request.FILES or None)
    may = policies_ledger.can_keep_signing_key(request.member, request.union, at=timezone.now())
    if request.method == "POST":
        if not may:
            messages.error(request, may.reason)
            return redirect("publicity:signing_keys", union_slug=request.union.slug)
        if form.is_valid():
            try:
                signing.upload_signing_key(
                    request.union,
                    content=form.cleaned_data["file"].read(),
                    passphrase=form.cleaned_data["passphrase"],
                    actor=request.member,
                    at=timezone.now(),
                )
            except Refused as refusal:
                _refused(form, refusal)
            else:
                messages.success(request, "签名证书已更换，此后生成的证书用它签名")
                return redirect("publicity:signing_keys", union_slug=request.union.slug)
    keys = list(SigningKey.objects.for_union(request.union).select_related("by__user"))
    context = {
        "keys": keys,
        "current": keys[0] if keys else None,
        "expired": bool(keys) and timezone.now() >= keys[0].not_after,
        "may": may,
        "form": form,
        "crumbs": [{"label": "证书签名"}],
    }
    return render(request, "publicity/ledger_signing.html", context)


@admin
@require_POST
def make_signing_key(request: MemberRequest) -> HttpResponse:
    try:
        signing.make_signing_key(request.union, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "新的签名密钥已生成，此后生成的证书用它签名")
    return redirect("publicity:signing_keys", union_slug=request.union.slug)


@key_readers
@require_safe
def signing_certificate(request: MemberRequest, pk: int) -> HttpResponse:
    """The public part, for whoever wants their reader of PDF to trust it."""
    found = get_object_or_404(SigningKey.objects.for_union(request.union), pk=pk)
    response = HttpResponse(found.certificate, content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="signing-{found.fingerprint[:8]}.pem"'
    return response


# --- money --------------------------------------------------------------------------------------------------------------


def _fund(campaign: Campaign, source: str) -> Fund:
    found = ledger.fund_of(campaign.rules, source)
    if found is None:
        raise Http404
    return found


@readers
@require_safe
def ledger_of(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    """Every kind of payment with its figures, and the lists."""
    campaign = _campaign(request, campaign_slug)
    states = selectors_ledger.fund_states(campaign)
    lists = Paginator(selectors_ledger.payment_lists(campaign), PER_PAGE).get_page(request.GET.get("page"))
    names = {one.fund.source: one.fund.label for one in states}
    context = _page(
        request,
        campaign,
        "ledger",
        funds=[
            (one, ledger.yuan(one.amount) if one.amount is not None else "", *_figures(one.figures)) for one in states
        ],
        lists=lists,
        rows=[(one, names.get(one.source, one.source), *_list_figures(one)) for one in lists],
        lacks=bool(states) and selectors_ledger.lacks_accounts(campaign),
    )
    return render(request, "publicity/ledger_funds.html", context)


def _figures(found: ledger.Sum) -> tuple[str, str, str, str]:
    return (
        ledger.yuan(found.owed),
        ledger.yuan(found.paid),
        ledger.yuan(found.left),
        ledger.yuan(found.overpaid) if found.overpaid else "",
    )


def _list_figures(listed: Any) -> tuple[str, str, str]:
    return ledger.month_words(listed.month), ledger.yuan(listed.total), ledger.yuan(listed.paid or 0)


@office
@require_POST
def open_ledger(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    try:
        made = money.open_ledger(campaign, actor=request.member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已列入台账 {len(made)} 项" if made else "台账已齐全，没有新增")
    return redirect("publicity:ledger", union_slug=request.union.slug, campaign_slug=campaign_slug)


@readers
@require_http_methods(["GET", "POST"])
def fund(request: MemberRequest, campaign_slug: str, source: str) -> HttpResponse:
    """Everybody's account of one kind of payment. The office draws up a list, or fixes an amount the notice does not state."""
    campaign = _campaign(request, campaign_slug)
    kind, at = _fund(campaign, source), timezone.now()
    fixing = request.method == "POST" and "amount" in request.POST
    listing = request.method == "POST" and not fixing
    month = MonthForm(request.POST if listing else None, initial={"month": timezone.localdate(at)}, prefix="")
    amount = AmountForm(request.POST if fixing else None)
    form = amount if fixing else month
    if request.method == "POST" and form.is_valid():
        try:
            where = _change_fund(request, campaign, source, form.cleaned_data, at, fixing=fixing)
        except Refused as refusal:
            _refused(form, refusal)
        else:
            return redirect(where)
    found = selectors_ledger.accounts(campaign, source)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    owed, paid, left, overpaid = _figures(ledger.total(one.statement for one in found))
    context = _page(
        request,
        campaign,
        "ledger",
        kind.label,
        fund=kind,
        page=page,
        rows=[(one, *_account_words(one)) for one in page],
        figures={"people": len(found), "owed": owed, "paid": paid, "left": left, "overpaid": overpaid},
        month_form=month,
        amount_form=amount,
        fixing=kind.amount is None,
        may=policies_ledger.can_keep_ledger(request.member, campaign, at=at),
    )
    return render(request, "publicity/ledger_fund.html", context)


def _change_fund(
    request: MemberRequest, campaign: Campaign, source: str, data: dict[str, Any], at: datetime, *, fixing: bool
) -> str:
    if fixing:
        made = money.fix_amount(campaign, source=source, actor=request.member, at=at, **data)
        messages.success(request, f"已核定 {len(made)} 人，每人 {ledger.yuan(data['amount'])}")
        return _url(request, "fund", campaign_slug=campaign.slug, source=source)
    listed = money.draw_up_list(campaign, source=source, month=data["month"], actor=request.member, at=at)
    messages.success(request, f"名单已编制：{listed.lines} 笔，共 {ledger.yuan(listed.total)}")
    return _url(request, "payment_list", list_pk=listed.pk)


def _account_words(one: Account) -> tuple[str, str, str]:
    state = one.statement
    each = "未核定" if state.amount is None else ledger.yuan(state.amount)
    paid = f"{len(state.paid)} / {state.terms.instalments} 期" if state.terms.instalments > 1 else ""
    return each, paid, ledger.yuan(state.received)


@readers
@require_safe
def fund_sheet(request: MemberRequest, campaign_slug: str, source: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    kind = _fund(campaign, source)
    content = sheets_ledger.account_sheet(campaign.title, kind, selectors_ledger.accounts(campaign, source))
    return sheet(content, f"{campaign.title}{kind.label}台账")


def _list(request: MemberRequest, pk: int) -> PaymentList:
    rows = PaymentList.objects.filter(union=request.union).select_related("campaign__union", "by__user")
    return get_object_or_404(rows, pk=pk)


@readers
@require_http_methods(["GET", "POST"])
def payment_list(request: MemberRequest, list_pk: int) -> HttpResponse:
    """One list. The office confirms that it was paid; lines that were not are ticked and owed again."""
    listed, at = _list(request, list_pk), timezone.now()
    kind = _fund(listed.campaign, listed.source)
    form = PaidForm(request.POST or None, initial={"paid_on": timezone.localdate(at)})
    left_out = {int(pk) for pk in request.POST.getlist("left_out") if pk.isdecimal()}
    if request.method == "POST" and form.is_valid():
        try:
            made = money.confirm_paid(listed, leaving_out=left_out, actor=request.member, at=at, **form.cleaned_data)
        except Refused as refusal:
            _refused(form, refusal)
        else:
            paid = [entry.amount or 0 for entry in made if entry.kind == Entered.PAID]
            done = (
                f"已确认发放 {len(paid)} 笔，共 {ledger.yuan(sum(paid))}"
                if made
                else "这份名单先前已确认，没有重复发放"
            )
            messages.success(request, done)
            return redirect("publicity:payment_list", union_slug=request.union.slug, list_pk=list_pk)
    lines = selectors_ledger.list_lines(listed)
    context = _page(
        request,
        listed.campaign,
        "ledger",
        f"第 {listed.number} 号名单",
        listed=listed,
        fund=kind,
        month=ledger.month_words(listed.month),
        total=ledger.yuan(listed.total),
        lines=[(one, ledger.yuan(one.entry.amount or 0), one.entry.pk in left_out or one.stopped) for one in lines],
        waiting=any(one.waiting for one in lines),
        form=form,
        may=policies_ledger.can_confirm_list(request.member, listed, at=at),
    )
    return render(request, "publicity/ledger_list.html", context)


@readers
@require_safe
def payment_sheet(request: MemberRequest, list_pk: int) -> HttpResponse:
    listed = _list(request, list_pk)
    kind = _fund(listed.campaign, listed.source)
    content = sheets_ledger.payment_sheet(listed, kind, selectors_ledger.list_lines(listed))
    return sheet(content, f"{listed.campaign.title}{kind.label}{ledger.month_words(listed.month)}发放名单")


@readers
@require_http_methods(["GET", "POST"])
def account(request: MemberRequest, account_pk: int) -> HttpResponse:
    """One person's account, entry by entry; where it is stopped, resumed and put right."""
    found = get_object_or_404(
        selectors_ledger.with_entries(Entitlement.objects.filter(union=request.union)).select_related(
            "award__application__person", "award__union", "campaign__union"
        ),
        pk=account_pk,
    )
    found.award.campaign = found.campaign
    at, verb = timezone.now(), request.POST.get("verb", "")
    conditions = (
        ledger.end_conditions(found.campaign.rules, found.award.award) if found.source.endswith(".monthly") else ()
    )
    forms = {
        "stop": StopForm(request.POST if verb == "stop" else None, conditions=conditions),
        "resume": ReasonForm(request.POST if verb == "resume" else None),
        "correct": CorrectPaymentForm(request.POST if verb == "correct" else None),
    }
    if verb in forms and forms[verb].is_valid():
        try:
            _change_account(found, verb, forms[verb].cleaned_data, request, at)
        except Refused as refusal:
            _refused(forms[verb], refusal)
        else:
            return redirect("publicity:account", union_slug=request.union.slug, account_pk=account_pk)
    state = selectors_ledger.statement_of(found)
    _, paid, received = _account_words(Account(found, found.award, "", "", state, []))
    context = _page(
        request,
        found.campaign,
        "ledger",
        found.award.application.name,
        account=found,
        fund=_fund(found.campaign, found.source),
        state=state,
        paid=paid,
        received=received,
        overpaid=ledger.yuan(state.overpaid) if state.overpaid else "",
        stopped=ledger.month_words(state.stopped_from) if state.stopped_from else "",
        conditions=conditions,
        entries=[
            (one, ledger.month_words(one.month) if one.month else "", ledger.yuan(one.amount) if one.amount else "")
            for one in found.entries.select_related("by__user").order_by("-pk")
        ],
        forms=forms,
        may=policies_ledger.can_change_payments(request.member, found.award, at=at),
    )
    return render(request, "publicity/ledger_account.html", context)


def _change_account(found: Entitlement, verb: str, data: dict[str, Any], request: MemberRequest, at: datetime) -> None:
    match verb:
        case "stop":
            made = money.stop_payments(found.award, actor=request.member, at=at, **data)
            assert made.month is not None  # a stop has its month
            messages.success(request, f"已登记，{ledger.month_words(made.month)}起停发")
        case "resume":
            money.resume_payments(found, actor=request.member, at=at, **data)
            messages.success(request, "已恢复发放，停发期间未发的会列入下一份名单")
        case _:
            money.correct_payment(found, actor=request.member, at=at, **data)
            messages.success(request, "更正已记入台账")


# --- benefits -----------------------------------------------------------------------------------------------------------


def _promise(campaign: Campaign, benefit: str) -> Promise:
    found = ledger.promise_of(campaign.rules, benefit)
    if found is None:
        raise Http404
    return found


@readers
@require_safe
def benefits(request: MemberRequest, campaign_slug: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    context = _page(request, campaign, "benefits", promises=selectors_ledger.promise_states(campaign))
    return render(request, "publicity/ledger_benefits.html", context)


@readers
@require_http_methods(["GET", "POST"])
def benefit(request: MemberRequest, campaign_slug: str, benefit: str) -> HttpResponse:
    """Everybody whom one benefit or honour is for; the office records what became of it, for many at once."""
    campaign, at = _campaign(request, campaign_slug), timezone.now()
    promise = _promise(campaign, benefit)
    picked = {int(pk) for pk in request.POST.getlist("pick") if pk.isdecimal()}
    form = GrantForm(request.POST or None, honour=promise.honour, initial={"happened_on": timezone.localdate(at)})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            made = money.record_grants(
                campaign,
                benefit=benefit,
                awards=picked,
                state=GrantState(data.pop("state")),
                actor=request.member,
                at=at,
                **data,
            )
        except Refused as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, f"已登记 {len(made)} 人")
            return redirect(_url(request, "benefit", campaign_slug=campaign_slug, benefit=benefit))
    people = selectors_ledger.given(campaign, promise)
    context = _page(
        request,
        campaign,
        "benefits",
        promise.label,
        promise=promise,
        people=[(one, one.award.pk in picked) for one in people],
        forward=[one for one in people if one.state == GrantState.FORWARD],
        form=form,
    )
    return render(request, "publicity/ledger_benefit.html", context)


@readers
@require_safe
def benefit_sheet(request: MemberRequest, campaign_slug: str, benefit: str) -> HttpResponse:
    campaign = _campaign(request, campaign_slug)
    promise = _promise(campaign, benefit)
    content = sheets_ledger.benefit_sheet(campaign.title, promise, selectors_ledger.given(campaign, promise))
    return sheet(content, f"{campaign.title}{promise.label}台账")


@readers
@require_safe
def put_forward(request: MemberRequest, campaign_slug: str, benefit: str) -> HttpResponse:
    """The names that were put forward for a further honour, on official paper."""
    campaign = _campaign(request, campaign_slug)
    promise = _promise(campaign, benefit)
    people: list[Given] = [
        one
        for one in selectors_ledger.given(campaign, promise)
        if one.state == GrantState.FORWARD and not one.withdrawn
    ]
    if not promise.honour or not people:
        messages.error(request, "还没有登记为“已申报”的人选，请先勾选人选登记")
        return redirect(_url(request, "benefit", campaign_slug=campaign_slug, benefit=benefit))
    return _paper(
        request,
        campaign,
        lambda: papers.put_forward_pdf(campaign, promise, people, at=timezone.now()),
        f"{promise.label}人选申报",
    )


# --- a title taken away -------------------------------------------------------------------------------------------------


@office
@require_http_methods(["GET", "POST"])
def withdraw(request: MemberRequest, award_pk: int) -> HttpResponse:
    """Begin the procedure: a ground, and until when the person may answer."""
    award = get_object_or_404(
        Award.objects.filter(union=request.union)
        .select_related("application__person", "campaign__union", "union")
        .prefetch_related("withdrawals__steps"),
        pk=award_pk,
    )
    form = OpenWithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = withdrawals.open_withdrawal(award, actor=request.member, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, "程序已启动，已通知本人陈述申辩")
            return redirect("publicity:withdrawal", union_slug=request.union.slug, withdrawal_pk=made.pk)
    context = _page(
        request,
        award.campaign,
        "campaign_awards",
        "撤销称号",
        award=award,
        past=award.withdrawals.all(),
        form=form,
        may=policies_ledger.can_open_withdrawal(request.member, award, at=timezone.now()),
        body=award.campaign.rules.basis.name_of(policies_ledger.deciding_body(award)),
    )
    return render(request, "publicity/ledger_withdraw.html", context)


@readers
@require_http_methods(["GET", "POST"])
def withdrawal(request: MemberRequest, withdrawal_pk: int) -> HttpResponse:
    """What happened in it; decided by whoever conferred the title."""
    found = get_object_or_404(selectors_ledger.withdrawals(request.union), pk=withdrawal_pk)
    body = policies_ledger.deciding_body(found.award)
    form = RulingForm(request.POST or None, by_group=body == "leading_group")
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value is not None}
        try:
            withdrawals.decide_withdrawal(found, withdrawals.Ruling(**given), actor=request.member, at=timezone.now())
        except Refused as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, "决定已登记")
            return redirect("publicity:withdrawal", union_slug=request.union.slug, withdrawal_pk=withdrawal_pk)
    context = _page(
        request,
        found.award.campaign,
        "campaign_awards",
        "撤销称号",
        withdrawal=found,
        award=found.award,
        answers=selectors_ledger.answers_of(found),
        body=found.award.campaign.rules.basis.name_of(body),
        form=form,
        may=policies_ledger.can_decide_withdrawal(request.member, found, at=timezone.now()),
    )
    return render(request, "publicity/ledger_withdrawal.html", context)


@readers
@require_safe
def withdrawal_paper(request: MemberRequest, withdrawal_pk: int) -> HttpResponse:
    found = get_object_or_404(selectors_ledger.withdrawals(request.union), pk=withdrawal_pk)
    if not found.withdrawn:
        raise Http404
    return _paper(request, found.award.campaign, lambda: papers.withdrawal_pdf(found), "撤销称号的决定")


# --- the person's own page ------------------------------------------------------------------------------------------------


@member_required
@require_safe
def my_titles(request: MemberRequest) -> HttpResponse:
    """Certificate, payments, benefits; and the ground, where the title is questioned."""
    return _my_titles(request, {})


@member_required
@require_POST
def answer_withdrawal(request: MemberRequest, withdrawal_pk: int) -> HttpResponse:
    mine = selectors_ledger.own_awards(request.member)
    found = get_object_or_404(selectors_ledger.withdrawals(request.union).filter(award__in=mine), pk=withdrawal_pk)
    form = AnswerWithdrawalForm(request.POST)
    if form.is_valid():
        try:
            withdrawals.answer_withdrawal(found, actor=request.member, at=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, "陈述申辩已提交")
            return redirect("publicity:my_titles", union_slug=request.union.slug)
    return _my_titles(request, {withdrawal_pk: form})


def _my_titles(request: MemberRequest, typed: dict[int, AnswerWithdrawalForm]) -> HttpResponse:
    found = selectors_ledger.mine(request.member)
    titles = []
    for one in found:
        case = one.withdrawal
        titles.append(
            {
                "one": one,
                "payments": [_payment(owner, state) for owner, state in one.payments],
                "answers": selectors_ledger.answers_of(case) if case else [],
                "form": typed.get(case.pk, AnswerWithdrawalForm()) if case and case.decided is None else None,
            }
        )
    context = {"titles": titles, "nav_label": "我的称号"}
    return render(request, "publicity/ledger_mine.html", context)


def _payment(owner: Entitlement, state: ledger.Statement) -> dict[str, Any]:
    months: dict[str, list[Any]] = {}
    for month, words in ledger.calendar(state):
        months.setdefault(words, []).append(month)
    return {
        "label": owner.label,
        "each": "金额待核定" if state.amount is None else ledger.yuan(state.amount),
        "instalments": owner.instalments,
        "received": ledger.yuan(state.received),
        "months": [(words, ledger.span_words(found)) for words, found in months.items()],
    }
