"""What is computed again of a review: findings, draws, scores, rankings, votes, outcomes, resolutions, places. Pure.

Everything follows from the rows of an archive and the pure functions that the product itself decides by. How to add a check:
write a function from `Archive` to problems and decorate it with `check`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from applications.judged import judged_later as judged_by_others
from campaigns.archived import STAGES, reference_of, rules_at, rules_of, version_at
from campaigns.rules.coarse import heard
from campaigns.rules.engine import compile_rules
from campaigns.rules.facts import Facts, WaiverState
from campaigns.rules.schema import ExpertReviewStage, FinalApprovalStage, RuleSet, walk
from review import assignment, draw, places, ranking, tally
from review.archived import FINDINGS
from review.motions import SHARE_WORDS, reaches
from review.quantitative import Entry, compute
from review.scopes import Given, settled
from review.selectors import meeting_of, terms_in
from review.selectors_scoring import part_on
from review.services.ballots import signed_value
from review.services.panels import committed
from review.services.rankings import chain_facts, method_of, orderable, scale_of
from review.states import PASSING, Resolved, Seat, Subject, Verdict
from unions.archive.checks import Problem, apart, at_row, check, every, follow, written_by
from unions.archive.layout import Archive, Row, member_of
from unions.chain import commitment

OUTCOMES: Final = "review.outcome"
SCORES: Final = "review.score"
SEATS: Final = "review.panelseat"
PANELS: Final = "review.panel"
ROUNDS: Final = "review.ballotround"
BALLOTS: Final = "review.ballot"
SIGNED: Final = "review.signedballot"
ROLL: Final = "review.rollentry"
RANKINGS: Final = "review.ranking"
PLEDGES: Final = "review.drawpledge"
DRAWS: Final = "review.paneldraw"
RECUSALS: Final = "review.recusal"
RESOLUTIONS: Final = "review.resolution"
TERMS: Final = "review.termsacceptance"
LIKENESSES: Final = "review.likeness"
LIKENESS_WORDS: Final = "review.likenessword"
ALLOTMENT_PLEDGES: Final = "review.allotmentpledge"
ALLOTMENTS: Final = "review.allotment"
ALLOTTED: Final = "review.allottedcase"
HONOURS: Final = "review.honourcheck"
COUNTED: Final = "review.countedhonours"
JUDGEMENTS: Final = "review.judgement"

written_by(
    "outcome.decided",
    "outcome.corrected",
    "rule.judged",
    "draw.pledged",
    "panel.drawn",
    "case.scored",
    "case.assessed",
    "ballot.cast",
    "ranking.cut_set",
    "ranking.tie_decided",
    "resolution.passed",
    "list.confirmed",
    "seat.recused",
    "seat.likeness_settled",
    "panel.allotted",
    "visit.recorded",
)
follow(SEATS, ROUNDS, "review.investigation")
# an officer may give a reason for the verb and the row a fuller one
apart("investigation.decided", "outcome")
apart("place.refilled", "application", "outcome")
apart("draw.pledged", "announced_for")  # the same moment, as it was read where it was written
apart("seat.accepted", "terms")  # the entry has the digest of the text

every(
    OUTCOMES,
    JUDGEMENTS,
    PLEDGES,
    DRAWS,
    SCORES,
    ROLL,
    BALLOTS,
    SIGNED,
    RANKINGS,
    RESOLUTIONS,
    RECUSALS,
    TERMS,
    LIKENESSES,
    LIKENESS_WORDS,
    ALLOTMENT_PLEDGES,
    ALLOTMENTS,
    ALLOTTED,
    HONOURS,
    COUNTED,
    "review.cut",
    "review.tiedecision",
    "review.sitevisit",
    "review.visitphoto",
)


# --- findings ---------------------------------------------------------------------------------------------------------


def judged(archive: Archive, rules: RuleSet) -> dict[int, tuple[dict[str, bool], dict[str, WaiverState]]]:
    """Application → the last word on each rule and on each waiver."""
    waiver_ids = {waiver.id for rule in walk(rules.rules) for waiver in rule.waived_by}
    found: dict[int, tuple[dict[str, bool], dict[str, WaiverState]]] = {}
    for row in sorted(archive.rows(JUDGEMENTS), key=lambda row: int(row["revision"])):
        said, waivers = found.setdefault(row["application"], ({}, {}))
        if row["rule"] in waiver_ids:
            waivers[row["rule"]] = WaiverState.ACCEPTED if row["holds"] else WaiverState.REFUSED
        else:
            said[row["rule"]] = row["holds"]
    return found


def facts_in(archive: Archive, rules: RuleSet) -> dict[int, Facts]:
    """Application → what the engine was told of them."""
    words, later = judged(archive, rules), judged_by_others(rules)
    found = {}
    for row in archive.rows(FINDINGS):
        said, waivers = words.get(row["id"], ({}, {}))
        found[row["id"]] = heard(row, judgements=dict.fromkeys(later, True) | said, waivers=waivers)
    return found


@check("按规则重算的对照结果")
def _findings(archive: Archive) -> Iterator[Problem]:
    rules = rules_of(archive)
    evaluate, reference, facts = compile_rules(rules), reference_of(archive), facts_in(archive, rules)
    submissions = archive.by_id("applications.submission")
    for row in archive.rows(FINDINGS):
        found = evaluate(facts[row["id"]], reference=reference)
        if [[one.rule_id, one.verdict.value] for one in found.walk()] != row["found"]:
            yield at_row(FINDINGS, row, "按规则重算的结果与记录不同", "found")
        if found.overall.value != row["overall"]:
            yield at_row(FINDINGS, row, "按规则重算的结论与记录不同", "overall")
        if submissions.get(row["submission"], {}).get("application") != row["id"]:
            yield at_row(FINDINGS, row, "不是本人的提交版本", "submission")


# --- panels -----------------------------------------------------------------------------------------------------------


def draw_record(drawn: Row, pledge: Row) -> dict[str, Any]:
    """A draw as `review.draw` does it again: what was fixed before, and what opened it."""
    return {
        "record": draw.RECORD,
        "candidates": pledge["facts"] or [{"id": id_} for id_ in pledge["candidates"]],
        "pledged_at": pledge["at"],
        "drawn_at": drawn["at"],
        **{key: pledge[key] for key in _FIXED},
        **{key: drawn[key] for key in ("seed", "public", "result")},
    }


_FIXED: Final = ("conditions", "members", "reserves", "announced", "announced_for", "listed", "commitment")


@check("抽取记录重放")
def _draws(archive: Archive) -> Iterator[Problem]:
    pledges, panels = archive.by_id(PLEDGES), archive.by_id(PANELS)
    for pledge in pledges.values():
        if pledge["facts"] and [one["id"] for one in pledge["facts"]] != pledge["candidates"]:
            yield at_row(PLEDGES, pledge, "名单与名单所载的情况不符", "candidates")
        if pledge["conditions"] and draw.Conditions.read(pledge["conditions"]).plain != pledge["conditions"]:
            yield at_row(PLEDGES, pledge, "不是构成要求", "conditions")
    for row in archive.rows(DRAWS):
        pledge = pledges[row["pledge"]]
        for said in draw.differences(draw_record(row, pledge)):
            yield at_row(DRAWS, row, f"不相符：{said}")
        if panels[row["panel"]]["stage"] != pledge["stage"]:
            yield at_row(DRAWS, row, "名单不是为这个环节固定的", "pledge")
        seated = {seat["expert"] for seat in archive.rows(SEATS, panel=row["panel"])}
        if absent := [expert for expert in row["result"][: pledge["members"]] if expert not in seated]:
            yield at_row(DRAWS, row, f"抽中的专家 {absent[0]} 没有席位", "result")


@check("分配评审的重放")
def _allotments(archive: Archive) -> Iterator[Problem]:
    """Who judges which case follows from the committed secret, the rules and the lists, and was given out as it follows."""
    pledges, seats = archive.by_id(ALLOTMENT_PLEDGES), archive.by_id(SEATS)
    for row in archive.rows(ALLOTMENTS):
        pledge, task = pledges[row["pledge"]], row["task"]
        for said in assignment.differences(
            task,
            secret=row["secret"],
            committed=pledge["commitment"],
            rules=version_at(archive, row["at"])["sha256"],
            seed=row["seed"],
            result=row["result"],
        ):
            yield at_row(ALLOTMENTS, row, said)
        if assignment.Task.read(task).plain != task:
            yield at_row(ALLOTMENTS, row, "不是分配所据的名单", "task")
        if pledge["panel"] != row["panel"] or any(
            seats.get(seat, {}).get("panel") != row["panel"] for seat, _ in task["judges"]
        ):
            yield at_row(ALLOTMENTS, row, "不是这个评审团队的席位", "task")
        kept = {(seat, case) for seat, case in task["kept"]}
        new = {(seat, int(case)) for case, given in row["result"].items() for seat in given} - kept
        if new != {(one["seat"], one["application"]) for one in archive.rows(ALLOTTED, allotment=row["id"])}:
            yield at_row(ALLOTMENTS, row, "分给专家的申报与分配结果不符", "result")
    known = archive.by_id(ALLOTMENTS)
    for one in archive.rows(ALLOTTED):
        if one["allotment"] not in known:
            yield at_row(ALLOTTED, one, "没有这次分配", "allotment")


@check("席位与回避")
def _seats(archive: Archive) -> Iterator[Problem]:
    """Every seat belongs to a panel of the campaign, every likeness that was a conflict is a recusal, and who keeps out of a case
    was not given it afterwards.
    """
    panels, seats = archive.by_id(PANELS), archive.by_id(SEATS)
    for seat in seats.values():
        if seat["panel"] not in panels:
            yield at_row(SEATS, seat, "没有这个评审团队", "panel")
    recused = {(row["seat"], row["application"]): row["at"] for row in archive.rows(RECUSALS)}
    for row in archive.rows(RECUSALS):
        if row["seat"] not in seats:
            yield at_row(RECUSALS, row, "没有这个席位", "seat")
    likenesses = archive.by_id(LIKENESSES)
    for word in archive.rows(LIKENESS_WORDS):
        like = likenesses[word["likeness"]]
        if word["conflict"] and (like["seat"], like["application"]) not in recused:
            yield at_row(LIKENESS_WORDS, word, "认定须回避，档案中没有这项回避", "conflict")
    given_at = {row["id"]: row["at"] for row in archive.rows(ALLOTMENTS)}
    for one in archive.rows(ALLOTTED):
        known = recused.get((one["seat"], one["application"]))
        if known is not None and known <= given_at.get(one["allotment"], ""):
            yield at_row(ALLOTTED, one, "已经回避的申报分给了该专家", "seat")


@check("专家接受的承诺")
def _terms(archive: Archive) -> Iterator[Problem]:
    """What an expert accepted is their own word, of the text whose digest the log has."""
    terms = archive.by_id(TERMS)
    for seat in archive.rows(SEATS):
        if seat["terms"] is not None and terms.get(seat["terms"], {}).get("expert") != seat["expert"]:
            yield at_row(SEATS, seat, "接受的承诺不是本人的", "terms")
        said = [
            entry["after"].get("terms") or entry["after"].get("sha256")
            for entry in archive.entries_of(SEATS, seat)
            if entry["action"] in {"seat.accepted", "seat.terms_accepted"}
        ]
        own = terms.get(seat["terms"], {}).get("text_sha256")
        if [words for words in said if words][-1:] != ([own] if own else []):
            yield at_row(SEATS, seat, "接受的承诺与审计记录不符", "terms")


# --- scores and rankings ----------------------------------------------------------------------------------------------


@check("评分的承诺")
def _scores(archive: Archive) -> Iterator[Problem]:
    """Each sheet opens the commitment that the log took when it was given, with the nonce the log opened at the end."""
    seats = archive.by_id(SEATS)
    nonces: dict[int, dict[int, str]] = {}
    for panel in archive.rows(PANELS):
        for entry in archive.entries_of(PANELS, panel):
            if entry["action"] == "panel.closed":
                nonces[panel["id"]] = dict(entry["after"]["nonces"])
    seen = set()
    for row in archive.rows(SCORES):
        seen.add(row["id"])
        value = committed(row["seat"], row["application"], row["version"], row["points"], row["comment"], row["grade"])
        logged = [entry["after"]["commitment"] for entry in archive.entries_of(SCORES, row)]
        if commitment(value, row["nonce"]) != row["commitment"]:
            yield at_row(SCORES, row, "内容与承诺不符", "commitment")
        if logged != [row["commitment"]]:
            yield at_row(SCORES, row, "与审计记录中的承诺不符", "commitment")
        opened = nonces.get(seats.get(row["seat"], {}).get("panel", 0), {})
        if opened.get(row["id"]) != row["nonce"]:
            yield at_row(SCORES, row, "与评审结束时公开的随机数不符", "nonce")
    if lost := sorted({number for opened in nonces.values() for number in opened} - seen):
        yield at_row(SCORES, {"id": lost[0]}, "审计记录中有，档案中没有")


def _counting(archive: Archive, panel: int) -> dict[int, list[Row]]:
    """Application → the last sheets of those who sat and did not keep out of the case."""
    seats = {seat["id"] for seat in archive.rows(SEATS, panel=panel) if seat["state"] == Seat.ACCEPTED}
    recused = {(row["seat"], row["application"]) for row in archive.rows(RECUSALS)}
    latest: dict[tuple[int, int], Row] = {}
    for row in sorted(archive.rows(SCORES), key=lambda row: int(row["version"])):
        if row["seat"] in seats and (row["seat"], row["application"]) not in recused:
            latest[row["seat"], row["application"]] = row
    found: dict[int, list[Row]] = {}
    for (_, application), row in sorted(latest.items()):
        found.setdefault(application, []).append(row)
    return found


def votes_in(archive: Archive, rounds: Iterable[Row], among: Iterable[int]) -> list[tally.Round]:
    """Closed rounds as the tally takes them, for those who are still in it."""
    staying, votes = set(among), []
    for row in rounds:
        voters = {entry["seat"] for entry in archive.rows(ROLL, round=row["id"])}
        barred = Counter(
            recusal["application"]
            for recusal in archive.rows(RECUSALS)
            if recusal["seat"] in voters and recusal["at"] <= row["closed_at"]
        )
        ballots = tuple(map(frozenset, _named_by(archive.rows(BALLOTS, round=row["id"]))))
        votes.append(tally.Round(tuple(case for case in row["candidates"] if case in staying), ballots, barred))
    return votes


def _named_by(ballots: Iterable[Row]) -> list[list[int]]:
    """Whom each ballot names; a void one counts as cast and names nobody."""
    return [[] if one.get("void") else one["choices"] for one in ballots]


def rounds_of(archive: Archive, panel: int) -> list[Row]:
    """The rounds that were closed and count, in their order."""
    rows = [row for row in archive.rows(ROUNDS, panel=panel) if row["closed_at"] and not row["voided"]]
    return sorted(rows, key=lambda row: int(row["number"]))


def ranked_again(archive: Archive, stage: Row, cases: list[int]) -> tuple[list[dict[str, Any]], str]:
    """The ranking of these cases and the digest of its input, from nothing but the archive."""
    rules, reference = rules_of(archive), reference_of(archive)
    rule = rules.stage(stage["key"])
    assert isinstance(rule, ExpertReviewStage)
    (panel,) = archive.rows(PANELS, stage=stage["id"])
    keys, known = chain_facts(rule), facts_in(archive, rules)
    facts = {case: {key: orderable(key, known.get(case, Facts()), reference) for key in keys} for case in cases}
    if rule.method == "score":
        counting, method = _counting(archive, panel["id"]), method_of(rule, part_on(rule, reference))
        entries = {
            row["application"]: tuple(map(Entry.of, row["entries"])) for row in archive.rows(COUNTED, panel=panel["id"])
        }
        scored = [
            ranking.Scored(
                case,
                tuple(
                    ranking.Sheet(row["seat"], {id_: Decimal(text) for id_, text in row["points"].items()})
                    for row in counting.get(case, ())
                ),
                facts[case],
                entries.get(case, ()),
            )
            for case in cases
        ]
        rows = [_plain(row) for row in ranking.rank(scored, method)]
        return rows, ranking.input_sha256(scored, method)
    by_case = {case: tuple(row.values()) for case, row in facts.items()}
    if rule.method == "ballot":
        terms, votes = terms_in(rule), votes_in(archive, rounds_of(archive, panel["id"]), by_case)
        found = tally.ranked_by_votes(votes, terms, by_case)
        return _places(found), tally.votes_sha256(votes, terms, by_case)
    counting, scale = _counting(archive, panel["id"]), scale_of(rule)
    assessed = [tally.Assessed(case, tuple(row["grade"] for row in counting.get(case, ()))) for case in by_case]
    return _places(tally.ranked_by_grades(assessed, scale, by_case)), tally.grades_sha256(assessed, scale, by_case)


def _plain(row: ranking.Row) -> dict[str, Any]:
    return {"application": row.case, "total": str(row.total), "rank": row.rank, "tied": list(row.tied)}


def _places(found: Iterable[tally.Place]) -> list[dict[str, Any]]:
    return [_plain(place.row) | {"shown": place.shown, "reached": place.reached} for place in found]


def _computable(archive: Archive, stage: Row, cases: list[int]) -> bool:
    """Where equal cases are parted by facts, those of somebody whose key is gone are gone with it; the log still has the digest."""
    rule = rules_of(archive).stage(stage["key"])
    known = archive.by_id(FINDINGS)
    return not (isinstance(rule, ExpertReviewStage) and chain_facts(rule)) or all(case in known for case in cases)


@check("由评分、选票重算的排名")
def _rankings(archive: Archive) -> Iterator[Problem]:
    stages = archive.by_id(STAGES)
    for row in archive.rows(RANKINGS):
        cases = [one["application"] for one in row["rows"]]
        if not isinstance(rules_of(archive).stage(stages[row["stage"]]["key"]), ExpertReviewStage):
            continue  # a stage of an app above ranked: its own check computes it again
        if not _computable(archive, stages[row["stage"]], cases):
            continue
        rows, sha256 = ranked_again(archive, stages[row["stage"]], cases)
        if rows != row["rows"]:
            yield at_row(RANKINGS, row, "重算的名次与存档不同", "rows")
        if sha256 != row["sha256"]:
            yield at_row(RANKINGS, row, "重算所据的评分或选票与存档时不同", "sha256")
        for panel in archive.rows(PANELS, stage=row["stage"]):
            closed = [entry for entry in archive.entries_of(PANELS, panel) if entry["action"] == "panel.closed"]
            if [entry["after"]["ranking_sha256"] for entry in closed] != [row["sha256"]]:
                yield at_row(RANKINGS, row, "与审计记录中的摘要不符", "sha256")
    ranked = {row["stage"] for row in archive.rows(RANKINGS)}
    for panel in archive.rows(PANELS):
        if panel["closed_at"] and panel["stage"] not in ranked:
            yield at_row(PANELS, panel, "评审已经结束，档案中没有排名")


@check("量化分")
def _honours(archive: Archive) -> Iterator[Problem]:
    """The points of each case follow from what counted, no more counted than the office had found to hold, and whoever is ranked
    has their points.
    """
    rules, reference = rules_of(archive), reference_of(archive)
    stages, panels = archive.by_id(STAGES), archive.by_id(PANELS)
    for row in archive.rows(COUNTED):
        rule = rules.stage(stages[panels[row["panel"]]["stage"]]["key"])
        part = part_on(rule, reference) if isinstance(rule, ExpertReviewStage) else None
        if part is None:
            yield at_row(COUNTED, row, "规则没有规定量化分", "panel")
            continue
        if compute(part, map(Entry.of, row["entries"])).points != row["points"]:
            yield at_row(COUNTED, row, "按计入的荣誉重算的量化分与记录不同", "points")
        if len(row["entries"]) > _verified(archive, row["application"], row["at"]):
            yield at_row(COUNTED, row, "计入的多于核实的", "entries")
    for panel in panels.values():
        if not panel["closed_at"]:
            continue
        rule = rules.stage(stages[panel["stage"]]["key"])
        if not isinstance(rule, ExpertReviewStage) or rule.quantitative is None:
            continue
        ranked = {one["application"] for row in archive.rows(RANKINGS, stage=panel["stage"]) for one in row["rows"]}
        if ranked != {row["application"] for row in archive.rows(COUNTED, panel=panel["id"])}:
            yield at_row(PANELS, panel, "有排名的没有量化分，或有量化分的没有排名")


def _verified(archive: Archive, case: int, at: str) -> int:
    """How many of a person's honours the office had found to hold by then."""
    words: dict[tuple[str, str], bool] = {}
    for row in sorted(archive.rows(HONOURS, application=case), key=lambda row: int(row["revision"])):
        if row["at"] <= at:
            words[row["field"], row["entry"]] = row["holds"]
    return sum(words.values())


