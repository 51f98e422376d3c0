import pytest

from actors.vault import Vault, VaultError
from federation.keys import load_private, private_pem
from tests.support.keys import key_pair

SECRET = "a secret of more than thirty-two characters"


def test_what_is_sealed_opens_with_the_same_secret() -> None:
    sealed = Vault(SECRET).seal(b"a key")
    assert b"a key" not in sealed
    assert Vault(SECRET).open(sealed) == b"a key"


def test_a_sealed_private_key_can_be_used_again() -> None:
    for key in key_pair():
        opened = load_private(Vault(SECRET).open(Vault(SECRET).seal(private_pem(key))))
        assert private_pem(opened) == private_pem(key)


def test_another_secret_opens_nothing() -> None:
    with pytest.raises(VaultError, match="SAMENSPRAAK_SECRET_KEY"):
        Vault("another secret of thirty-two characters").open(Vault(SECRET).seal(b"a key"))


def test_what_was_changed_does_not_open() -> None:
    sealed = bytearray(Vault(SECRET).seal(b"a key"))
    sealed[len(sealed) // 2] ^= 1
    with pytest.raises(VaultError):
        Vault(SECRET).open(bytes(sealed))


def test_each_purpose_has_its_own_secret() -> None:
    vault = Vault(SECRET)
    assert vault.derive("csrf") == Vault(SECRET).derive("csrf")
    assert len({vault.derive("csrf"), vault.derive("private keys"), Vault("x" * 32).derive("csrf")}) == 3
