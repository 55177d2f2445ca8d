"""The archive of a campaign proves itself, and whatever is changed in it is found: every value of every kind, one by one."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from tests.publicity import everything
from tests.publicity.everything import Archived
from tests.publicity.forging import computed, rewritten
from unions.archive import checks, layout
from unions.archive.checks import Report, verify
from unions.archive.layout import Archive
from unions.chain import entry_digest, sha256_of

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def whole(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Archived]:
    with django_db_blocker.unblock():
        yield everything.archived()


# --- a forger ---------------------------------------------------------------------------------------------------------


def rows_of(members: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    return [json.loads(text) for text in members[name].splitlines()]


def put(members: Members, name: str, rows: list[dict[str, Any]]) -> None:
    members[name] = b"".join(map(layout.line, rows))


def with_manifest(members: Members) -> Members:
    """The forger computes the manifest again."""
    about = json.loads(members[layout.MANIFEST])
    rest = {name: content for name, content in members.items() if name != layout.MANIFEST}
    about["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in rest.items()}
    return {**rest, layout.MANIFEST: json.dumps(about).encode()}


def with_digests(members: Members) -> Members:
    """… and the digests of rows and fields."""
    digests = {
        name.removeprefix(layout.TABLES).removesuffix(".jsonl"): digests_of(content)
        for name, content in members.items()
        if name.startswith(layout.TABLES)
    }
    return with_manifest({**members, layout.DIGESTS: layout.line(digests)})


@lru_cache(maxsize=200)
def digests_of(content: bytes) -> dict[str, list[str]]:
    rows = map(json.loads, content.splitlines())
    return {str(row["id"]): layout.row_digests(row) for row in rows}


def with_seal(members: Members) -> Members:
    """… and even the entry that seals them, the last of the log: whose digest is then another than the one noted."""
    members = with_digests(members)
    log = rows_of(members, layout.LOG)
    seal = log[-1]
    through = seal["after"]["through"]
    seal["after"]["members"] = layout.sealed_digests(members)
    seal["after"]["told"] = layout.told(entry for entry in log[:through] if "action" in entry)
    seal["after"]["links"] = layout.links(log, through)
    union = json.loads(members[layout.MANIFEST])["union_id"]
    seal["digest"] = entry_digest({**seal, "union": union})
    put(members, layout.LOG, log)
    return with_manifest(members)


def other(value: Any) -> Any:
    """Another value of the same sort."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value[:4].isdigit() and value[4:5] == "-":
            return f"{int(value[:4]) + 1}{value[4:]}"
        case str():
            return (
                f"{value}改" if not value or ord(value[-1]) > 127 else value[:-1] + ("0" if value[-1] != "0" else "1")
            )
        case None:
            return 1
        case list():
            return value[:-1] if value else [1]
        case _:
            return {**value, "forged": 1}


def changed(members: Mapping[str, bytes], name: str, field: str, at: int = 0) -> Members:
    forged, rows = dict(members), rows_of(members, name)
    rows[at][field] = other(rows[at][field])
    put(forged, name, rows)
    return forged


def report(members: Mapping[str, bytes], **more: str) -> Report:
    return verify(Archive(members), **more)


# --- as it was made ---------------------------------------------------------------------------------------------------


def test_the_archive_as_it_was_made_proves_itself(whole: Archived) -> None:
    found = report(whole.members, expect=whole.made.head)

    assert [str(result) for result in found.results if result.problem] == []
    assert found.head == whole.made.head
    kinds = {name for name in whole.members if name.startswith(layout.TABLES) and whole.members[name]}
    assert {layout.member_of(table) for table in (*TAKEN_WHOLE, *CHANGING)} <= kinds
    assert found.about["left_out"] == ["没有用来分配的种子"]


def test_the_same_campaign_gives_the_same_bytes(whole: Archived) -> None:
    assert whole.again.content == whole.made.content
    assert whole.again.head == whole.made.head


def test_the_archive_names_nobody(whole: Archived) -> None:
    everything_in_it = b"".join(whole.members.values()).decode()

    tables = {row["id"] for row in rows_of(whole.members, "tables/applications.application.jsonl")}
    assert tables
    for row in rows_of(whole.members, "tables/applications.application.jsonl"):
        assert not {"name", "employer", "answers", "id_index"} & set(row)
    assert '"id_masked"' not in everything_in_it
    assert not any("birth_date" in row["facts"] for row in rows_of(whole.members, "tables/findings.jsonl"))