# --- ballots ----------------------------------------------------------------------------------------------------------


@check("投票的票数与名册")
def _ballots(archive: Archive) -> Iterator[Problem]:
    for row in archive.rows(ROUNDS):
        if not row["closed_at"] or row["voided"]:
            continue
        ballots, roll = archive.rows(BALLOTS, round=row["id"]), archive.rows(ROLL, round=row["id"])
        if len(ballots) != len(roll):
            yield at_row(ROUNDS, row, f"选票 {len(ballots)} 张，名册 {len(roll)} 人")
        closed = next(entry for entry in archive.entries_of(ROUNDS, row) if entry["action"] == "round.closed")
        said = closed["after"]
        if ranking.sha256_of(sorted(map(sorted, _named_by(ballots)))) != said["ballots_sha256"]:
            yield at_row(ROUNDS, row, "选票与计票时的摘要不符")
        if said["ballots"] != len(ballots):
            yield at_row(ROUNDS, row, f"计票时有选票 {said['ballots']} 张，档案中有 {len(ballots)} 张")
        if said.get("void", 0) != sum(bool(one.get("void")) for one in ballots):
            yield at_row(ROUNDS, row, "废票的张数与计票时不同")
        if short := _short_of_quorum(archive, row, len(roll)):
            yield at_row(ROUNDS, row, short, "issued")
        among = [case for case, _, _ in said["counts"]]
        (votes,) = votes_in(archive, [row], among)
        if sorted([one.case, one.votes, one.base] for one in tally.count(votes)) != said["counts"]:
            yield at_row(ROUNDS, row, "重新计票的结果与记录不同")
    yield from _named(archive)


