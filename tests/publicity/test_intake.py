"""The intake as its own server runs it: batches of many threads, refusals that harm nobody else, an answer only after the commit."""

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from config import votes as server
from publicity import ballots, policies, selectors_polls, tasks
from publicity.ballots import Ballot, Pass
from publicity.intake import desk, writer
from publicity.models import Poll, PollCandidate, Vote
from publicity.services import polls
from tests.publicity.scene import DAY, VoteScene
from unions import tenancy
from unions.models import AuditEntry, Union

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def poll(union: Union, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poll]:
    """One that is open by the machine's own clock, and a server that knows nothing of the test before."""
    monkeypatch.setattr(server, "_writer", writer.Writer())
    scene = VoteScene(union)
    scene.to_vote()
    yield scene.open_poll(closes_at=timezone.now() + DAY)
    connection.close()


def given(poll: Poll, voter: str = "", **more: Any) -> Pass:
    path = f"/{poll.union.slug}/polls/{poll.pk}/cast/"
    return Pass(
        **{
            "union": poll.union_id,
            "poll": poll.pk,
            "voter": voter or uuid4().hex,
            "ballot": uuid4(),
            "path": path,
            **more,
        }
    )


def ballot(of: Pass, *choices: int, **more: Any) -> Ballot:
    return Ballot(**{"voter": of.voter, "ballot": of.ballot, "choices": choices, "at": timezone.now(), **more})


def ids(poll: Poll) -> list[int]:
    return list(PollCandidate.objects.filter(poll=poll).order_by("number").values_list("pk", flat=True))


def post(of: Pass, *choices: int, **environ: Any) -> tuple[str, dict[str, str], str]:
    """What the server answers to a form: status, headers, body."""
    body = urlencode({"pass": ballots.issue(of, at=timezone.now()), "choice": choices}, doseq=True).encode()
    told: list[Any] = []
    asked = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": of.path,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "REMOTE_ADDR": "10.0.0.9",
        **environ,
    }
    answer = server.application(asked, lambda status, headers: told.extend([status, dict(headers)]))  # type: ignore[arg-type]
    return told[0], told[1], b"".join(answer).decode()


def test_many_threads_are_answered_each_about_its_own_ballot(poll: Poll, monkeypatch: pytest.MonkeyPatch) -> None:
    """One in four chooses nobody, one in four sends the ballot of another once more; a batch takes four at most."""
    monkeypatch.setattr(writer, "MOST", 4)
    chosen, write = ids(poll), writer.Writer()
    passes = [given(poll) for _ in range(24)]
    passes += passes[:8]

    def vote(n: int) -> str:
        return write(passes[n], ballot(passes[n], *(() if n % 24 in range(16, 24) else chosen[:2])))

    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(vote, range(len(passes))))

    assert [n for n, answer in enumerate(answers) if answer] == list(range(16, 24))
    assert {answer for answer in answers if answer} == {"每票须选 1 至 2 人，您选了 0 人"}
    assert Vote.objects.count() == 16


def test_who_loses_a_place_to_a_ballot_of_the_same_moment_is_judged_again(poll: Poll) -> None:
    chosen, voter = ids(poll), uuid4().hex
    first, second = given(poll, voter), given(poll, voter)

    def later() -> list[str]:
        try:
            with tenancy.scope(poll.union_id):
                return polls.cast_votes(poll, [ballot(second, chosen[1])])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            assert polls.cast_votes(poll, [ballot(first, chosen[0])]) == [""]
            late = other.submit(later)
            _until_somebody_waits()
        assert late.result() == ["每个手机号码每天限投 1 票，您今天已投完"]

    assert Vote.objects.get().ballot == first.ballot


def _until_somebody_waits() -> None:
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)


def test_what_only_the_database_refuses_harms_nobody_else(poll: Poll) -> None:
    """Somebody believed to stand in the poll does not."""
    chosen = ids(poll)
    right, wrong = given(poll), given(poll)

    answers = polls.cast_votes(
        poll, [ballot(right, chosen[0]), ballot(wrong, 10**6)], standing={chosen[0]: True, 10**6: True}
    )

    assert answers == ["", polls.NOT_TAKEN]
    assert Vote.objects.get().voter == right.voter


