"""The leading group's papers after GB/T 9704-2012: minutes, resolutions; and the counting sheet of a panel's vote."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, Final

from django.utils import timezone

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules.schema import RuleSet
from campaigns.selectors import stage_rule
from documents.paper.official import Block, Heading, List, OfficialDocument, Paragraph, notice_pdf
from review import desk, motions, selectors, tally
from review.desk_meetings import title_of
from review.models import BallotRound, Expert, Resolution
from review.models_meetings import AgendaItem, MeetingRecord
from review.ranking import sha256_of
from review.services.ballots import ballot_of
from review.services.seating import rule_of
from review.states import ItemState, Matter, Presence, Resolved, Subject, VoteMethod
from unions.models import Member

_NUMERALS: Final = "一二三四五六七八九十"
_DECIDED: Final[Mapping[str, str]] = {Resolved.CONFIRM: "通过", Resolved.STRIKE: "不予通过"}


def _grouped(digest: str) -> str:
    """A digest in groups, which a line can break between and a reader compare."""
    return " ".join(wrap(digest, 8))


def _numeral(n: int) -> str:
    """1 → 一 … 99 → 九十九, for headings."""
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_NUMERALS[tens - 1]}十"
    return head + (_NUMERALS[ones - 1] if ones else "")


def _group(rules: RuleSet) -> str:
    return rules.basis.leading_group or "领导小组"


def _day(iso: Any) -> str:
    return f"{iso:%Y年%-m月%-d日}"


def _signing(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> List:
    """A table with an empty column to sign in."""
    return List(
        columns=(*columns, "签名"), rows=tuple((*row, "") for row in rows), widths=(*(10 for _ in columns), 16), names=0
    )


# --- minutes ----------------------------------------------------------------------------------------------------------


def minutes_pdf(record: MeetingRecord) -> bytes:
    return notice_pdf(minutes_document(record))


def minutes_document(record: MeetingRecord) -> OfficialDocument:
    """The minutes (会议纪要) from the frozen record alone: names are looked up, nothing else is. Minutes bear no seal."""
    meeting, said = record.meeting, record.content
    rules, names = meeting.campaign.rules, _names(record)
    items = AgendaItem.objects.select_related("stage", "investigation__application").in_bulk(
        [row["item"] for row in said["items"]]
    )
    came = {presence: [row for row in said["attendance"] if row["presence"] == presence] for presence in Presence}
    body: list[Block] = [
        Paragraph(
            f"{_day(meeting.held_on)}，{names.member(said['chair'])}在{said['place']}主持召开{_group(rules)}第{meeting.number}次会议，"
            f"研究{meeting.campaign.title}有关事项。应到{len(said['attendance'])}人，出席{len(came[Presence.PRESENT])}人。现将会议情况纪要如下。"
        )
    ]
    for n, row in enumerate(said["items"], 1):
        body.append(Heading(f"{_numeral(n)}、{title_of(items[row['item']])}"))
        body += _item_blocks(row, names, meeting.campaign.rules)
    if said["recusals"]:
        body.append(Heading(f"{_numeral(len(said['items']) + 1)}、回避情况"))
        body.append(Paragraph("下列成员对有关人选回避，没有参加其表决，也不计入该人选的应到和出席人数："))
        body.append(
            List(
                columns=("成员", "人选", "理由"),
                rows=tuple(
                    (names.member(row["member"]), names.person(row["application"]), row["reason"])
                    for row in said["recusals"]
                ),
                widths=(12, 12, 34),
                names=0,
            )
        )
    body += [
        Paragraph(f"{words}：{'、'.join(_with_note(row, names) for row in came[presence])}。")
        for presence, words in ((Presence.PRESENT, "出席"), (Presence.EXCUSED, "请假"), (Presence.ABSENT, "缺席"))
        if came[presence]
    ]
    recorder = f"记录：{said['recorder']}。" if said["recorder"] else ""
    body.append(Paragraph(f"主持：{names.member(said['chair'])}。{recorder}"))
    present = [row["member"] for row in came[Presence.PRESENT]]
    body.append(Paragraph("出席人员签名："))
    body.append(_signing(("姓名",), [(names.member(one),) for one in present]))
    return OfficialDocument(
        title=f"关于{meeting.campaign.title}有关事项的会议纪要",
        issuer=f"{_group(rules)}会议纪要",
        document_number=f"第{meeting.number}次",
        body=tuple(body),
        imprint=f"会议纪要于{timezone.localtime(record.at):%Y年%-m月%-d日 %H:%M}固定，此后不再改动　SHA-256 {_grouped(record.sha256)}",
        printed_at=record.at,
    )


class _Names:
    """Names of members, applicants and experts by id, read once."""

    def __init__(
        self, members: Mapping[int, str], people: Mapping[int, Application], experts: Mapping[int, str]
    ) -> None:
        self._members, self._people, self._experts = members, people, experts

    def member(self, pk: int) -> str:
        return self._members[pk]

    def person(self, pk: int) -> str:
        return self._people[pk].name

    def employer(self, pk: int) -> str:
        return self._people[pk].employer

    def expert(self, pk: int) -> str:
        return self._experts[pk]


def _names(record: MeetingRecord) -> _Names:
    said = record.content
    proposals = [row for item in said["items"] for row in item["proposal"]]
    people = {row["application"] for row in proposals if row.get("application") is not None}
    people |= {row["application"] for row in said["recusals"]}
    people |= {
        case for item in said["items"] for vote in item["votes"] for one in vote["questions"] for case in one["cases"]
    }
    members = Member.objects.filter(union=record.union_id, pk__in=[row["member"] for row in said["attendance"]])
    experts = Expert.objects.filter(pk__in=[row["expert"] for row in proposals if "expert" in row])
    return _Names(
        {row.pk: str(row) for row in members.select_related("user")},
        Application.objects.in_bulk(people),
        {row.pk: desk.expert_line(row) for row in experts.select_related("member__user")},
    )


def _with_note(row: Mapping[str, Any], names: _Names) -> str:
    return names.member(row["member"]) + (f"（{row['note']}）" if row["note"] else "")


def _item_blocks(row: Mapping[str, Any], names: _Names, rules: RuleSet) -> Iterator[Block]:
    if row["state"] == ItemState.POSTPONED:
        yield Paragraph("本项未议。")
        return
    yield from (Paragraph(line) for line in row["text"].splitlines() if line.strip())
    if row["reason"]:
        yield Paragraph(f"理由：{row['reason']}")
    if row["matter"] == Matter.PANEL:
        yield Paragraph(f"所报名单：{'、'.join(names.expert(one['expert']) for one in row['proposal'])}。")
    if row["matter"] == Matter.TIE:
        yield Paragraph(f"先后次序：{'、'.join(names.person(one['application']) for one in row['proposal'])}。")
    if row["matter"] == Matter.PLACE:
        taken = row["proposal"][0]["application"]
        yield Paragraph("名额空缺，不递补。" if taken is None else f"由{names.person(taken)}递补。")
    for vote in row["votes"]:
        yield from _vote_blocks(vote, len(row["votes"]) > 1, names)
    if row["matter"] in {Matter.PEOPLE, Matter.LIST} and row["proposal"]:
        yield _people_table(row, names, rules)
    if row["state"] == ItemState.NOT_PASSED:
        yield Paragraph("本项未获通过。")


def _vote_blocks(vote: Mapping[str, Any], several: bool, names: _Names) -> Iterator[Block]:
    head = f"第{_numeral(vote['number'])}轮，" if several else ""
    if vote["voided"]:
        yield Paragraph(f"{head}{VoteMethod(vote['method']).label}，作废：{vote['voided']}。")
    else:
        yield Paragraph(f"{head}{VoteMethod(vote['method']).label}。{_together(vote, names)}")
    for key, casting in sorted(vote["castings"].items()):
        cases = next(one["cases"] for one in vote["questions"] if one["key"] == key)
        word = "通过" if casting["carried"] else "不通过"
        who = "、".join(names.person(case) for case in cases)
        yield Paragraph(f"{who}票数相同，主持人决定{word}，理由：{casting['reason']}。")


MANY: Final = 4
"""Questions up to which the figures stand in the text; of more they stand in the table."""


def _together(vote: Mapping[str, Any], names: _Names) -> str:
    if len(vote["questions"]) > MANY or not vote["counts"]:
        return "各人票数见下表。" if vote["counts"] else ""
    lines = []
    for one in vote["questions"]:
        who = [names.person(case) for case in one["cases"]]
        label = f"{'、'.join(who[:3])}{f'等{len(who)}人' if len(who) > 3 else ''}：" if who else ""
        words = motions.Count.of(vote["counts"][one["key"]], len(one["voters"])).words
        lines.append(f"{label}可表决{len(one['voters'])}人，{words.replace(' ', '')}")
    return f"{'；'.join(lines)}。"


def _people_table(row: Mapping[str, Any], names: _Names, rules: RuleSet) -> List:
    """Everybody with what was proposed, the last figures, what came of it, and the reason where somebody has one."""
    figures: dict[int, Sequence[int]] = {}
    for vote in row["votes"]:
        if not vote["voided"]:
            figures |= {case: vote["counts"].get(one["key"], ()) for one in vote["questions"] for case in one["cases"]}
    rows = []
    for n, one in enumerate(row["proposal"], 1):
        case, votes = one["application"], figures.get(one["application"])
        rows.append(
            (
                str(n),
                names.person(case),
                names.employer(case),
                "，".join([f"拟{_DECIDED[one['decision']]}", *_more(one, rules)]),
                "／".join(map(str, votes)) if votes else "—",
                ("通过" if case in row["carried"] else "未通过") if votes else "未表决",
                one.get("reason", ""),
            )
        )
    return _table(
        ("序号", "姓名", "工作单位", "提议", "赞成／反对／弃权", "结果", "理由"), rows, (6, 10, 16, 10, 12, 8, 16)
    )


def _more(row: Mapping[str, Any], rules: RuleSet) -> list[str]:
    """The category, the tier and the place that somebody is given."""
    labels = {part.id: part.label for part in rules.parts}
    return [labels[row[key]] for key in ("category", "tier") if row.get(key)] + (
        [f"第{row['rank']}名"] if row.get("rank") else []
    )


_SHORT: Final = 5
"""Characters up to which a name needs no wider column."""


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], widths: tuple[float, ...]) -> List:
    """People by name in the second column; the last column, the reasons, only where there are some."""
    wide = max((len(row[1]) for row in rows), default=0)
    widths = (widths[0], widths[1] if wide <= _SHORT else min(1.5 * wide, 18), *widths[2:])
    shown = len(columns) if any(row[-1] for row in rows) else len(columns) - 1
    return List(columns=columns[:shown], rows=tuple(row[:shown] for row in rows), widths=widths[:shown], names=1)


# --- a resolution -----------------------------------------------------------------------------------------------------


def resolution_pdf(resolution: Resolution) -> bytes:
    return notice_pdf(resolution_document(resolution))


def resolution_document(resolution: Resolution) -> OfficialDocument:
    """A resolution (决议) on paper, whether a meeting of this product passed it or its minutes were recorded afterwards."""
    item = getattr(resolution, "item", None)
    called = f"应到{resolution.members}人，" if resolution.members else ""
    if item is None:
        votes = f"{resolution.in_favour}人同意"
        where = ""
    else:
        votes = "经表决（票数见会议纪要）"
        where = f"第{item.meeting.number}次"
    ids = [row["application"] for row in resolution.decisions if row.get("application") is not None]
    people = Application.objects.in_bulk(ids)
    body: list[Block] = [
        Paragraph(
            f"{_day(resolution.met_on)}，{_body_of(resolution)}召开{where}会议，{called}出席{resolution.present}人，{votes}，作出如下决议："
        ),
        *(Paragraph(line) for line in resolution.text.splitlines() if line.strip()),
    ]
    if resolution.reason:
        body.append(Paragraph(f"理由：{resolution.reason}"))
    body += _decisions(resolution, people)
    return OfficialDocument(
        title=f"关于{resolution.campaign.title}\n{_about(resolution)}的决议",
        body=tuple(body),
        signature=(_body_of(resolution),),
        date=_day(resolution.met_on),
        imprint=f"记录于{timezone.localtime(resolution.at):%Y年%-m月%-d日 %H:%M}　SHA-256 {_grouped(resolution_sha256(resolution))}",
        printed_at=resolution.at,
    )


def _body_of(resolution: Resolution) -> str:
    rules, stage = resolution.campaign.rules, resolution.stage
    if resolution.members or stage is None:
        return _group(rules)
    rule = stage_rule(_of(stage, resolution))
    body = {Subject.PANEL: getattr(getattr(rule, "panel", None), "approved_by", None), Subject.LIST: rule.confirmed_by}
    return rules.basis.name_of(body.get(Subject(resolution.subject)) or rule.by)


def _of(stage: Stage, resolution: Resolution) -> Stage:
    stage.campaign = resolution.campaign
    return stage


def _about(resolution: Resolution) -> str:
    label = resolution.stage.label if resolution.stage else ""
    return {
        Subject.PANEL: f"{label}评审团队组成",
        Subject.LIST: f"{label}名单",
        Subject.FINAL: f"{label}名单",
        Subject.REFILL: "空出名额",
    }[Subject(resolution.subject)]


def _decisions(resolution: Resolution, people: Mapping[int, Application]) -> Iterator[Block]:
    experts = [row["expert"] for row in resolution.decisions if "expert" in row]
    if experts:
        lines = desk.names_of_experts(experts)
        listed = tuple((str(n), lines[pk]) for n, pk in enumerate(experts, 1))
        yield List(columns=("序号", "评审专家（工作单位）"), rows=listed, widths=(8, 50))
    if any(row.get("decision") == "leave_empty" for row in resolution.decisions):
        yield Paragraph("空出的名额空缺，不递补。")
    rows: list[tuple[str, ...]] = []
    for row in resolution.decisions:
        if row.get("application") is None:
            continue
        person = people[row["application"]]
        said = "，".join([_DECIDED[row["decision"]], *_more(row, resolution.campaign.rules)])
        rows.append((str(len(rows) + 1), person.name, person.employer, said, row.get("reason", "")))
    if rows:
        yield _table(("序号", "姓名", "工作单位", "决定", "理由"), rows, (6, 10, 20, 12, 22))


def resolution_sha256(resolution: Resolution) -> str:
    """What the paper is known by: the digest of the row, which is never changed."""
    return sha256_of(
        {
            "stage": resolution.stage_id,
            "subject": resolution.subject,
            "met_on": resolution.met_on.isoformat(),
            "members": resolution.members,
            "present": resolution.present,
            "in_favour": resolution.in_favour,
            "text": resolution.text,
            "decisions": resolution.decisions,
            "reason": resolution.reason,
        }
    )


# --- the counting sheet -----------------------------------------------------------------------------------------------


def counting_sheet_pdf(voting: BallotRound) -> bytes:
    return notice_pdf(counting_sheet(voting))


def counting_sheet(voting: BallotRound) -> OfficialDocument:
    """The sheet that those who watched and counted sign (监票计票单): one closed round, valid and void, votes by name."""
    stage = voting.panel.stage
    rule = rule_of(stage)
    ballot = ballot_of(rule)
    rounds = [row for row in selectors.counted_rounds(voting.panel) if row.number <= voting.number]
    candidates = {case for row in rounds for case in row.candidates}
    votes = selectors.votes_of(rounds, candidates)
    terms = selectors.terms_of(stage)
    result, found = tally.follow(votes, terms), votes[-1]
    counts = tally.count(found)
    elected = {case for cases in result.elected[:-1] for case in cases}
    chosen = set(result.chosen)
    people = Application.objects.in_bulk([one.case for one in counts])
    cast, void = len(found.ballots), voting.ballots.filter(void=True).count()
    bounds = {
        (True, True): f"{ballot.min}至{ballot.max}人",
        (True, False): f"至少{ballot.min}人",
        (False, True): f"至多{ballot.max}人",
    }
    each = bounds.get((ballot.min is not None, ballot.max is not None), "不限人数")
    figures = {
        "round": voting.pk,
        "issued": voting.issued,
        "cast": cast,
        "void": void,
        "counts": sorted([one.case, one.votes, one.base] for one in counts),
    }
    body: tuple[Block, ...] = (
        Paragraph(
            f"{timezone.localtime(voting.closed_at):%Y年%-m月%-d日 %H:%M}，{stage.label}第{voting.number}轮投票结束，"
            f"{'无记名' if ballot.secret else '记名'}投票，候选{len(counts)}人，每票选{each}。"
        ),
        Paragraph(f"发出选票{voting.issued or cast}张，收回{cast}张；其中有效票{cast - void}张，废票{void}张。"),
        Paragraph(
            f"入选办法：{tally.MAJORITY_WORDS[ballot.majority]}"
            f"{f'，至多{terms.places}人' if terms.places is not None else ''}。"
            f"{f'此前各轮已入选{len(elected)}人，本轮入选{len(chosen - elected)}人。' if elected else f'本轮入选{len(chosen)}人。'}"
            "可投其票的票数不含应当回避的评委。"
        ),
        List(
            columns=("序号", "姓名", "工作单位", "得票", "可投其票的票数", "结果"),
            rows=tuple(
                (
                    str(n),
                    people[one.case].name,
                    people[one.case].employer,
                    str(one.votes),
                    str(one.base),
                    "入选" if one.case in chosen else "未入选",
                )
                for n, one in enumerate(counts, 1)
            ),
            widths=(6, 11, 22, 7, 11, 9),
            names=1,
        ),
        List(
            columns=("监票人（签名）", "计票人（签名）", "唱票人（签名）"),
            rows=(("", "", ""), ("", "", "")),
            widths=(20, 20, 20),
        ),
    )
    return OfficialDocument(
        title=f"{stage.campaign.title}\n{stage.label}第{voting.number}轮投票监票计票单",
        body=body,
        date=_day(timezone.localtime(voting.closed_at)),
        imprint=f"校验码 {_grouped(sha256_of(figures)[:32])}",
        printed_at=voting.closed_at,
    )