def _short_of_quorum(archive: Archive, row: Row, voted: int) -> str:
    """Whether fewer voted than the rules want before a round may be closed."""
    stage = archive.by_id(STAGES)[archive.by_id(PANELS)[row["panel"]]["stage"]]
    rule, issued = rules_at(archive, row["closed_at"]).stage(stage["key"]), row.get("issued")
    assert isinstance(rule, ExpertReviewStage)
    assert rule.ballot is not None
    if issued is None or voted == issued or reaches(voted, issued, rule.ballot.quorum):
        return ""
    return f"发出选票 {issued} 张，收回 {voted} 张，未达到{SHARE_WORDS[rule.ballot.quorum]}"


def _named(archive: Archive) -> Iterator[Problem]:
    """A ballot by name is the one its voter put in, as the log took it."""
    ballots = archive.by_id(BALLOTS)
    cast = {
        (entry["after"]["round"], entry["after"]["seat"]): entry["after"].get("commitment")
        for entry in archive.entries
        if entry["action"] == "ballot.cast"
    }
    counted = {row["id"] for row in archive.rows(ROUNDS) if row["closed_at"] and not row["voided"]}
    missing = {key for key, committed_to in cast.items() if committed_to and key[0] in counted}
    for row in archive.rows(SIGNED):
        ballot = ballots[row["ballot"]]
        key = ballot["round"], row["seat"]
        value = signed_value(*key, ballot["choices"], void=bool(ballot.get("void")))
        if commitment(value, row["nonce"]) != row["commitment"]:
            yield at_row(SIGNED, row, "选票与承诺不符", "commitment")
        if cast.get(key) != row["commitment"]:
            yield at_row(SIGNED, row, "与投票时审计记录中的承诺不符", "commitment")
        if key not in missing:
            yield at_row(SIGNED, row, "同一专家多出的选票", "seat")
        missing.discard(key)
    if missing:
        yield Problem(f"席位 {min(missing)[1]} 的记名选票不在档案中", member_of(SIGNED))


