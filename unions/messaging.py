"""Handing mail and short messages to their servers, now. Codes for signing in go this way; everything else waits in `unions.outbox`."""

import smtplib
import socket
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse

from unions import phones, sms
from unions.outbox.kinds import SIGNATURE


class UndeliveredError(Exception):
    """The message may not have arrived, or may: nobody knows."""


class NotTakenError(UndeliveredError):
    """It surely did not leave: it may be tried again."""


class RefusedError(NotTakenError):
    """It surely did not leave, and trying again will not help."""


def send(contact: str, *, subject: str, text: str, message_id: str) -> None:
    """Send to a phone or an e-mail address. The same `message_id` twice is the same message."""
    if phones.is_phone(contact):
        send_sms(contact, text=text, message_id=message_id)
    else:
        send_mail(contact, subject=subject, text=text, message_id=message_id)


def send_sms(phone: str, *, text: str, message_id: str) -> None:
    try:
        sms.send(to=phones.normalise(phone), text=f"{SIGNATURE}{text}", message_id=message_id)
    except OSError as error:
        raise _judged(error) from error


def send_mail(address: str, *, subject: str, text: str, message_id: str) -> None:
    """The connection is opened first: what fails before the letter is on its way surely did not leave."""
    server = get_connection()
    try:
        server.open()
    except OSError as error:
        raise NotTakenError(type(error).__name__) from error
    try:
        EmailMessage(subject, text, to=[address], headers={"Message-ID": f"<{message_id}>"}, connection=server).send()
    except OSError as error:
        raise _judged(error) from error
    finally:
        server.close()


_NOT_TAKEN: Final = (
    smtplib.SMTPResponseException,  # the server answered, and said no
    smtplib.SMTPNotSupportedError,
    ConnectionRefusedError,
    socket.gaierror,
    sms.NotTaken,
    FileNotFoundError,  # the embedded default, where its folder cannot be written
    FileExistsError,
    NotADirectoryError,
    PermissionError,
)


def _judged(error: OSError) -> UndeliveredError:
    """The words of a server may hold an address, so only the name of the error is kept."""
    name = type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        final = all(code >= 500 for code, _ in error.recipients.values())
        return RefusedError(name) if final else NotTakenError(name)
    if isinstance(error, sms.Refused):
        return RefusedError(name)
    return NotTakenError(name) if isinstance(error, _NOT_TAKEN) else UndeliveredError(name)


def absolute(path: str) -> str:
    """A path of this site as people can open it from a letter."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def invitation_link(token: str) -> str:
    return absolute(reverse("unions_global:accept", kwargs={"token": token}))
