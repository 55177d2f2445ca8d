"""What came of a rehearsal: figures as JSON, and every paper the campaign produced."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from applications.models import Application, Return, Submission
from applications.papers import form_papers, form_pdf
from applications.sheets import summary_sheet
from applications.states import State
from campaigns.models import Campaign, Stage
from campaigns.selectors import stage_rule
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError
from publicity import ledger, papers, selectors_counts, selectors_polls, sheets_ledger
from publicity.models import Award, NoticeVersion, Objection, Poll, Vote
from publicity.models_signing import Reprint
from publicity.rehearsal.votes import Planted
from publicity.selectors_counts import Count
from publicity.selectors_ledger import fund_states, given, list_lines, payment_lists, promise_states
from publicity.services.archives import archive_campaign
from publicity.states import GrantState, ObjectionState
from publicity.wording_polls import outcome_words
from review.models import Outcome, Recusal
from review.opinions import stage_opinions
from review.selectors import passing_by
from review.states import PASSING, RecusalSource, Verdict
from unions import audit
from unions.archive.checks import verify
from unions.archive.layout import Archive
from unions.services import system_member

ARCHIVE = "archive.zip"
SHEET = "汇总表.xlsx"
DECISION = "表彰决定.pdf"


def write(campaign: Campaign, out: Path, *, at: datetime, planted: Sequence[Planted] = ()) -> dict[str, Any]:
    """Write `summary.json`, `archive.zip` and `papers/` into `out`, and return the summary."""
    _write_papers(campaign, out / "papers")
    found = {**summary(campaign, planted), "archive": _write_archive(campaign, out, at=at)}
    (out / "summary.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return found


def _write_archive(campaign: Campaign, out: Path, *, at: datetime) -> dict[str, Any]:
    """The archive as the office would make it, and whether it proves itself."""
    made = archive_campaign(campaign, actor=system_member(campaign.union), at=at)
    (out / ARCHIVE).write_bytes(made.content)
    report = verify(Archive.read(out / ARCHIVE), expect=made.head)
    return {
        "sha256": made.sha256,
        "verified": report.verified,
        **({} if report.verified else {"problems": [line for line in report.lines() if "不符" in line]}),
    }


def summary(campaign: Campaign, planted: Sequence[Planted] = ()) -> dict[str, Any]:
    verification = audit.verify(campaign.union)
    titles, honours = _awards(campaign)
    return {
        "ruleset": campaign.rules.code,
        "ruleset_sha256": campaign.rules_sha256,
        "quota": campaign.rules.quota.places,
        "applications": Application.objects.filter(campaign=campaign).count(),
        "stages": [_stage(stage, planted) for stage in campaign.stages.order_by("position")],
        "awards": titles,
        "honours": honours,
        "ledger": _ledger(campaign),
        "benefits": _benefits(campaign),
        "reprints": Reprint.objects.filter(certificate__campaign=campaign, file__isnull=False).count(),
        "failures": failures(campaign),
        "audit": {
            "entries": verification.entries,
            "head": verification.head,
            "verified": verification.verified,
        },
    }


def _ledger(campaign: Campaign) -> list[dict[str, Any]]:
    """The sums of every kind of payment, in words that an office checks against its books."""
    return [
        {
            "label": state.fund.label,
            "people": state.figures.people,
            "owed": ledger.yuan(state.figures.owed),
            "paid": ledger.yuan(state.figures.paid),
            "left": ledger.yuan(state.figures.left),
        }
        for state in fund_states(campaign)
        if state.figures.people
    ]


def _benefits(campaign: Campaign) -> dict[str, str]:
    return {state.promise.label: state.words for state in promise_states(campaign) if state.people}


def _stage(stage: Stage, planted: Sequence[Planted]) -> dict[str, Any]:
    """What became of everybody who came before a stage.

    `entered` = `passed` + `rejected`: those it decided on. `left` are those who came that far and were gone before it did
    (withdrawn, not mended in time, disqualified), so that `entered` + `left` is what the stage before it let through.
    `ballots` are those cast in a public vote. `returned` counts people sent back for correction while it was open, whatever became of them.
    """
    verdicts = list(Outcome.objects.standing().filter(stage=stage).values_list("verdict", flat=True))
    passed = sum(verdict in PASSING for verdict in verdicts)
    returned = stage.campaign.applications.filter(
        returns__unit__isnull=True, returns__at__gte=stage.opened_at, returns__at__lte=stage.closed_at
    )
    return {
        "kind": stage.kind,
        "label": stage.label,
        "entered": len(verdicts),
        "passed": passed,
        "rejected": len(verdicts) - passed,
        "returned": returned.distinct().count(),
        "left": _came(stage) - len(verdicts),
        **({"ballots": Vote.objects.filter(poll__stage=stage).count()} if stage.kind == "public_vote" else {}),
        **_votes(stage, next((one for one in planted if one.stage == stage.pk), None)),
    }


def _votes(stage: Stage, planted: Planted | None) -> dict[str, Any]:
    """Of a vote: how much of what was bought was set aside, and whether counting every ballot anew gives what the stage says."""
    if planted is None:
        return {}
    poll = selectors_polls.polls(stage.union).get(stage=stage)
    aside = selectors_counts.votes_aside(selectors_counts.asides(poll))
    right = len(aside & planted.votes)
    said = dict(Outcome.objects.filter(stage=stage, revision=0).values_list("application_id", "reason"))
    again = outcome_words(_recount(poll, aside))
    same = all(said[case].startswith(words) for case, words in again.items() if case in said)
    found = {
        "bought": len(planted.votes),
        "set_aside": len(aside),
        "precision": _share(right, len(aside)),
        "recall": _share(right, len(planted.votes)),
        "recounted": same,
    }
    words = (
        f"{stage.label}：买来 {found['bought']:,} 票，剔除 {found['set_aside']:,} 票，"
        f"查准率 {found['precision']:.2%}，查全率 {found['recall']:.2%}；逐票重新计票{'与结论一致' if same else '与结论不符'}"
    )
    return {"votes": {**found, "words": words}}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _recount(poll: Poll, aside: set[int]) -> Count:
    """The count by reading the log of votes one by one, with none of the sums that pages use."""
    rule = selectors_polls.vote_rule(poll.stage)
    online: Counter[int] = Counter()
    ballots = 0
    for pk, choices in Vote.objects.filter(poll=poll).values_list("pk", "choices").iterator(chunk_size=5000):
        if pk not in aside:
            ballots += 1
            online.update(choices)
    entered = selectors_counts.channels_of(poll, without=aside, recount=True)
    kinds = selectors_counts.channels_rule(rule)
    channels = [
        replace(one, votes=dict(online), ballots=ballots) if kind.how == "online" else one
        for kind, one in zip(kinds, entered, strict=True)
    ]
    fold = selectors_counts.fold_of(rule)
    rows = selectors_counts.standings(selectors_polls.candidates_of(poll), channels, fold)
    return Count(rows, channels, fold, len(aside))


def _came(stage: Stage) -> int:
    """How many were let through to a stage that is for them, whether or not it decided on them."""
    source = stage.campaign.rules.previous(stage_rule(stage))
    aside = len(passing_by(stage))
    if source is None:
        return stage.campaign.applications.filter(number__gt="").count() - aside
    before = stage.campaign.stages.get(key=source.id)
    before.campaign = stage.campaign
    through = Outcome.objects.standing().filter(stage=before, verdict__in=PASSING).count()
    return through + len(passing_by(before)) - aside


def failures(campaign: Campaign) -> dict[str, int]:
    """What went wrong on purpose, counted on what the services wrote, not on what was meant to happen."""
    people = campaign.applications
    rejected = Outcome.objects.standing().filter(stage__campaign=campaign, verdict=Verdict.REJECTED)
    returned = Return.objects.filter(application__campaign=campaign, unit__isnull=True)
    recused = Recusal.objects.filter(application__campaign=campaign)
    objections = Objection.objects.filter(notice__stage__campaign=campaign)
    return {
        "ineligible": rejected.filter(stage__kind="qualification").count(),
        "late": people.filter(state=State.LAPSED, number="", handed_at__isnull=True).count(),
        "over_unit_quota": people.filter(
            state=State.LAPSED, number="", unit__isnull=False, handed_at__isnull=False
        ).count(),
        "withdrawn": people.filter(state=State.WITHDRAWN).count(),
        "returned": returned.count(),
        "never_answered": returned.filter(answered_at__isnull=True).count(),
        "conflicts_declared": recused.filter(source=RecusalSource.DECLARED).count(),
        "conflicts_found": recused.filter(source=RecusalSource.FOUND).count(),
        "objections_upheld": objections.filter(state=ObjectionState.UPHELD).count(),
        "objections_dismissed": objections.filter(state=ObjectionState.DISMISSED).count(),
    }


def _awards(campaign: Campaign) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    kinds = {rule.id: rule.kind for rule in campaign.rules.awards}
    found: dict[str, list[dict[str, Any]]] = {"title": [], "second": []}
    for award in Award.objects.filter(campaign=campaign).select_related("application", "certificate").order_by("pk"):
        certificate = getattr(award, "certificate", None)
        found[kinds[award.award]].append(
            {
                "award": award.label,
                "application": award.application.number,
                "name": award.application.name,
                "employer": award.application.employer,
                "certificate": certificate.number if certificate else None,
            }
        )
    return found["title"], found["second"]


def _write_papers(campaign: Campaign, folder: Path) -> None:
    """Further forms stand in folders of their own beside the first; what cannot be printed leaves a note with the reason."""
    (folder / "certificates").mkdir(parents=True, exist_ok=True)
    filed = list(Application.objects.filter(campaign=campaign, number__gt="").order_by("number"))
    kinds = form_papers(campaign.rules)
    for application in filed:
        submission = Submission.objects.filter(application=application).latest("version")
        opinions = stage_opinions(application)
        for n, paper in enumerate(kinds):
            place = folder / "forms" / (paper.id if n else "")
            place.mkdir(parents=True, exist_ok=True)
            name = f"{application.number}-{application.name}{f'-{paper.title}' if n else ''}".replace("/", "-")
            try:
                (place / f"{name}.pdf").write_bytes(form_pdf(submission, opinions=opinions, paper=paper.id))
            except (MissingGlyph, PaperError) as error:
                (place / f"{name}-没有打印.txt").write_text(f"{error}\n", encoding="utf-8")
    for version in NoticeVersion.objects.filter(notice__stage__campaign=campaign).select_related("notice__stage"):
        name = f"notice-{version.notice.stage.key}-v{version.version}.pdf"
        (folder / name).write_bytes(papers.notice_pdf(version))
    if campaign.awards.exists():
        (folder / DECISION).write_bytes(papers.decision_pdf(campaign))
    for certificate in campaign.certificates.exclude(file=None).select_related("file"):
        assert certificate.file is not None
        with certificate.file.file.open("rb") as made:
            (folder / "certificates" / f"{certificate.number}.pdf").write_bytes(made.read())
    _write_ledger(campaign, folder)
    for poll in selectors_polls.polls(campaign.union).filter(stage__campaign=campaign):
        (folder / f"vote-{poll.stage.key}.pdf").write_bytes(papers.poll_pdf(poll))
    (folder / SHEET).write_bytes(summary_sheet(campaign, filed))


def _write_ledger(campaign: Campaign, folder: Path) -> None:
    """The first list of every kind of payment, the certificates printed again, the names put forward, the benefits."""
    funds = {fund.source: fund for fund in ledger.funds_of(campaign.rules)}
    first = {listed.source: listed for listed in payment_lists(campaign)}
    for source, listed in first.items():
        name = f"{funds[source].label}{ledger.month_words(listed.month)}发放名单.xlsx"
        (folder / name).write_bytes(sheets_ledger.payment_sheet(listed, funds[source], list_lines(listed)))
    for sheet in Reprint.objects.filter(certificate__campaign=campaign).exclude(file=None).select_related("file"):
        assert sheet.file is not None
        with sheet.file.file.open("rb") as made:
            (folder / sheet.file.name).write_bytes(made.read())
    for promise in ledger.promises_of(campaign.rules):
        people = given(campaign, promise)
        forward = [one for one in people if one.state == GrantState.FORWARD]
        if forward:
            paper = papers.put_forward_pdf(campaign, promise, forward, at=forward[0].award.at)
            (folder / f"{promise.label}申报.pdf").write_bytes(paper)
        if people:
            (folder / f"{promise.label}台账.xlsx").write_bytes(
                sheets_ledger.benefit_sheet(campaign.title, promise, people)
            )
