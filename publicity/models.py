"""Who is told: notices and objections, public votes, awards and certificates."""

from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from applications.models import Application
from campaigns.models import Campaign, Stage
from documents.models import StoredFile
from publicity import (  # noqa: F401 - Django finds models here
    models_gallery,
    models_ledger,
    models_notices,
    models_objections,
    models_polls,
    models_signing,
)
from publicity.states import Identity, ObjectionState
from review.models import Outcome
from unions.models import AppendOnly, Member, PersonalKey, Union, UnionScoped


class NoticeQuerySet(models.QuerySet["Notice"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class Notice(UnionScoped):
    """A public notice (公示) of one stage. What the public reads are its immutable versions."""

    stage = models.OneToOneField(Stage, on_delete=models.PROTECT, related_name="notice")
    created_at = models.DateTimeField()

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示"

    @property
    def in_force(self) -> "NoticeVersion | None":
        """The last version; no query where the versions were prefetched."""
        return max(self.versions.all(), key=lambda version: version.version, default=None)


class NoticeVersion(AppendOnly):
    """One published version: text, window, digest over text and lines. Names stand in its lines, sealed per person.

    `starts_on` is the first counted day and `ends_on` the last, both included.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField("版本")
    title = models.CharField("标题", max_length=120)
    foreword = models.TextField("正文")
    columns = models.JSONField()
    contact = models.TextField("异议受理方式")
    starts_on = models.DateField("公示开始")
    ends_on = models.DateField("公示结束")
    change_reason = models.TextField("更正说明", blank=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "公示版本"
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "version"], name="notice_version_once"),
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="notice_window"),
        ]


class NoticeLine(AppendOnly):
    """One person on a notice version: the values as shown (already masked), sealed under the person's key.

    `digest` is salted with that key, so the version still verifies after the key is gone.
    """

    version = models.ForeignKey(NoticeVersion, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="notice_lines")
    sealed = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "公示名单"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "application"], name="notice_line_once"),
            models.UniqueConstraint(fields=["version", "position"], name="notice_position_once"),
        ]


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class Objection(UnionScoped):
    """An objection (异议) to a name before the public. What was said and by whom, and what came of it, is sealed under its own
    key; the receipt and code let whoever objected follow it.

    `answer_sealed` is for whoever objected, `finding_sealed` for the leading group and the closing report. `excludes`: the
    upheld objection keeps the person named from passing this notice, and `ground` is what that person reads of it; the answer
    could tell them who objected. `round` is 2 once somebody was asked for a second look.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="objections")
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="objections"
    )
    receipt = models.CharField("受理号", max_length=20)
    code_digest = models.CharField(max_length=64)
    anonymous = models.BooleanField("匿名")
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    sender_sealed = models.TextField(blank=True)
    contact_sealed = models.TextField(blank=True)
    text_sealed = models.TextField("异议内容")
    state = models.CharField(max_length=10, choices=ObjectionState.choices, default=ObjectionState.OPEN)
    round = models.PositiveSmallIntegerField(default=1)
    assignee = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="承办人")
    due_on = models.DateField("答复期限", null=True)
    answer_sealed = models.TextField("答复", blank=True)
    finding_sealed = models.TextField("查明的情况", blank=True)
    excludes = models.BooleanField("不予通过", default=False)
    ground = models.TextField("不予通过的理由", blank=True)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="+")
    appeal_until = models.DateField("可申请复核至", null=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["union", "receipt"], name="objection_receipt_once"),
            models.CheckConstraint(
                condition=Q(
                    state=ObjectionState.OPEN,
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    answer_sealed="",
                    round=1,
                )
                | (
                    ~Q(state=ObjectionState.OPEN)
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(answer_sealed="")
                ),
                name="objection_decided_with_answer",
            ),
            models.CheckConstraint(
                condition=Q(excludes=False)
                | (
                    Q(state__in=[ObjectionState.UPHELD, ObjectionState.APPEALED], application__isnull=False)
                    & ~Q(ground="")
                ),
                name="objection_excludes_named_only",
            ),
            models.CheckConstraint(
                condition=Q(round=1) & ~Q(state=ObjectionState.APPEALED)
                | (Q(round=2, appeal_until__isnull=True) & ~Q(state=ObjectionState.OPEN)),
                name="objection_second_look_once",
            ),
        ]

    def __str__(self) -> str:
        return self.receipt


