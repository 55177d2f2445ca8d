"""What workers make: the batch of certificates, each exactly once however often a worker dies; and rehearsals."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.rules.schema import Award as AwardRule
from documents.jobs import Clock, handler
from documents.models import Job
from documents.paper.certificates import CertificateText, chinese_date, render_batch
from documents.paper.designs import DESIGNS
from documents.services import add_output, beat
from publicity.models import Certificate
from publicity.states import CERTIFICATES, REHEARSAL
from unions.permits import Refused

PDF: Final = "application/pdf"
STEPS_BESIDES_PEOPLE: Final = 8
"""Lines a rehearsal prints besides one for each person: stages, awards, papers."""
_TYPES: Final = {
    ".pdf": PDF,
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@handler(CERTIFICATES)
def make_certificates(job: Job, *, at_clock: Clock) -> None:
    """One PDF for every certificate of the campaign that has none. What exists stays as it is."""
    campaign = Campaign.objects.for_union(job.union).get(pk=job.params["campaign"])
    rules = {rule.id: rule for rule in campaign.rules.awards}
    due = list(
        Certificate.objects.filter(campaign=campaign, file__isnull=True)
        .select_related("award__application", "campaign", "union")
        .order_by("award__award", "sequence")
    )
    for award, group in groupby(due, key=lambda certificate: certificate.award.award):
        for certificate, pdf in _sheets(list(group), rules[award]):
            with transaction.atomic():
                output = add_output(
                    job,
                    str(certificate.pk),
                    content=pdf,
                    name=f"{certificate.number}.pdf",
                    content_type=PDF,
                    at=at_clock(),
                )
                Certificate.objects.filter(pk=certificate.pk, file__isnull=True).update(file=output.file)


def _sheets(certificates: list[Certificate], rule: AwardRule) -> Iterator[tuple[Certificate, bytes]]:
    assert rule.certificate is not None
    texts = [certificate_text(certificate, rule) for certificate in certificates]
    sheets = render_batch(texts, DESIGNS[rule.certificate.design])
    for certificate, (_, pdf) in zip(certificates, sheets, strict=True):
        yield certificate, pdf


def certificate_text(certificate: Certificate, rule: AwardRule) -> CertificateText:
    """The words of a sheet, from the rules frozen into the campaign."""
    assert rule.certificate is not None
    rules, award = certificate.campaign.rules, certificate.award
    words = {
        "name": award.application.name,
        "title": award.label,
        "edition": rules.edition or "",
        "hosts": "、".join(rules.basis.hosts),
        "year": award.conferred_on.year,
    }
    return CertificateText(
        number=certificate.number,
        title=award.label,
        edition=rules.edition or "",
        name=award.application.name,
        citation=rule.certificate.wording.format(**words),
        issuers=rule.certificate.signed_by or rules.basis.hosts,
        date=chinese_date(award.conferred_on),
        verify_url=settings.SITE_URL.rstrip("/")
        + reverse("publicity_global:verify", kwargs={"number": certificate.code}),
    )


@handler(REHEARSAL)
def rehearse(job: Job, *, at_clock: Clock) -> None:
    """Play the campaign as drafted in a process that knows no live address, and keep the papers it made."""
    campaign = Campaign.objects.for_union(job.union).select_related("ruleset").get(pk=job.params["campaign"])
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        source, rules, out = Path(folder, "ruleset.toml"), Path(folder, "rules.json"), Path(folder, "out")
        source.write_text(campaign.ruleset.source, encoding="utf-8")
        rules.write_text(json.dumps(campaign.rules_data), encoding="utf-8")
        _play(job, source, rules, out, at_clock)
        papers = [out / "summary.json", *sorted(path for path in (out / "papers").rglob("*") if path.is_file())]
        beat(job, at=at_clock(), total=len(papers))
        for path in papers:
            add_output(
                job,
                hashlib.sha256(str(path.relative_to(out)).encode()).hexdigest()[:32],
                content=path.read_bytes(),
                name=path.name,
                content_type=_TYPES.get(path.suffix, "application/octet-stream"),
                at=at_clock(),
            )


def _play(job: Job, source: Path, rules: Path, out: Path, at_clock: Clock) -> None:
    command = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "rehearse",
        f"--ruleset={source}",
        f"--settings-file={rules}",
        f"--people={job.params['people']}",
        f"--out={out}",
    ]
    steps = job.params["people"] + STEPS_BESIDES_PEOPLE
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for done, _line in enumerate(process.stdout, start=1):
            beat(job, at=at_clock(), done=min(done, steps - 1), total=steps)
        said = process.stderr.read().strip().splitlines()
    if process.returncode:
        raise Refused(f"演练中断：{said[0].removeprefix('CommandError: ') if said else '原因不明'}")
