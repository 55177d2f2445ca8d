"""What workers make: the batch of certificates, each exactly once however often a worker dies; and rehearsals."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.rules.schema import Award as AwardRule
from documents.jobs import Clock, handler
from documents.models import Job
from documents.paper.certificates import CertificateText, chinese_date, missing, render_batch, render_one
from documents.paper.designs import DESIGNS
from documents.paper.fonts import MissingGlyph
from documents.paper.render import PaperError, safe_name
from documents.selectors import keys_done
from documents.services import add_output, beat
from publicity import notify
from publicity.dossiers import dossier
from publicity.models import Certificate
from publicity.models_signing import Reprint, SigningKey
from publicity.policies import can_fetch_archive, can_print_dossiers
from publicity.rehearsal.draft import Draft
from publicity.services.archives import archive_campaign, note_downloaded
from publicity.services.dossiers import due, note_fetched
from publicity.services.signing import signer_of
from publicity.states import ARCHIVE, CERTIFICATES, DOSSIERS, REHEARSAL, REPRINT
from unions.models import Member, Union
from unions.permits import Refused
from unions.policies import can_run_office

log = structlog.get_logger(__name__)

PDF: Final = "application/pdf"
REFUSAL: Final = "CommandError: "
VOTERS: Final = 400
"""Enough of the public for a burst that somebody paid for, and quickly done."""
STEPS_BESIDES_PEOPLE: Final = 8
"""Lines a rehearsal prints besides one for each person: stages, awards, papers."""
_TYPES: Final = {
    ".pdf": PDF,
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _office(member: Member, job: Job) -> bool:
    return can_run_office(member, job.union).allowed


def _setting_up(member: Member, job: Job) -> bool:
    return member.may("run_office", job.union) or member.may("administer", job.union)


@handler(CERTIFICATES, may_read=_office)
def make_certificates(job: Job, *, at_clock: Clock) -> None:
    """One PDF for every certificate of the campaign that has none. What exists stays as it is.

    A sheet that cannot be set stops itself and no other: the job ends with its name once the others are made.
    """
    campaign = Campaign.objects.for_union(job.union).get(pk=job.params["campaign"])
    rules = {rule.id: rule for rule in campaign.rules.awards}
    due = list(
        Certificate.objects.filter(campaign=campaign, file__isnull=True)
        .select_related("award__application", "campaign", "union")
        .order_by("award__award", "sequence")
    )
    beat(job, at=at_clock(), total=job.done + len(due))
    unset: list[str] = []
    key, sign = _signing(job.union, at_clock())
    for award, group in groupby(due, key=lambda certificate: certificate.award.award):
        for certificate, pdf in _sheets(list(group), rules[award], unset):
            with transaction.atomic():
                output = add_output(
                    job,
                    str(certificate.pk),
                    content=sign(pdf),
                    name=f"{certificate.number}.pdf",
                    content_type=PDF,
                    at=at_clock(),
                )
                made = Certificate.objects.filter(pk=certificate.pk, file__isnull=True)
                if made.update(file=output.file, signer=key):
                    notify.certificate_ready(certificate, at=at_clock())
    if unset:
        said = "；".join(unset)
        raise Refused(
            f"有 {len(unset)} 份证书没有生成，以下文字没有可用的字体：{said}。其余已生成。请联系平台管理员安装字体后重做"
        )


def _signing(union: Union, at: datetime) -> tuple[SigningKey | None, Callable[[bytes], bytes]]:
    """The union's key and what signs with it; where the union has none, sheets are made without a signature."""
    found = signer_of(union, at=at)
    if found is None:
        return None, lambda pdf: pdf
    key, signer = found
    return key, lambda pdf: signer.sign(pdf, reason=f"{union.name}颁发证书"[:60])


@handler(REPRINT, may_read=_office)
def make_reprint(job: Job, *, at_clock: Clock) -> None:
    """One sheet under its next print number and code. What exists stays as it is."""
    reprint = Reprint.objects.select_related(
        "certificate__award__application", "certificate__campaign", "certificate__union"
    ).get(pk=job.params["reprint"], union=job.union)
    if reprint.file_id is not None:
        return
    certificate = reprint.certificate
    rule = next(one for one in certificate.campaign.rules.awards if one.id == certificate.award.award)
    assert rule.certificate is not None
    design = DESIGNS[rule.certificate.design]
    text = certificate_text(certificate, rule, code=reprint.code, print_number=reprint.print_number)
    try:
        pdf = render_one(text, design)
    except (MissingGlyph, PaperError) as error:
        raise Refused(f"证书没有重印：{error}") from error
    key, sign = _signing(job.union, at_clock())
    with transaction.atomic():
        output = add_output(
            job,
            str(reprint.pk),
            content=sign(pdf),
            name=f"{certificate.number}（第{reprint.print_number}次印制）.pdf",
            content_type=PDF,
            at=at_clock(),
        )
        Reprint.objects.filter(pk=reprint.pk, file__isnull=True).update(file=output.file, signer=key)


def _sheets(certificates: list[Certificate], rule: AwardRule, unset: list[str]) -> Iterator[tuple[Certificate, bytes]]:
    """The batch of one award. Whom no face can set is left out and told in `unset`; words too long refuse the batch."""
    assert rule.certificate is not None
    design = DESIGNS[rule.certificate.design]
    texts = [certificate_text(certificate, rule) for certificate in certificates]
    letters = missing(texts, design)
    unset += [
        f"{certificate.award.application.name}（{certificate.number}）的“{'”“'.join(letters[certificate.number])}”"
        for certificate in certificates
        if certificate.number in letters
    ]
    able = [pair for pair in zip(certificates, texts, strict=True) if pair[0].number not in letters]
    if not able:
        return
    try:
        made = render_batch([text for _, text in able], design)
        for (certificate, _), (_, pdf) in zip(able, made, strict=True):
            yield certificate, pdf
    except PaperError as error:
        raise Refused(f"证书没有生成：{error}") from error