class PollQuerySet(models.QuerySet["Poll"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class Poll(UnionScoped):
    """A public vote (网络投票) of one stage, open from `opens_at` until just before `closes_at`.

    What it asks is copied from the rules when it opens, so that an amendment cannot change a ballot that people already
    cast; nothing of it changes afterwards. `key` makes voters unreadable in the votes: without it nobody can tell whose
    a vote is, and it may be deleted like a person's.
    """

    stage = models.OneToOneField(Stage, on_delete=models.PROTECT, related_name="poll")
    title = models.CharField("标题", max_length=120)
    text = models.TextField("投票说明")
    opens_at = models.DateTimeField("投票开始")
    closes_at = models.DateTimeField("投票截止")
    choices_min = models.PositiveSmallIntegerField("每票至少选")
    choices_max = models.PositiveSmallIntegerField("每票至多选")
    ballots_per_day = models.PositiveSmallIntegerField("每人每天票数")
    ballots_in_all = models.PositiveSmallIntegerField("每人总票数", null=True)
    shown = models.BooleanField("投票期间公开得票")
    identity = models.CharField("投票身份", max_length=10, choices=Identity.choices, default=Identity.PHONE)
    key = models.ForeignKey(PersonalKey, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    objects = PollQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "网络投票"
        ordering = ["-opens_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="poll_window"),
            models.CheckConstraint(
                condition=Q(choices_min__gte=1, choices_min__lte=F("choices_max")), name="poll_choices"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="fixed", exclude=["key"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.title


class PollCandidate(AppendOnly):
    """One person of a poll as the public sees them, frozen when it opens and sealed like a line of a notice."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="candidates")
    number = models.PositiveSmallIntegerField("序号")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="poll_candidates")
    sealed = models.TextField()
    digest = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "投票人选"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "application"], name="poll_candidate_once"),
            models.UniqueConstraint(fields=["poll", "number"], name="poll_candidate_number_once"),
        ]


VOTES_WITHIN_RULES = """
IF EXISTS (
   SELECT 1 FROM votes AS vote
   LEFT JOIN publicity_poll AS poll ON poll.id = vote.poll_id AND poll.union_id = vote.union_id
   WHERE poll.id IS NULL
      OR vote.day_seq < 1 OR vote.day_seq > poll.ballots_per_day
      OR vote.seq < 1 OR vote.seq > coalesce(poll.ballots_in_all, vote.seq)
      OR cardinality(vote.choices) < poll.choices_min OR cardinality(vote.choices) > poll.choices_max
      OR vote.at < date_trunc('second', poll.opens_at) OR vote.at >= poll.closes_at
      OR cardinality(vote.choices) <> (
         SELECT count(DISTINCT id) FROM publicity_pollcandidate
         WHERE poll_id = vote.poll_id AND id = ANY(vote.choices)))
THEN
   RAISE EXCEPTION 'vote outside the rules of its poll' USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""
"""Judges all votes of a statement at once: the intake writes them many at a time."""


class Vote(AppendOnly):
    """One ballot. `voter` is a digest of the voter's phone, account or device under the poll's own key; `choices` are ids of
    candidates.

    How many a voter may cast is held by the two sequences: each number is there once, and a trigger refuses numbers beyond
    what the poll allows, as it refuses too many or unknown choices and a moment outside the poll's hours. `ballot` is made
    with the page that asks for confirmation, so that a second click on it counts once.

    `at` (to the second), `channel` and the digests are what purchased votes are told by. `address`, `network` (its /24 or
    /48) and `agent` are digests under the poll's key, so that they cannot be compared over polls; `order` is the digest of
    the order that was shown. All of them are empty in votes that were taken before they were kept.
    """

    # every constraint below begins with the poll; an index of the poll alone would tempt the planner to read all its votes
    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="votes", db_index=False)
    voter = models.CharField(max_length=64)
    ballot = models.UUIDField()
    day = models.DateField()
    day_seq = models.PositiveSmallIntegerField()
    seq = models.PositiveIntegerField()
    choices = ArrayField(models.BigIntegerField())
    at = models.DateTimeField("投票时间", null=True)
    channel = models.CharField("渠道", max_length=20, blank=True, default="")
    address = models.CharField(max_length=16, blank=True, default="")
    network = models.CharField(max_length=16, blank=True, default="")
    agent = models.CharField(max_length=16, blank=True, default="")
    order = models.CharField(max_length=16, blank=True, default="")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "选票"
        constraints = [
            models.UniqueConstraint(fields=["ballot", "poll", "voter"], name="vote_ballot_once"),
            models.UniqueConstraint(fields=["poll", "voter", "day", "day_seq"], name="vote_of_day_once"),
            models.UniqueConstraint(fields=["poll", "voter", "seq"], name="vote_in_all_once"),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(  # type: ignore[list-item]  # the base says what its own one is
                name="within_rules",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="votes"),  # type: ignore[no-untyped-call]
                func=VOTES_WITHIN_RULES,
            ),
        ]


class Award(AppendOnly):
    """A title or honour conferred on an application by the outcome of a stage. `award` is the key in the rules."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="awards")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="awards")
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="+")
    award = models.CharField(max_length=40)
    label = models.CharField("称号", max_length=60)
    conferred_on = models.DateField("授予日期")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "授予"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["application", "award"], name="award_once")]


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)


class Certificate(UnionScoped):
    """The certificate of an award. Its number is given once; the file is made by a worker and set once.

    `code` is what the QR on the sheet carries: two unions may number alike.
    """

    award = models.OneToOneField(Award, on_delete=models.PROTECT, related_name="certificate")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField("证书编号", max_length=40)
    code = models.CharField("核验码", max_length=16, unique=True)
    sequence = models.PositiveIntegerField()
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, null=True, related_name="certificate")
    signer = models.ForeignKey("publicity.SigningKey", on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField()

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "证书"
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "sequence"], name="certificate_sequence_once"),
            models.UniqueConstraint(fields=["union", "number"], name="certificate_number_once"),
        ]
        indexes = [models.Index(fields=["number"], name="certificate_number")]

    def __str__(self) -> str:
        return self.number

    @property
    def current_file(self) -> StoredFile | None:
        """Of the sheet that counts, which is the one printed last; None while a worker makes it."""
        again = list(self.reprints.all())
        return again[-1].file if again else self.file


class Revocation(AppendOnly):
    """The end of a certificate: shown at once by verification, with the reason made public."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="revocation")
    reason = models.TextField("撤销原因")
    at = models.DateTimeField()
    by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        verbose_name = verbose_name_plural = "证书撤销"
