"""A campaign taken to its notice, its final approval and its certificates, through the services."""

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.storage import default_storage
from PIL import Image

from applications.models import PHOTO, Application, Material
from documents.models import Job
from documents.services import store_file
from publicity import selectors, selectors_polls
from publicity.models import Award, Certificate, Notice, NoticeVersion, Objection, Poll, PollCandidate, Vote
from publicity.models_objections import ObjectionStep
from publicity.services import awards, notices, objections, polls
from publicity.services.notices import NoticeText
from publicity.services.objections import Sender
from publicity.services.polls import PollText
from tests.factories import MemberFactory, UserFactory
from tests.review.stagecraft import Play, final, qualification
from unions.models import Member, Union, User
from unions.states import Role

TEXT = NoticeText(
    title="关于示例工匠人选的公示", foreword="经资格审核，现予公示。", contact="示例区总工会，0571-00000000"
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANONYMOUS = Sender()
CERTIFICATE = """
[awards.certificate]
design = "official"
number = "示匠〔{year}〕{n:03}号"
wording = "{name}同志：被认定为“{title}”，特发此证。"
setting = true
"""
MONEY = """
[awards.money]
amount = 20000
text = "一次性奖励2万元"
setting = true

[awards.monthly]
amount = 800
months = 4
label = "生活补贴"
text = "生活补贴每月800元"
ends_when = [{ id = "left", text = "离开本区工作" }]
setting = true
"""
BENEFITS = """
[[honours]]
id = "medal"
label = "示例区五一劳动奖章"
how = "put_forward"
text = "按程序申报示例区五一劳动奖章"
places = 1
setting = true

[[benefits]]
id = "studio"
label = "工作室补助"
text = "工作室给予3万元补助"
money = { amount = 30000, text = "3万元补助", setting = true }
setting = true

[[benefits]]
id = "rest"
label = "疗休养"
text = "享受一次疗休养"
setting = true
"""
SECOND = """
[[awards]]
id = "shortlisted"
kind = "second"
label = "示例工匠入围奖"
to = { stage = "qualification", except = "title" }
setting = true

  [awards.certificate]
  design = "ink-blue"
  number = "示入〔{year}〕{n}号"
  wording = "{name}同志：获得“{title}”。"
  setting = true
"""


def public_notice(key: str = "notice", **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "kind": "public_notice",
        "label": "社会公示",
        "by": "office",
        "setting": True,
        "length": {"days": 5, "unit": "working"},
        "columns": ["name", "employer", "deeds"],
        **more,
    }


def public_vote(key: str = "vote", **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "kind": "public_vote",
        "label": "网络投票",
        "by": "public",
        "setting": True,
        "choices_min": 1,
        "choices_max": 2,
        **more,
    }


class VoteScene(Play):
    """Qualification, public vote, final approval. `vote` goes into the rules of the vote."""

    def __init__(
        self, union: Union, *, vote: dict[str, Any] | None = None, stages: Sequence[dict[str, Any]] = ()
    ) -> None:
        super().__init__(union, qualification(), public_vote(**(vote or {})), *(stages or (public_notice(), final())))

    def to_vote(self, *names: str, **given: Any) -> list[Application]:
        """People who passed the qualification review; the stage is open, no poll yet."""
        people = [self.apply(name, **given) for name in names or ("赵建国", "钱秀兰", "孙志强")]
        self.qualify("qualification", *people)
        self.open("vote")
        return people

    def poll_text(self, **more: Any) -> PollText:
        given = {"title": "示例工匠网络投票", "text": "请投给您认可的人选。", **more}
        return PollText(**{"opens_at": self.clock + HOUR, "closes_at": self.clock + 3 * DAY, **given})

    def open_poll(self, **more: Any) -> Poll:
        """A poll that runs from an hour ahead for three days; the clock goes to its first minute."""
        polls.open_poll(self.stage("vote"), text=self.poll_text(**more), actor=self.office, at=self.now())
        self.clock = self.poll.opens_at
        return self.poll

    @property
    def poll(self) -> Poll:
        return selectors_polls.polls(self.union).get(stage__campaign=self.campaign)

    def candidate(self, person: Application) -> int:
        """The id under which somebody stands in the poll."""
        return PollCandidate.objects.get(application=person).pk

    def cast(self, *people: Application, voter: User | None = None, **more: Any) -> Vote:
        details = {"ballot": uuid4(), "at": more.pop("at", None) or self.now(), **more}
        return polls.cast_vote(
            self.poll, voter=voter or UserFactory(), choices=[self.candidate(one) for one in people], **details
        )

    def photograph(self, person: Application) -> Material:
        """Hand in the photo of somebody who stands in the poll."""
        stored = store_file(self.union, photo(), name="照片.jpg", content_type="image/jpeg", at=self.now())
        Material.objects.filter(application=person, slot=PHOTO).update(removed_at=self.now())
        details = {"uploaded_at": self.now(), "uploaded_by": self.office}
        return Material.objects.create(union=self.union, application=person, slot=PHOTO, file=stored, **details)

    def end_vote(self) -> None:
        """Go to the moment at which no vote is taken any more."""
        self.clock = self.poll.closes_at


class Scene(Play):
    """Qualification, notice, final approval. `notice` and `more` go into the rules."""

    def __init__(
        self,
        union: Union,
        *,
        notice: dict[str, Any] | None = None,
        quota: dict[str, Any] | None = None,
        more: str = CERTIFICATE,
    ) -> None:
        super().__init__(union, qualification(), public_notice(**(notice or {})), final(), quota=quota, more=more)
        self.second: Member = MemberFactory(union=union, role=Role.OFFICE, name="吕复核")

    def to_notice(self, *names: str, **given: Any) -> list[Application]:
        """People who passed the qualification review; the notice is open, nothing published."""
        people = [self.apply(name, **given) for name in names or ("赵建国", "钱秀兰", "孙志强")]
        self.qualify("qualification", *people)
        self.open("notice")
        return people

    def publish(self, at: datetime | None = None, text: NoticeText = TEXT) -> NoticeVersion:
        return notices.publish_notice(self.stage("notice"), text=text, actor=self.office, at=at or self.now())

    def correct(
        self, at: datetime | None = None, reason: str = "单位名称有误", text: NoticeText = TEXT
    ) -> NoticeVersion:
        return notices.correct_notice(self.notice, text=text, reason=reason, actor=self.office, at=at or self.now())

    @property
    def notice(self) -> Notice:
        return selectors.notices(self.union).get(stage__campaign=self.campaign)

    def object(
        self, about: Application | None = None, sender: Sender = ANONYMOUS, text: str = "请核查。", **more: Any
    ) -> tuple[Objection, str]:
        return objections.raise_objection(
            self.notice, application=about, text=text, sender=sender, at=more.pop("at", None) or self.now(), **more
        )

    def answer(
        self, objection: Objection, *, upheld: bool = False, actor: Member | None = None, **more: Any
    ) -> Objection:
        """Looked into and answered by somebody who is a stranger to the case."""
        objection, officer = Objection.objects.get(pk=objection.pk), actor or self.second
        self.investigate(objection, officer)
        found = "情况属实。" if upheld else "所反映的问题不成立。"
        details = {"finding": found, "answer": f"经核查，{found}", **more}
        return objections.answer_objection(objection, upheld=upheld, actor=officer, at=self.now(), **details)

    def investigate(self, objection: Objection, officer: Member | None = None, **more: Any) -> ObjectionStep:
        self.assign(objection, officer or self.second)
        details = {"text": "向所在单位了解了情况。", **more}
        return objections.record_finding(objection, actor=officer or self.second, at=self.now(), **details)

    def assign(self, objection: Objection, officer: Member, reason: str = "另有任务") -> Objection:
        return objections.assign_objection(objection, officer=officer, reason=reason, actor=self.office, at=self.now())

    def run_out(self) -> None:
        """Go to the day after the last day of the notice."""
        version = self.notice.in_force
        assert version is not None
        self.clock = datetime.combine(version.ends_on + timedelta(days=1), self.clock.timetz())

    def to_final(self, *names: str) -> list[Application]:
        """The notice has ended without objections, the leading group has confirmed everybody; the final stage is closed."""
        people = self.to_notice(*names)
        self.publish()
        self.run_out()
        self.close("notice")
        self.open("final")
        self.resolve("final", confirm=people)
        self.close("final")
        return people

    def confer(self) -> list[Award]:
        return awards.confer_awards(self.campaign, actor=self.office, at=self.now())

    def queue(self, actor: Member | None = None) -> Job:
        return awards.queue_certificates(self.campaign, actor=actor or self.office, at=self.now())

    def certified(self, *names: str) -> list[Certificate]:
        """Certificates with a number, and no file yet."""
        self.to_final(*(names or ("赵建国", "钱秀兰")))
        self.confer()
        self.queue()
        return list(Certificate.objects.order_by("sequence"))


def stored_paths() -> set[str]:
    """Every private file of the test's folder."""

    def walk(folder: str) -> set[str]:
        folders, files = default_storage.listdir(folder)
        return {f"{folder}/{name}" for name in files}.union(*(walk(f"{folder}/{name}") for name in folders))

    try:
        return walk(".")
    except FileNotFoundError:
        return set()


def photo() -> bytes:
    """A photograph that says which telephone took it."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETPHONE"
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()
