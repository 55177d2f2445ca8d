"""Telling one person something by mail or short message, whichever their contact is."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from unions import phones, sms
from unions.models import Invitation


class UndeliveredError(Exception):
    """The message may not have arrived: a person has to tell the recipient."""


def send(contact: str, *, subject: str, text: str, message_id: str) -> None:
    """Send to a phone or an e-mail address. The same `message_id` twice is the same message."""
    try:
        if phones.is_phone(contact):
            sms.send(to=contact, text=f"【匠选】{text}", message_id=message_id)
        else:
            EmailMessage(subject, text, to=[contact], headers={"Message-ID": f"<{message_id}>"}).send()
    except OSError as error:  # what SMTP and gateways raise
        raise UndeliveredError(str(error)) from error


def invitation_link(token: str) -> str:
    path: str = reverse("unions_global:accept", kwargs={"token": token})
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def send_invitation(invitation: Invitation, token: str) -> None:
    role = invitation.get_role_display()
    unit = f"（{invitation.unit}）" if invitation.unit else ""
    send(
        invitation.contact,
        subject=f"{invitation.union.name}邀请您担任{role}",
        text=(
            f"{invitation.name}，您好：{invitation.union.name}邀请您担任{role}{unit}。请在"
            f" {timezone.localtime(invitation.expires_at):%Y年%m月%d日} 前打开链接接受邀请：{invitation_link(token)}"
        ),
        message_id=f"invitation-{invitation.pk}@jiangxuan",
    )
