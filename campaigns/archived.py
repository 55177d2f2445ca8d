"""What a campaign's archive holds of this app: the campaign, its rules with every amendment, its stages and quotas."""

from collections.abc import Iterator
from datetime import date

from campaigns.models import Campaign, RulesVersion, Stage, UnitQuota
from campaigns.rules.loader import from_frozen, sha256
from campaigns.rules.schema import RuleSet
from unions.archive.checks import Problem, apart, at_row, check, every
from unions.archive.layout import Archive, Row
from unions.archive.tables import keep

keep(Campaign, "pk", leave={"rules_data"})  # it stands in the last version
keep(RulesVersion, "campaign")
keep(Stage, "campaign")
keep(UnitQuota, "campaign")

VERSIONS = "campaigns.rulesversion"
STAGES = "campaigns.stage"
every(VERSIONS)
# what was drafted first; every change of it is an amendment, and those stand in rows of their own
apart("campaign.drafted", "ruleset")


def campaign_of(archive: Archive) -> Row:
    (row,) = archive.rows("campaigns.campaign")
    return row


def reference_of(archive: Archive) -> date:
    return date.fromisoformat(campaign_of(archive)["reference_date"])


def last_version(archive: Archive) -> Row:
    return max(archive.rows(VERSIONS), key=lambda row: int(row["number"]))


def rules_of(archive: Archive) -> RuleSet:
    """The rules in force when the archive was made."""
    return from_frozen(last_version(archive)["rules_data"])


def rules_at(archive: Archive, moment: str | None) -> RuleSet:
    """The rules in force at a moment; now without one."""
    return from_frozen(version_at(archive, moment)["rules_data"])


def version_at(archive: Archive, moment: str | None) -> Row:
    then = [row for row in archive.rows(VERSIONS) if moment is not None and row["at"] <= moment]
    return max(then, key=lambda row: int(row["number"])) if then else last_version(archive)


@check("规则与修订的摘要")
def _rules(archive: Archive) -> Iterator[Problem]:
    campaign, versions = campaign_of(archive), sorted(archive.rows(VERSIONS), key=lambda row: int(row["number"]))
    logged = [
        entry
        for entry in archive.entries_of("campaigns.campaign", campaign)
        if entry["action"] in {"campaign.published", "campaign.amended"}
    ]
    for place, row in enumerate(versions):
        if sha256(from_frozen(row["rules_data"])) != row["sha256"]:
            yield at_row(VERSIONS, row, "规则与其摘要不符", "rules_data")
        if row["number"] != place:
            yield at_row(VERSIONS, row, "修订序号不连续", "number")
        if place >= len(logged) or logged[place]["after"]["rules_sha256"] != row["sha256"]:
            yield at_row(VERSIONS, row, "与审计记录中的摘要不符", "sha256")
    if len(logged) != len(versions):
        yield Problem(f"审计记录中有 {len(logged)} 次发布和修订，档案中有 {len(versions)} 版规则")
    if campaign["rules_sha256"] != versions[-1]["sha256"]:
        yield at_row("campaigns.campaign", campaign, "与最后一版规则不符", "rules_sha256")
