"""What this app tells people: invitations to a role."""

from datetime import datetime

from django.utils import timezone

from unions.messaging import invitation_link
from unions.models import Invitation
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.queueing import tell, withdraw


def _topic(invitation: Invitation) -> Topic:
    return Topic("invitation", invitation.pk)


def invited(invitation: Invitation, token: str, *, at: datetime) -> None:
    unit = f"（{invitation.unit}）" if invitation.unit else ""
    letter = Letter(
        "member.invited",
        Contact(invitation.name, invitation.contact),
        {
            "角色": f"{invitation.get_role_display()}{unit}",
            "期限": f"{timezone.localtime(invitation.expires_at):%Y年%-m月%-d日}",
            "链接": invitation_link(token),
        },
    )
    tell(invitation.union, [News(_topic(invitation), [letter])], at=at)


def invitation_settled(invitation: Invitation, *, at: datetime) -> None:
    """Accepted or revoked: the link leads nowhere any more."""
    withdraw(invitation.union, [_topic(invitation)], at=at)
