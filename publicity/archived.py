"""What a campaign's archive holds of this app: what the public was told and said, and the titles that came of it.

Whoever objected stands nowhere in it, and the objection's words are sealed under a key that is not in it. A vote bears the digest of its voter under
the poll's own key, which is not in it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from django.db.models import Q

from campaigns.archived import STAGES, rules_of
from campaigns.rules.schema import PublicVoteStage, RuleSet
from campaigns.states import StageState
from publicity import folding, ledger, selectors_counts
from publicity.models import (
    Award,
    Certificate,
    Notice,
    NoticeLine,
    NoticeVersion,
    Objection,
    Poll,
    PollCandidate,
    Revocation,
    Vote,
)
from publicity.models_gallery import GalleryConsent, GalleryEntry
from publicity.models_ledger import (
    Decision,
    DecisionDraft,
    DecisionLine,
    Entitlement,
    Grant,
    LedgerEntry,
    PaymentList,
    Withdrawal,
    WithdrawalStep,
)
from publicity.models_notices import NoticeDraft
from publicity.models_objections import ObjectionFile, ObjectionStep, Suspension
from publicity.models_polls import ChannelCount, VoteSetAside
from publicity.models_signing import Reprint
from publicity.selectors_counts import Count
from publicity.selectors_polls import Candidate, Seen
from publicity.services.doubts import VERBS
from publicity.states import Act, Entered
from publicity.wording_polls import outcome_words
from review.archive_checks import OUTCOMES, RANKINGS, standing
from review.states import PASSING
from unions.archive.checks import Problem, at_row, check, every, follow, written_by
from unions.archive.layout import Archive, Row
from unions.archive.tables import keep, keep_log_of
from unions.chain import sha256_of

keep(Notice, "stage__campaign")
keep_log_of(NoticeDraft, "stage__campaign")
keep(NoticeVersion, "notice__stage__campaign")
keep(NoticeLine, "version__notice__stage__campaign")
keep(
    Objection,
    "notice__stage__campaign",
    leave={"code_digest", "key", "sender_sealed", "contact_sealed"},
)
keep(ObjectionStep, "objection__notice__stage__campaign")
keep(ObjectionFile, "objection__notice__stage__campaign", plus={"sha256": "file__sha256"})
keep(Suspension, "notice__stage__campaign", digest={"reason"})
keep(Poll, "stage__campaign", leave={"key"})
keep(PollCandidate, "poll__stage__campaign")
keep(Vote, "poll__stage__campaign", only=Q(poll__stage__state=StageState.CLOSED), said="尚未结束的网络投票的选票")
keep(VoteSetAside, "poll__stage__campaign")
keep(ChannelCount, "poll__stage__campaign")
keep(Award, "campaign")
keep(
    Certificate,
    "campaign",
    plus={"sha256": "file__sha256"},
    once={"id", "award", "campaign", "number", "code", "sequence", "issued_at"},  # file and signature are made later
)
keep(Revocation, "certificate__campaign")
# The gallery comes after the campaign and ends when its people wish: its pages and pictures are no proof of anything. What the
# persons said to it is, and what was done about it belongs to the campaign's log.
keep_log_of(GalleryEntry, "application__campaign")
keep(GalleryConsent, "entry__application__campaign")
keep(
    Reprint,
    "certificate__campaign",
    plus={"sha256": "file__sha256"},
    once={"id", "certificate", "print_number", "code", "reason", "at", "by"},
)
keep_log_of(DecisionDraft, "campaign")  # words on the way; what was issued is there
keep(Decision, "campaign")
keep(DecisionLine, "decision__campaign")
keep(Entitlement, "campaign")
keep(PaymentList, "campaign")
keep(LedgerEntry, "entitlement__campaign")
keep(Grant, "award__campaign")
keep(Withdrawal, "award__campaign")
keep(WithdrawalStep, "withdrawal__award__campaign")

CONSENTS: Final = "publicity.galleryconsent"
STEPS: Final = "publicity.objectionstep"
SUSPENSIONS: Final = "publicity.suspension"
VERSIONS: Final = "publicity.noticeversion"
LINES: Final = "publicity.noticeline"
POLLS: Final = "publicity.poll"
CANDIDATES: Final = "publicity.pollcandidate"
VOTES: Final = "publicity.vote"
SET_ASIDE: Final = "publicity.votesetaside"
CHANNEL_COUNTS: Final = "publicity.channelcount"
AWARDS: Final = "publicity.award"
CERTIFICATES: Final = "publicity.certificate"
DECISIONS: Final = "publicity.decision"
DECISION_LINES: Final = "publicity.decisionline"
ENTITLEMENTS: Final = "publicity.entitlement"
LISTS: Final = "publicity.paymentlist"
ENTRIES: Final = "publicity.ledgerentry"
GRANTS: Final = "publicity.grant"
WITHDRAWAL_STEPS: Final = "publicity.withdrawalstep"

follow("publicity.objection")
every(STEPS, SUSPENSIONS, CONSENTS, VERSIONS, LINES, AWARDS, CERTIFICATES, "publicity.revocation")
every(VOTES, CANDIDATES, SET_ASIDE, CHANNEL_COUNTS)
written_by("notice.published", "notice.corrected", "poll.opened", "objection.investigated")
written_by("candidate.suspended", "candidate.released")
every(
    DECISIONS,
    DECISION_LINES,
    ENTITLEMENTS,
    LISTS,
    ENTRIES,
    GRANTS,
    "publicity.reprint",
    "publicity.withdrawal",
    WITHDRAWAL_STEPS,
)
written_by("decision.issued")
written_by("poll.channel_counted", *VERBS.values())


@check("公示各版本")
def _notices(archive: Archive) -> Iterator[Problem]:
    """Every version is what its digest was made of, and the digest is the one the log took."""
    for row in archive.rows(VERSIONS):
        lines = sorted(archive.rows(LINES, version=row["id"]), key=lambda line: int(line["position"]))
        content = {
            "title": row["title"],
            "foreword": row["foreword"],
            "contact": row["contact"],
            "columns": row["columns"],
            "from": row["starts_on"],
            "to": row["ends_on"],
            "version": row["version"],
            "reason": row["change_reason"],
            "lines": [[line["application"], line["digest"]] for line in lines],
        }
        if sha256_of(content) != row["sha256"]:
            yield at_row(VERSIONS, row, "内容与摘要不符", "sha256")
        if [entry["after"]["sha256"] for entry in archive.entries_of(VERSIONS, row)] != [row["sha256"]]:
            yield at_row(VERSIONS, row, "与发布时审计记录中的摘要不符", "sha256")


@check("网络投票的选票与得票")
def _votes(archive: Archive) -> Iterator[Problem]:
    """Every vote keeps to the poll's bounds and counts into the result that was given; that it is the one the log took and
    that none is missing, the digests of the entries say.
    """
    polls, candidates = archive.by_id(POLLS), archive.by_id(CANDIDATES)
    taken: set[Any] = set()
    for row in archive.rows(VOTES):
        poll = polls[row["poll"]]
        once = {(row["poll"], row["voter"], row["day"], row["day_seq"]), (row["poll"], row["voter"], row["seq"])}
        if once & taken or not 1 <= row["day_seq"] <= poll["ballots_per_day"]:
            yield at_row(VOTES, row, "超出每人的票数", "day_seq")
        taken |= once
        named = [candidates.get(id_, {}).get("poll") for id_ in row["choices"]]
        if set(named) != {row["poll"]} or not poll["choices_min"] <= len(named) <= poll["choices_max"]:
            yield at_row(VOTES, row, "不合本次投票的选法", "choices")
    yield from _counted(archive, polls)


@check("存疑选票的剔除")
def _set_aside(archive: Archive) -> Iterator[Problem]:
    """Every act is about votes of its poll that no earlier one had taken out, what follows it repeats them, and nobody confirms
    their own.
    """
    votes, acts = archive.by_id(VOTES), archive.by_id(SET_ASIDE)
    there = {row["poll"] for row in votes.values()}  # votes of a poll that is not over are left out
    out: set[int] = set()
    for row in sorted(acts.values(), key=lambda one: (one["poll"], one["number"])):
        if row["poll"] in there and any(votes.get(vote, {}).get("poll") != row["poll"] for vote in row["votes"]):
            yield at_row(SET_ASIDE, row, "所列选票不是这次投票的", "votes")
        about = acts.get(row["about"])
        if about is not None and (about["votes"], about["poll"]) != (row["votes"], row["poll"]):
            yield at_row(SET_ASIDE, row, "与所针对的剔除不是同一批选票", "votes")
        if (about is None) != (row["act"] in {Act.ASIDE, Act.KEPT}):
            yield at_row(SET_ASIDE, row, "没有针对的剔除，或者不应有", "act")
        if row["act"] == Act.CONFIRMED and about is not None and about["by"] == row["by"]:
            yield at_row(SET_ASIDE, row, "确认人就是提出人", "by")
        if row["act"] == Act.ASIDE:
            if out.intersection(row["votes"]):
                yield at_row(SET_ASIDE, row, "有的选票已经剔除", "votes")
            out.update(row["votes"])
        elif row["act"] == Act.RESTORED:
            out.difference_update(row["votes"])


def _asides(archive: Archive, poll: Row, rule: PublicVoteStage) -> set[int]:
    """The votes that an archived poll does not count."""
    rows = [
        VoteSetAside(id=row["id"], act=row["act"], about_id=row["about"], votes=row["votes"])
        for row in archive.rows(SET_ASIDE, poll=poll["id"])
    ]
    return selectors_counts.votes_aside(selectors_counts.asides_of(rows, confirmed=rule.aside_confirmed))


def _channels(archive: Archive, poll: Row, rule: PublicVoteStage, aside: set[int]) -> list[folding.Channel]:
    """What every channel of an archived poll counts: candidate → votes."""
    counting = [row for row in archive.rows(VOTES, poll=poll["id"]) if row["id"] not in aside]
    online = Counter(choice for row in counting for choice in row["choices"])
    sheets = sorted(archive.rows(CHANNEL_COUNTS, poll=poll["id"]), key=lambda row: int(row["revision"]))
    last = {row["channel"]: row for row in sheets}
    found = []
    for one in selectors_counts.channels_rule(rule):
        votes, ballots = dict(online), len(counting)
        if one.how == "counted":
            sheet = last.get(one.id, {"votes": {}, "ballots": 0})
            votes, ballots = {int(pk): count for pk, count in sheet["votes"].items()}, sheet["ballots"]
        found.append(folding.Channel(one.id, one.label, one.weight, votes, ballots))
    return found


def _counted(archive: Archive, polls: dict[Any, Row]) -> Iterator[Problem]:
    stages, rules = archive.by_id(STAGES), rules_of(archive)
    for id_, poll in sorted(polls.items()):
        own = sorted(archive.rows(CANDIDATES, poll=id_), key=lambda row: int(row["number"]))
        (opened,) = [entry for entry in archive.entries_of(POLLS, poll) if entry["action"] == "poll.opened"]
        if [[row["application"], row["digest"]] for row in own] != opened["after"]["candidates"]:
            yield at_row(POLLS, poll, "人选与发布时不同")
        rule = rules.stage(stages[poll["stage"]]["key"])
        if stages[poll["stage"]]["state"] != "closed" or not isinstance(rule, PublicVoteStage):
            continue
        outcomes = {row["application"]: row for row in archive.rows(OUTCOMES, stage=poll["stage"], revision=0)}
        aside = _asides(archive, poll, rule)
        channels = _channels(archive, poll, rule, aside)
        seen = Seen("", "", [])
        people = [
            Candidate(row["id"], row["number"], row["application"], seen, gone=row["application"] not in outcomes)
            for row in own
        ]
        fold = selectors_counts.fold_of(rule)
        count = Count(selectors_counts.standings(people, channels, fold), channels, fold, len(aside))
        for application, words in outcome_words(count).items():
            outcome = outcomes.get(application)
            if outcome is not None and not outcome["reason"].startswith(words):
                yield at_row(OUTCOMES, outcome, f"重新计票：{words}", "reason")


@check("得票计分的排名")
def _ranked(archive: Archive) -> Iterator[Problem]:
    """Where votes count, the places follow from the votes that count and the totals of the review before."""
    rules, stages = rules_of(archive), archive.by_id(STAGES)
    for poll in archive.rows(POLLS):
        stage = stages[poll["stage"]]
        rule, ranked = rules.stage(stage["key"]), archive.rows(RANKINGS, stage=stage["id"])
        if not isinstance(rule, PublicVoteStage) or not ranked or not archive.rows(VOTES, poll=poll["id"]):
            continue
        (kept,) = ranked
        cases = {one["application"] for one in kept["rows"]}
        ids = {row["id"]: row["application"] for row in archive.rows(CANDIDATES, poll=poll["id"])}
        channels = [
            replace(one, votes={case: one.votes.get(pk, 0) for pk, case in ids.items() if case in cases})
            for one in _channels(archive, poll, rule, _asides(archive, poll, rule))
        ]
        fold, weight = selectors_counts.fold_of(rule), rule.weight or 0
        assert fold is not None
        before = _before(archive, rules, rule) if weight < 100 else {}
        base = {case: before.get(case, Fraction(0)) for case in cases}
        rows = folding.ranked(folding.folded(channels, cases, fold), base, weight)
        again = [[row.case, str(row.total), row.rank, list(row.tied)] for row in rows]
        if again != [[one["application"], one["total"], one["rank"], one["tied"]] for one in kept["rows"]]:
            yield at_row(RANKINGS, kept, "按计入的选票重算的名次不同", "rows")
        if folding.input_sha256(channels, fold, base, weight) != kept["sha256"]:
            yield at_row(RANKINGS, kept, "重算所据的选票与计分时不同", "sha256")
        said = [
            entry["after"]["ranking_sha256"]
            for entry in archive.entries_of(POLLS, poll)
            if entry["action"] == "poll.counted"
        ]
        if said != [kept["sha256"]]:
            yield at_row(RANKINGS, kept, "与审计记录中的摘要不符", "sha256")


def _before(archive: Archive, rules: RuleSet, rule: PublicVoteStage) -> dict[int, Fraction]:
    """Application → the total of the nearest review before the vote."""
    keys = {row["id"]: row["key"] for row in archive.rows(STAGES)}
    totals = {keys[row["stage"]]: row["rows"] for row in archive.rows(RANKINGS)}
    before = selectors_counts.review_before(rules, rule)
    return {one["application"]: Fraction(one["total"]) for one in totals.get(before.id, [])} if before else {}


@check("授予、证书与结论")
def _awards(archive: Archive) -> Iterator[Problem]:
    """Every award rests on an outcome that passed, was put on record, and every certificate belongs to one award."""
    rules = rules_of(archive)
    labels = {rule.id: rule for rule in rules.awards}
    outcomes, stages, awards = archive.by_id(OUTCOMES), archive.by_id(STAGES), archive.by_id(AWARDS)
    valid = {row["id"] for row in standing(outcomes.values())}
    conferred = [entry for entry in archive.entries if entry["action"] == "awards.conferred"]
    said = [tuple(pair) for entry in conferred for pair in entry["after"]["awards"]]
    times = {entry["at"]: entry["actor"] for entry in conferred}
    for row in awards.values():
        outcome, rule = outcomes.get(row["outcome"]), labels.get(row["award"])
        if outcome is None or outcome["verdict"] not in PASSING or outcome["application"] != row["application"]:
            yield at_row(AWARDS, row, "没有通过的结论", "outcome")
        elif rule is not None and stages[outcome["stage"]]["key"] != rule.to.stage:
            yield at_row(AWARDS, row, "不是规则规定的环节的结论", "outcome")
        elif row["outcome"] not in valid and row["at"] < outcome["at"]:
            yield at_row(AWARDS, row, "所据的结论在授予之后", "outcome")
        if (row["award"], row["application"]) not in said:
            yield at_row(AWARDS, row, "审计记录中没有这项授予", "application")
        if times.get(row["at"]) != row["by"]:
            yield at_row(AWARDS, row, "与授予时的审计记录不符", "at" if row["at"] not in times else "by")
    present = {(row["award"], row["application"]) for row in awards.values()}
    for award, application in said:
        if (award, application) not in present:
            yield Problem(f"审计记录中有对申报 {application} 的授予（{award}），档案中没有", f"tables/{AWARDS}.jsonl")
    yield from _certificates(archive, awards)


def _certificates(archive: Archive, awards: dict[Any, Row]) -> Iterator[Problem]:
    numbered = {
        number
        for entry in archive.entries
        if entry["action"] == "certificates.queued"
        for number in entry["after"]["numbered"]
    }
    seen: set[Any] = set()
    for row in archive.rows(CERTIFICATES):
        if row["award"] not in awards or row["award"] in seen:
            yield at_row(CERTIFICATES, row, "没有对应的授予", "award")
        if row["number"] not in numbered:
            yield at_row(CERTIFICATES, row, "审计记录中没有这个编号", "number")
        seen.add(row["award"])
    if lost := sorted(numbered - {row["number"] for row in archive.rows(CERTIFICATES)}):
        yield Problem(f"审计记录中有证书 {lost[0]}，档案中没有", f"tables/{CERTIFICATES}.jsonl")


@check("表彰决定")
def _decisions(archive: Archive) -> Iterator[Problem]:
    """Every decision is what its digest was made of: its words, and who stands on it."""
    for row in archive.rows(DECISIONS):
        lines = sorted(archive.rows(DECISION_LINES, decision=row["id"]), key=lambda line: int(line["position"]))
        words = {name: row[name] for name in ("title", "document_number", "body", "signature", "dated", "reason")}
        content = {**words, "version": row["version"], "lines": [[line["award"], line["digest"]] for line in lines]}
        if sha256_of(content) != row["sha256"]:
            yield at_row(DECISIONS, row, "内容与摘要不符", "sha256")


@check("奖励发放台账")
def _ledger(archive: Archive) -> Iterator[Problem]:
    """What is owed follows from the rules; every list adds up; nothing was paid twice, nor more than was listed."""
    funds = {fund.source: fund for fund in ledger.funds_of(rules_of(archive))}
    for row in archive.rows(ENTITLEMENTS):
        fund = funds.get(row["source"])
        if fund is None or (row["amount"], row["instalments"]) != (fund.amount, fund.instalments):
            yield at_row(ENTITLEMENTS, row, "与规则不符", "amount")
    entries = archive.by_id(ENTRIES)
    for row in archive.rows(LISTS):
        due = [e for e in archive.rows(ENTRIES, on_list=row["id"]) if e["kind"] == Entered.DUE]
        if (len(due), sum(e["amount"] for e in due)) != (row["lines"], row["total"]):
            yield at_row(LISTS, row, "与名单各笔的合计不符", "total")
    paid: set[tuple[Any, Any]] = set()
    for row in entries.values():
        if row["kind"] not in {Entered.PAID, Entered.RELEASED}:
            continue
        listed = entries.get(row["settles"])
        same = ("entitlement", "instalment", "amount", "on_list")
        if listed is None or listed["kind"] != Entered.DUE or any(listed[key] != row[key] for key in same):
            yield at_row(ENTRIES, row, "与所列名单的一笔不符", "settles")
        if row["kind"] == Entered.PAID:
            if (row["entitlement"], row["instalment"]) in paid:
                yield at_row(ENTRIES, row, "同一期重复发放", "instalment")
            paid.add((row["entitlement"], row["instalment"]))