def test_it_verifies_where_no_database_answers_and_says_in_words_what_does_not_agree(
    whole: Archived, tmp_path: Any
) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(whole.made.content)
    forged = with_manifest(changed(whole.members, "tables/review.score.jsonl", "points"))
    with bad.open("wb") as target:
        layout.write(target, layout.ordered(forged))
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "verify_archive", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    fine, wrong = run(str(good), "--expect", whole.made.head), run(str(bad))

    assert (fine.returncode, wrong.returncode) == (0, 1)
    assert "全部相符" in fine.stdout
    number = rows_of(forged, "tables/review.score.jsonl")[0]["id"]
    assert f"tables/review.score.jsonl 第 {number} 号 “points”：内容与封存时不同" in wrong.stdout
    assert "不符  评分的承诺" in wrong.stdout


def test_a_file_that_is_no_archive_is_refused_in_words(whole: Archived) -> None:
    with pytest.raises(layout.Unreadable, match="不是档案"):
        Archive.of(whole.made.content[:100])


# --- whatever is changed is found ---------------------------------------------------------------------------------------


def tables_in(members: Mapping[str, bytes]) -> list[str]:
    return sorted(name for name, content in members.items() if name.startswith(layout.TABLES) and content)


def test_every_field_of_every_table_is_found_when_it_is_changed(whole: Archived) -> None:
    """With the manifest computed again, and with the digests of the rows too; the row and the field are named."""
    missed = []
    for name in tables_in(whole.members):
        for field in sorted(rows_of(whole.members, name)[0]):
            forged = changed(whole.members, name, field)
            said = located(forged, name)
            if not any(name in words and (field == "id" or f"“{field}”" in words) for words in said):
                missed.append(f"{name} {field}")
            if not unsealed(forged, name):
                missed.append(f"{name} {field} with its digests")

    assert missed == []


def located(members: Mapping[str, bytes], name: str) -> list[str]:
    """What is wrong with one table by the digests of its rows; the others are left aside, there are hundreds of changes."""
    table = name.removeprefix(layout.TABLES).removesuffix(".jsonl")
    digests = {table: json.loads(members[layout.DIGESTS])[table]}
    archive = Archive({name: members[name], layout.DIGESTS: json.dumps(digests).encode()})
    return [str(problem) for problem in checks._rows(archive)]


def unsealed(members: Mapping[str, bytes], name: str) -> list[str]:
    """What the seal says where the forger has computed the digests of that table's rows again, and the manifest."""
    table = name.removeprefix(layout.TABLES).removesuffix(".jsonl")
    digests = json.loads(members[layout.DIGESTS])
    digests[table] = {str(row["id"]): layout.row_digests(row) for row in rows_of(members, name)}
    archive = Archive(with_manifest({**members, layout.DIGESTS: layout.line(digests)}))
    return [str(problem) for problem in checks._seal(archive)]


def test_a_row_too_few_or_too_many_is_found(whole: Archived) -> None:
    missed = []
    for name in tables_in(whole.members):
        rows = rows_of(whole.members, name)
        for what, forged_rows in (("removed", rows[1:]), ("added", [*rows, {**rows[0], "id": 999_999}])):
            forged = dict(whole.members)
            put(forged, name, forged_rows)
            if not located(forged, name) or not unsealed(forged, name):
                missed.append(f"{name} {what}")

    assert missed == []


def test_every_field_of_the_log_is_found_when_it_is_changed(whole: Archived) -> None:
    missed = []
    log = rows_of(whole.members, layout.LOG)
    link = next(place for place, entry in enumerate(log) if "action" not in entry)
    entry = next(place for place, entry in enumerate(log) if entry.get("action") == "outcome.decided")
    for at in (link, entry, len(log) - 1):
        missed += [
            f"{at} {field}"
            for field in sorted(log[at])
            if report(with_manifest(changed(whole.members, layout.LOG, field, at))).verified
        ]
    for at in (link, entry, len(log) - 1):
        forged = dict(whole.members)
        put(forged, layout.LOG, log[:at] + log[at + 1 :])
        if report(with_manifest(forged)).verified:
            missed.append(f"{at} removed")

    assert missed == []