def test_a_lost_connection_is_taken_anew_and_a_lasting_fault_is_said(
    poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen, write, faults = ids(poll), writer.Writer(), [OperationalError("gone")]
    cast = polls.cast_votes

    def failing(*arguments: Any, **more: Any) -> list[str]:
        if faults:
            raise faults.pop()
        return cast(*arguments, **more)

    monkeypatch.setattr(writer.polls, "cast_votes", failing)
    one = given(poll)

    assert write(one, ballot(one, chosen[0])) == ""
    faults.extend([OperationalError("gone"), OperationalError("gone")])
    other = given(poll)
    with pytest.raises(desk.Busy):
        write(other, ballot(other, chosen[0]))
    assert write(other, ballot(other, chosen[0])) == ""
    assert Vote.objects.count() == 2


def test_the_server_answers_with_the_receipt_after_the_commit(poll: Poll) -> None:
    one = given(poll, order="seed")

    status, headers, _body = post(one, ids(poll)[0])

    assert (status, headers["Location"]) == ("303 See Other", one.path.removesuffix("cast/") + "done/")
    found = selectors_polls.vote_of_receipt(poll, ballots.receipt(one.ballot))
    assert found == Vote.objects.get()
    assert len(found.order) == 16
    assert post(one, ids(poll)[0])[0] == "303 See Other"
    assert Vote.objects.count() == 1


def test_the_server_takes_votes_and_nothing_else(poll: Poll) -> None:
    one = given(poll)

    assert post(one, REQUEST_METHOD="GET")[0].startswith("404")
    assert post(one, PATH_INFO="/x/")[0].startswith("404")
    assert post(one, ids(poll)[0], CONTENT_LENGTH="99999")[1]["Location"].endswith("again=old")
    assert post(one, ids(poll)[0], CONTENT_LENGTH="no")[1]["Location"].endswith("again=old")
    assert post(given(poll, human=True), ids(poll)[0])[1]["Location"].endswith("again=human")
    assert not Vote.objects.exists()


def test_who_is_not_known_to_be_counted_can_send_the_same_ballot_again(
    poll: Poll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.0)

    status, headers, body = post(given(poll), *ids(poll)[:2])

    assert status.startswith("503")
    assert headers["Retry-After"] == "2"
    assert "同一张选票无论提交几次，只计一次" in body
    assert body.count('name="choice"') == 2


def test_beat_puts_votes_on_record_and_goes_on_with_the_sums(poll: Poll) -> None:
    chosen = ids(poll)
    for n in range(3):
        polls.cast_votes(poll, [ballot(given(poll), chosen[0], chosen[1 + n % 2])])
        tasks.sweep_votes()
    polls.cast_votes(poll, [ballot(given(poll), chosen[2])])

    entries = AuditEntry.objects.filter(action="votes.taken").order_by("seq")
    assert [entry.after["votes"] for entry in entries] == [1, 1, 1]
    assert selectors_polls.fold(poll)[1].votes == {chosen[0]: 3, chosen[1]: 2, chosen[2]: 1}
    running = selectors_polls.running_tally(poll)
    assert (running.ballots, running.votes) == (4, {chosen[0]: 3, chosen[1]: 2, chosen[2]: 2})


def test_sums_of_another_database_are_not_gone_on_with(poll: Poll) -> None:
    chosen = ids(poll)
    polls.cast_votes(poll, [ballot(given(poll), chosen[0])])
    selectors_polls.cache.set(selectors_polls._folded(poll), (10**9, selectors_polls.Running(7, {chosen[0]: 7})))

    tasks.sweep_votes()

    assert selectors_polls.running_tally(poll).votes == {chosen[0]: 1}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.0/24"),
        ("2001:db8:1:2::5", "2001:db8:1::/48"),
        ("::ffff:10.1.2.3", "10.1.2.0/24"),
        ("unix:", ""),
        ("", ""),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    assert ballots.network(address) == network


def test_only_what_our_own_proxies_saw_counts_as_an_address() -> None:
    claimed = "6.6.6.6, 10.0.0.7"

    assert desk.address_of("10.9.9.9", claimed, proxies=0) == "10.9.9.9"
    assert desk.address_of("10.9.9.9", claimed, proxies=1) == "10.0.0.7"
    assert desk.address_of("10.9.9.9", "", proxies=1) == "10.9.9.9"


def test_a_pass_is_good_for_one_address_and_half_a_day(poll: Poll) -> None:
    one, at = given(poll, ballot=UUID(int=5)), timezone.now()
    token = ballots.issue(one, at=at)

    assert ballots.read(token, path=one.path, at=at) == one
    assert ballots.read(token, path="/elsewhere/", at=at) is None
    assert ballots.read(token, path=one.path, at=at + timedelta(hours=13)) is None
    assert ballots.read(token, path=one.path, at=at - timedelta(hours=1)) is None
    assert ballots.read(token + "x", path=one.path, at=at) is None
    assert "须先登录" in policies.can_vote(None, poll, at=at).reason