# --- outcomes ---------------------------------------------------------------------------------------------------------


def standing(rows: Iterable[Row]) -> list[Row]:
    """Those that nothing superseded."""
    rows = list(rows)
    gone = {row["supersedes"] for row in rows if row["supersedes"]}
    return [row for row in rows if row["id"] not in gone]


@check("环节结束时的结论")
def _closings(archive: Archive) -> Iterator[Problem]:
    """What stood when a stage closed is what its entry says stood."""
    for stage in archive.rows(STAGES):
        for entry in archive.entries_of(STAGES, stage):
            if entry["action"] != "stage.closed":
                continue
            then = [row for row in archive.rows(OUTCOMES, stage=stage["id"]) if row["at"] <= entry["at"]]
            stood = sorted([row["application"], row["verdict"], row["rank"]] for row in standing(then))
            if stood != sorted(entry["after"]["outcomes"]):
                yield at_row(STAGES, stage, "结束环节时的结论与审计记录不同")


def settled_again(archive: Archive, ranked: Row, staying: set[int]) -> tuple[ranking.Row, ...]:
    """The archived ranking of those still in it, with people's decisions on ties."""
    rows = tuple(
        ranking.Row(row["application"], Fraction(row["total"]), row["rank"], tuple(row["tied"]))
        for row in ranked["rows"]
    )
    decisions = sorted(
        archive.rows("review.tiedecision", stage=ranked["stage"]), key=lambda row: (row["at"], row["id"])
    )
    return ranking.settle(ranking.only(rows, staying), [row["order"] for row in decisions])


