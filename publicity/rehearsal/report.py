"""What came of a rehearsal: figures as JSON, and every paper the campaign produced."""

import json
from pathlib import Path
from typing import Any

from applications.models import Application, Submission
from applications.papers import form_pdf
from applications.sheets import summary_sheet
from campaigns.models import Campaign, Stage
from publicity import papers
from publicity.models import Award, NoticeVersion
from review.models import Outcome
from review.states import PASSING
from unions import audit

SHEET = "汇总表.xlsx"


def write(campaign: Campaign, out: Path) -> dict[str, Any]:
    """Write `summary.json` and `papers/` into `out`, and return the summary."""
    _write_papers(campaign, out / "papers")
    found = summary(campaign)
    (out / "summary.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return found


def summary(campaign: Campaign) -> dict[str, Any]:
    verification = audit.verify(campaign.union)
    titles, honours = _awards(campaign)
    return {
        "ruleset": campaign.rules.code,
        "ruleset_sha256": campaign.rules_sha256,
        "quota": campaign.rules.quota.places,
        "applications": Application.objects.filter(campaign=campaign).count(),
        "stages": [_stage(stage) for stage in campaign.stages.order_by("position")],
        "awards": titles,
        "honours": honours,
        "audit": {
            "entries": verification.entries,
            "head": verification.head,
            "verified": verification.verified,
        },
    }


def _stage(stage: Stage) -> dict[str, Any]:
    verdicts = Outcome.objects.standing().filter(stage=stage).values_list("verdict", flat=True)
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
    (folder / "forms").mkdir(parents=True, exist_ok=True)
    (folder / "certificates").mkdir(parents=True, exist_ok=True)
    filed = Application.objects.filter(campaign=campaign, number__gt="").order_by("number")
    for application in filed:
        submission = Submission.objects.filter(application=application).latest("version")
        name = f"{application.number}-{application.name}.pdf".replace("/", "-")
        (folder / "forms" / name).write_bytes(form_pdf(submission))
    for version in NoticeVersion.objects.filter(notice__stage__campaign=campaign).select_related("notice__stage"):
        name = f"notice-{version.notice.stage.key}-v{version.version}.pdf"
        (folder / name).write_bytes(papers.notice_pdf(version))
    for certificate in campaign.certificates.exclude(file=None).select_related("file"):
        assert certificate.file is not None
        with certificate.file.file.open("rb") as made:
            (folder / "certificates" / f"{certificate.number}.pdf").write_bytes(made.read())
    (folder / SHEET).write_bytes(summary_sheet(campaign, filed))