TAKEN_WHOLE = (
    "review.score",
    "review.ballot",
    "review.signedballot",
    "review.outcome",
    "review.drawpledge",
    "review.paneldraw",
    "review.ranking",
    "review.resolution",
    "review.judgement",
    "review.cut",
    "review.recusal",
    "review.termsacceptance",
    "review.likeness",
    "review.likenessword",
    "review.allotmentpledge",
    "review.allotment",
    "review.allottedcase",
    "review.honourcheck",
    "review.countedhonours",
    "review.meetingrecusal",
    "review.motionroll",
    "review.meetingrecord",
    "review.sitevisit",
    "review.visitphoto",
    "publicity.vote",
    "publicity.votesetaside",
    "publicity.channelcount",
    "publicity.noticeversion",
    "publicity.noticeline",
    "publicity.award",
    "publicity.certificate",
    "publicity.reprint",
    "publicity.decision",
    "publicity.decisionline",
    "publicity.entitlement",
    "publicity.paymentlist",
    "publicity.ledgerentry",
    "publicity.grant",
    "publicity.withdrawal",
    "publicity.withdrawalstep",
    "campaigns.rulesversion",
)
"""What the log took when it was written, so that not even whoever seals the archive anew can change it."""


MADE_LATER = {
    "publicity.certificate": {"file", "sha256", "signer"},  # the sheet is made by a worker afterwards
    "publicity.reprint": {"file", "sha256", "signer"},
    "review.visitphoto": {"sha256"},  # looked up in the file
}
"""Only the seal vouches for these."""


CHANGING = ("review.meeting", "review.attendance", "review.agendaitem", "review.motionvote")
"""Rows of the new rooms that change; what they came to is in the minutes."""


def survives(members: Members) -> bool:
    """Whether nobody notices although the forger seals anew. Asks what the log took first: no seal changes what that finds."""
    return not any(checks._taken(Archive(members))) and report(with_seal(members)).verified


@pytest.mark.parametrize("table", TAKEN_WHOLE)
def test_what_the_log_took_when_it_was_written_cannot_be_changed_by_sealing_anew(whole: Archived, table: str) -> None:
    name = layout.member_of(table)
    missed = [
        field
        for field in sorted(set(rows_of(whole.members, name)[0]) - MADE_LATER.get(table, set()))
        if survives(changed(whole.members, name, field))
    ]

    assert missed == []


@pytest.mark.parametrize("table", TAKEN_WHOLE)
def test_a_row_that_the_log_does_not_know_or_misses_is_found_although_sealed_anew(whole: Archived, table: str) -> None:
    name = layout.member_of(table)
    rows = rows_of(whole.members, name)
    for forged_rows in (rows[1:], [*rows, {**rows[0], "id": 999_999}]):
        forged = dict(whole.members)
        put(forged, name, forged_rows)

        assert not survives(forged)


@pytest.mark.parametrize(
    ("title", "table", "fields"),
    [
        ("抽取记录重放", "review.paneldraw", "seed public result panel"),
        (
            "抽取记录重放",
            "review.drawpledge",
            "facts candidates conditions announced announced_for members listed commitment",
        ),
        ("分配评审的重放", "review.allotment", "secret seed task result"),
        ("分配评审的重放", "review.allotmentpledge", "commitment panel"),
        ("分配评审的重放", "review.allottedcase", "application seat allotment"),
        ("量化分", "review.countedhonours", "entries points panel application"),
        ("由评分、选票重算的排名", "review.countedhonours", "entries"),
        ("由评分、选票重算的排名", "review.ranking", "rows sha256"),
        ("专家接受的承诺", "review.termsacceptance", "text_sha256"),
        ("专家接受的承诺", "review.termsacceptance", "expert"),
        ("会议纪要", "review.meeting", "place recorder chair held_on number"),
        ("会议纪要", "review.attendance", "employer note member presence"),
        ("会议纪要", "review.meetingrecusal", "member application reason source"),
        ("会议纪要", "review.agendaitem", "proposal text reason matter state resolution"),
        ("会议纪要", "review.motionvote", "questions counts method voided"),
        ("会议纪要", "review.meetingrecord", "content sha256"),
        ("领导小组会议的表决", "review.motionroll", "member vote"),
        ("表彰决定", "publicity.decision", "title body signature dated document_number version sha256"),
        ("表彰决定", "publicity.decisionline", "award digest"),
        ("奖励发放台账", "publicity.entitlement", "amount instalments source"),
        ("奖励发放台账", "publicity.paymentlist", "total lines"),
        ("存疑选票的剔除", "publicity.votesetaside", "votes act"),
        ("网络投票的选票与得票", "publicity.channelcount", "votes ballots"),
    ],
)
def test_what_is_computed_again_finds_it_by_itself(whole: Archived, title: str, table: str, fields: str) -> None:
    """Without any digest of rows: the value no longer follows, or nothing follows from it."""
    name, check = layout.member_of(table), checks._checks[title]
    missed = [
        field
        for field in fields.split()
        if checks._run(title, check, Archive(changed(whole.members, name, field))).problem is None
    ]

    assert missed == []