@check("名次与评审结论")
def _placed(archive: Archive) -> Iterator[Problem]:
    """Who goes on from a panel is who stands before the line, in the place that ranking and tie decisions give."""
    for ranked in archive.rows(RANKINGS):
        first = {row["application"]: row for row in archive.rows(OUTCOMES, stage=ranked["stage"], revision=0)}
        if not first:
            continue
        rows = settled_again(archive, ranked, set(first))
        cuts = sorted(archive.rows("review.cut", stage=ranked["stage"]), key=lambda row: int(row["revision"]))
        for row in rows:
            outcome = first[row.case]
            if outcome["rank"] != row.rank:
                yield at_row(OUTCOMES, outcome, f"排名为第 {row.rank}", "rank")
            if cuts and (outcome["verdict"] in PASSING) != (row.rank <= cuts[-1]["passing"]):
                yield at_row(OUTCOMES, outcome, f"前 {cuts[-1]['passing']} 名进入，与结论不符", "verdict")


_DECIDING: Final = frozenset({Subject.FINAL, Subject.REFILL})


@check("决议与结论")
def _resolved(archive: Archive) -> Iterator[Problem]:
    """Everybody a resolution names has the outcome it says, and no outcome names a resolution that does not say it."""
    outcomes: dict[tuple[int, int], Row] = {
        (row["resolution"], row["application"]): row for row in archive.rows(OUTCOMES) if row["resolution"]
    }
    said: set[tuple[int, int]] = set()
    # a list that was merely confirmed gives no outcomes, one that a committee made does
    deciding = {
        row["id"]
        for row in archive.rows(RESOLUTIONS)
        if row["subject"] in _DECIDING
        or any(entry["action"] == "resolution.passed" for entry in archive.entries_of(RESOLUTIONS, row))
    }
    deciding |= {resolution for resolution, _ in outcomes}
    for row in archive.rows(RESOLUTIONS):
        for decision in row["decisions"]:
            if row["id"] not in deciding or "application" not in decision:
                continue
            said.add((row["id"], decision["application"]))
            outcome = outcomes.get((row["id"], decision["application"]))
            if outcome is None:
                yield at_row(RESOLUTIONS, row, f"没有申报 {decision['application']} 的结论", "decisions")
                continue
            yield from _follows(decision, outcome)
    for key, outcome in sorted(outcomes.items()):
        if key not in said:
            yield at_row(OUTCOMES, outcome, "所引的决议没有涉及此人", "resolution")


