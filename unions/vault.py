"""Sealing personal values: a key per person, wrapped by the master keys; a blind index for finding duplicates.

Rotation re-wraps the keys per person and touches no sealed value; deleting a person's key anonymises (个人信息保护法 第四十七条).
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from unions.models import PersonalKey, Union


class Unreadable(Exception):
    """The value cannot be opened: its key was deleted, or the master key is not among FIELD_KEYS."""


def _master() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def wrap(text: str) -> str:
    """Encrypt a secret of the installation itself (not of a person) under the master keys."""
    return _master().encrypt(text.encode()).decode()


def unwrap(wrapped: str) -> str:
    """Raise `Unreadable` when no master key fits."""
    try:
        return _master().decrypt(wrapped.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("密钥不在 FIELD_KEYS 之中") from error


def rotate(wrapped: str) -> str:
    """The same secret under the first master key."""
    return _master().rotate(wrapped.encode()).decode()


def new_key(union: Union, *, at: datetime) -> PersonalKey:
    return new_keys(union, 1, at=at)[0]


def new_keys(union: Union, count: int, *, at: datetime) -> list[PersonalKey]:
    """Keys for many people at once, in one statement."""
    return PersonalKey.objects.bulk_create(
        PersonalKey(union=union, wrapped=_master().encrypt(Fernet.generate_key()), created_at=at) for _ in range(count)
    )


def _own_key(key: PersonalKey | None) -> bytes:
    if key is None:
        raise Unreadable("个人信息已按规定删除")
    try:
        return _master().decrypt(bytes(key.wrapped))
    except InvalidToken as error:
        raise Unreadable("密钥不在 FIELD_KEYS 之中") from error


def seal(key: PersonalKey, value: str) -> str:
    return Fernet(_own_key(key)).encrypt(value.encode()).decode()


def unseal(key: PersonalKey | None, sealed: str) -> str:
    """Raise `Unreadable` when the key is gone."""
    try:
        return Fernet(_own_key(key)).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("密文与密钥不符") from error


def digest(key: PersonalKey, value: str) -> str:
    """A salted digest for the audit log: provable while the key lives, meaningless afterwards."""
    return hmac.new(_own_key(key), value.encode(), hashlib.sha256).hexdigest()


def digests(key: PersonalKey | None, values: Sequence[str]) -> list[str]:
    """The same of many values, with the key opened once and each value digested once; of nothing there is nothing."""
    own = _own_key(key)
    made = {value: hmac.digest(own, value.encode(), "sha256").hex() if value else "" for value in set(values)}
    return [made[value] for value in values]


def blind_index(union: Union, value: str) -> str:
    """The same value gives the same index inside one union, and nothing can be read from it."""
    message = f"{union.pk}:{value.strip().upper()}".encode()
    return hmac.new(settings.BLIND_INDEX_KEY.encode(), message, hashlib.sha256).hexdigest()


def rewrap(key: PersonalKey) -> None:
    """Wrap a key anew under the first master key; the caller saves within its transaction."""
    key.wrapped = _master().rotate(bytes(key.wrapped))
