"""What a campaign's archive holds of this app. No name, no number, no answer in clear: those stand in the sealed submissions."""

from collections.abc import Iterator

from applications.models import (
    Application,
    Confirmation,
    InternalNotice,
    Material,
    Merging,
    PreferenceOrder,
    Recommendation,
    Return,
    Reveal,
    Source,
    Submission,
)
from applications.models_inbox import ApplicationFacts, Assignment, Note
from unions.archive.checks import Problem, apart, at_row, check, every
from unions.archive.layout import Archive
from unions.archive.tables import keep, keep_log_of

_IN_CLEAR = ("name", "employer", "trade", "answers", "touched", "carried", "revision", "saved_at")
keep(
    Application,
    "campaign",
    leave={*_IN_CLEAR, "claim_digest", "id_index"},
    digest={"nomination_reason"},
)
keep(ApplicationFacts, "campaign")
keep(Confirmation, "application__campaign", leave={"contact", "token_digest", "code_digest", "attempts"})
keep(InternalNotice, "application__campaign", digest={"place", "settlement"})
keep(
    Material,
    "application__campaign",
    plus={"sha256": "file__sha256", "size": "file__size", "content_type": "file__content_type"},
)
keep(Merging, "ended__campaign")
keep(PreferenceOrder, "campaign")
keep(Recommendation, "application__campaign", digest={"opinion", "quota_reason"})
keep(Return, "application__campaign", digest={"reason", "reasons"})
keep(Reveal, "application__campaign")
keep(Source, "application__campaign")
keep(Submission, "application__campaign")
keep_log_of(Assignment, "campaign")
keep_log_of(Note, "application__campaign")

SUBMISSIONS = "applications.submission"
every(SUBMISSIONS, "applications.reveal", "applications.merging")
apart("application.started", "state")


@check("提交版本与审计记录")
def _submissions(archive: Archive) -> Iterator[Problem]:
    """Every frozen version is the one whose salted digest the log took when it was handed in."""
    applications = archive.by_id("applications.application")
    for row in archive.rows(SUBMISSIONS):
        entries = archive.entries_of("applications.application", applications[row["application"]])
        said = [
            entry["after"]["digest"]
            for entry in entries
            if entry["after"] and entry["after"].get("version") == row["version"] and "digest" in entry["after"]
        ]
        if row["digest"] not in said:
            yield at_row(SUBMISSIONS, row, "与审计记录中的摘要不符", "digest")