def _follows(decision: Mapping[str, Any], outcome: Row) -> Iterator[Problem]:
    confirmed = decision["decision"] == Resolved.CONFIRM
    if confirmed != (outcome["verdict"] in PASSING):
        yield at_row(OUTCOMES, outcome, "与决议不符", "verdict")
    for key in ("category", "tier"):
        if decision.get(key, "") != outcome[key]:
            yield at_row(OUTCOMES, outcome, "与决议不符", key)
    if decision.get("rank") is not None and decision["rank"] != outcome["rank"]:
        yield at_row(OUTCOMES, outcome, "与决议不符", "rank")
    if decision.get("reason") and decision["reason"] != outcome["reason"]:
        yield at_row(OUTCOMES, outcome, "与决议不符", "reason")


@check("决议的法定人数")
def _carried(archive: Archive) -> Iterator[Problem]:
    """As many came and agreed as the rules want; where a meeting counted person by person its votes say so themselves."""
    stages = archive.by_id(STAGES)
    voted_on = {row["resolution"] for row in archive.rows("review.agendaitem")}
    for row in archive.rows(RESOLUTIONS):
        if row["stage"] is None or row["id"] in voted_on:
            continue
        rule = meeting_of(rules_at(archive, row["at"]).stage(stages[row["stage"]]["key"]))
        if row["members"] and not reaches(row["present"], row["members"], rule.quorum):
            yield at_row(RESOLUTIONS, row, f"出席人数未达到应到人数的{SHARE_WORDS[rule.quorum]}", "present")
        if not reaches(row["in_favour"], row["present"], rule.majority):
            yield at_row(RESOLUTIONS, row, f"同意人数未达到出席人数的{SHARE_WORDS[rule.majority]}", "in_favour")


@check("名额")
def _quota(archive: Archive) -> Iterator[Problem]:
    """No more people hold the title than the rules have places, in all, in each category and in each tier."""
    rules = rules_of(archive)
    facts = facts_in(archive, rules)
    keys = {stage.id for stage in rules.stages if isinstance(stage, FinalApprovalStage)}
    final = [stage for stage in archive.rows(STAGES) if stage["key"] in keys]
    out = {row["application"] for row in archive.rows(OUTCOMES, verdict=Verdict.DISQUALIFIED.value)}
    for stage in final:
        passed = [
            row
            for row in standing(archive.rows(OUTCOMES, stage=stage["id"]))
            if row["verdict"] in PASSING and row["application"] not in out
        ]
        people = [_person(rules, row, facts.get(row["application"], Facts())) for row in passed]
        counts = list(places.count_title(rules, people, people, elsewhere=0))
        for one in places.departed(counts, "must", whole=False):
            yield Problem(one.words, f"tables/{OUTCOMES}.jsonl")


def _person(rules: RuleSet, row: Row, facts: Facts) -> places.Person:
    given = settled(rules, facts.scope, Given(row["category"], row["tier"]))
    return places.Person(row["application"], facts, given.category, given.tier)
