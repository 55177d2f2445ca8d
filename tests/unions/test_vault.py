import pytest

from tests import factories
from unions import vault
from unions.models import Union


def test_a_sealed_value_opens_under_its_own_key_only(union: Union) -> None:
    key, other = vault.new_key(union, at=factories.NOON), vault.new_key(union, at=factories.NOON)
    sealed = vault.seal(key, "张三")

    assert "张三" not in sealed
    assert vault.unseal(key, sealed) == "张三"
    with pytest.raises(vault.Unreadable, match="不符"):
        vault.unseal(other, sealed)


def test_without_the_key_nothing_opens(union: Union) -> None:
    with pytest.raises(vault.Unreadable, match="删除"):
        vault.unseal(None, "x")


def test_a_digest_is_salted_with_the_persons_key(union: Union) -> None:
    key, other = vault.new_key(union, at=factories.NOON), vault.new_key(union, at=factories.NOON)

    assert vault.digest(key, "张三") == vault.digest(key, "张三")
    assert vault.digest(key, "张三") != vault.digest(other, "张三")


def test_a_blind_index_finds_the_same_number_in_one_union_only(union: Union, other_union: Union) -> None:
    assert vault.blind_index(union, "33010019900101123x") == vault.blind_index(union, " 33010019900101123X ")
    assert vault.blind_index(union, "33010019900101123X") != vault.blind_index(other_union, "33010019900101123X")


def test_a_secret_of_the_installation_is_wrapped() -> None:
    wrapped = vault.wrap("secret")

    assert "secret" not in wrapped
    assert vault.unwrap(wrapped) == vault.unwrap(vault.rotate(wrapped)) == "secret"
    with pytest.raises(vault.Unreadable, match="FIELD_KEYS"):
        vault.unwrap("secret")