def certificate_text(
    certificate: Certificate, rule: AwardRule, *, code: str = "", print_number: int = 1
) -> CertificateText:
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
        + reverse("publicity_global:verify", kwargs={"number": code or certificate.code}),
        print_number=print_number,
    )


@handler(REHEARSAL, may_read=_setting_up)
def rehearse(job: Job, *, at_clock: Clock) -> None:
    """Play the campaign as drafted in a process that knows no live address, and keep the papers it made."""
    campaign = Campaign.objects.for_union(job.union).select_related("ruleset").get(pk=job.params["campaign"])
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        source, draft, out = Path(folder, "ruleset.toml"), Path(folder, "draft.json"), Path(folder, "out")
        source.write_text(campaign.ruleset.source, encoding="utf-8")
        Draft.of(campaign).write(draft)
        _play(job, source, draft, out, at_clock)
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


def _may_fetch(member: Member, job: Job) -> bool:
    campaign = Campaign.objects.for_union(job.union).filter(pk=job.params.get("campaign")).first()
    return campaign is not None and bool(can_fetch_archive(member, campaign))


def _fetched(job: Job, member: Member, at: datetime) -> None:
    note_downloaded(job, actor=member, at=at)


@handler(ARCHIVE, may_read=_may_fetch, fetched=_fetched)
def make_archive(job: Job, *, at_clock: Clock) -> None:
    """The whole archive or none: what a killed worker began, the next makes again from the same entry of the log."""
    campaign = Campaign.objects.for_union(job.union).get(pk=job.params["campaign"])
    if keys_done(job):
        return

    def progress(done: int, total: int) -> None:
        beat(job, at=at_clock(), done=done, total=total)

    made = archive_campaign(campaign, actor=job.requested_by, at=at_clock(), progress=progress)
    add_output(
        job,
        "archive",
        content=made.content,
        name=f"{campaign.title}档案.zip",
        content_type="application/zip",
        at=at_clock(),
    )
    beat(job, at=at_clock(), done=1, total=1)


def _may_read_dossiers(member: Member, job: Job) -> bool:
    """Whoever asked for them alone: another may have to keep out of one of the cases."""
    campaign = Campaign.objects.for_union(job.union).filter(pk=job.params.get("campaign")).first()
    mine = member.pk == job.requested_by_id
    return campaign is not None and mine and bool(can_print_dossiers(member, campaign))


def _dossiers_fetched(job: Job, member: Member, at: datetime) -> None:
    note_fetched(job, actor=member, at=at)


@handler(DOSSIERS, may_read=_may_read_dossiers, fetched=_dossiers_fetched)
def bind_dossiers(job: Job, *, at_clock: Clock) -> None:
    """Each person's file once, however often a worker dies. One that cannot be set stops itself and no other."""
    campaign = Campaign.objects.for_union(job.union).get(pk=job.params["campaign"])
    made, people = keys_done(job), due(campaign, job.requested_by)
    beat(job, at=at_clock(), total=len({*made, *(str(one.pk) for one in people)}))
    unset: list[str] = []
    for application in people:
        if str(application.pk) in made:
            continue
        try:
            content = dossier(application, reader=job.requested_by, at=at_clock())
        except (MissingGlyph, PaperError) as error:
            unset.append(f"{application.name}（{error}）")
            continue
        name = safe_name(f"{application.number}_{application.name}_一人一档")
        add_output(job, str(application.pk), content=content, name=f"{name}.pdf", content_type=PDF, at=at_clock())
    if unset:
        raise Refused(f"有 {len(unset)} 份没有生成：{'；'.join(unset)}。其余已生成，可以下载")


def _play(job: Job, source: Path, draft: Path, out: Path, at_clock: Clock) -> None:
    command = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "rehearse",
        f"--ruleset={source}",
        f"--draft-file={draft}",
        f"--people={job.params['people']}",
        f"--voters={VOTERS}",
        f"--out={out}",
    ]
    steps = job.params["people"] + STEPS_BESIDES_PEOPLE
    # to a file: a pipe that nobody reads while the play goes on would stop the play once it is full
    with TemporaryFile("w+", encoding="utf-8") as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:  # noqa: S603 - ours
            assert process.stdout is not None
            try:
                for done, _line in enumerate(process.stdout, start=1):
                    beat(job, at=at_clock(), done=min(done, steps - 1), total=steps)
            except BaseException:
                process.terminate()  # it stops the play and drops its database
                raise
        errors.seek(0)
        said = errors.read()
    if process.returncode:
        raise Refused(f"演练中断：{_reason(said)}")


def _reason(said: str) -> str:
    """What the play gave as its reason; what else stands among its errors is for the operator."""
    reasons = [line.removeprefix(REFUSAL) for line in said.splitlines() if line.startswith(REFUSAL)]
    if len(reasons) > 1:  # the play's own, then that of the command that started it
        return reasons[0]
    log.error("rehearsal_failed", said=said[-2000:])
    return "出现意外错误，请重做；仍不成功时，请把本页地址发给平台管理员。"