def test_cases_given_out_and_honours_counted_say_what_is_wrong_with_them(whole: Archived) -> None:
    archive = Archive(whole.members)
    given = archive.tables["review.allottedcase"][0]

    def said(title: str, table: str, **values: Any) -> str:
        return "；".join(computed(rewritten(archive, table, lambda rows: rows[0].update(values)), title))

    assert "没有这次分配" in said("分配评审的重放", "review.allottedcase", allotment=999_999)
    assert "没有这个席位" in said("席位与回避", "review.recusal", seat=0)
    recused = {"seat": given["seat"], "application": given["application"], "at": "2000-01-01T00:00:00+00:00"}
    assert "已经回避的申报分给了该专家" in said("席位与回避", "review.recusal", **recused)
    entries = archive.tables["review.countedhonours"][0]["entries"]
    assert "计入的多于核实的" in said("量化分", "review.countedhonours", entries=[*entries, *entries, *entries])
    late = rewritten(archive, "review.honourcheck", lambda rows: [row.update(at="2999-01-01") for row in rows])
    assert any("计入的多于核实的" in words for words in computed(late, "量化分"))


def test_a_log_written_anew_from_end_to_end_shows_against_an_entry_noted_elsewhere(whole: Archived) -> None:
    forged = with_seal(changed(whole.members, "tables/review.visitbatch.jsonl", "batch"))

    assert not report(forged, expect=whole.made.head).verified


def test_a_member_that_is_missing_or_too_many_is_found(whole: Archived) -> None:
    without = {name: content for name, content in whole.members.items() if name != layout.member_of("review.cut")}
    more = {**whole.members, "tables/review.extra.jsonl": b'{"id":1}\n'}

    assert not report(with_manifest(without)).verified
    assert not report(with_manifest(more)).verified
    assert not report({**whole.members, "notes.txt": b"x"}).verified


def test_a_word_added_to_the_manifest_a_digest_of_other_bytes_and_an_empty_log_are_named(whole: Archived) -> None:
    about = json.loads(whole.members[layout.MANIFEST])
    more = {**whole.members, layout.MANIFEST: json.dumps({**about, "note": "另加的话"}).encode()}
    other_bytes = {**whole.members, layout.README: b"x"}
    silent = with_manifest({**whole.members, layout.LOG: b""})

    assert any("“note”：封存时没有这一项" in words for words in report(more).lines())
    assert any("内容与清单中的摘要不符" in words for words in report(other_bytes).lines())
    assert any("没有审计记录" in words for words in report(silent).lines())
    assert "  未收入 没有用来分配的种子" in list(report(whole.members).lines())


def test_two_members_of_one_name_are_refused(tmp_path: Any) -> None:
    twice = tmp_path / "twice.zip"
    with twice.open("wb") as target, pytest.warns(UserWarning, match="Duplicate name"):
        layout.write(target, [(layout.LOG, b"{}\n"), (layout.LOG, b"{}\n")])

    with pytest.raises(layout.Unreadable, match="同名的文件"):
        Archive.read(twice)


def test_every_word_of_the_manifest_is_vouched_for(whole: Archived) -> None:
    about = json.loads(whole.members[layout.MANIFEST])
    for key in about:
        forged = {**whole.members, layout.MANIFEST: json.dumps({**about, key: other(about[key])}).encode()}

        assert not report(forged).verified, key


@pytest.mark.parametrize("name", [layout.LOG, layout.DIGESTS, "tables/review.score.jsonl"])
def test_nothing_is_believed_that_cannot_be_read(whole: Archived, name: str) -> None:
    try:
        found = report(with_manifest({**whole.members, name: b"{"})).verified
    except layout.Unreadable:
        found = False

    assert not found


def test_digests_of_rows_say_which_field(whole: Archived) -> None:
    row = {"id": 1, "a": "x", "b": 2}
    noted = layout.row_digests(row)

    assert noted[0] == sha256_of(row)
    assert layout.changed_field({**row, "b": 3}, noted[1]) == "b"
    assert layout.changed_field({**row, "c": 3}, noted[1]) == ""
    assert layout.changed_field(row, noted[1]) == ""
