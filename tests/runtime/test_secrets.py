"""Secrets at rest can be read with their key and for their purpose only."""

import re

import pytest

from crossdock.runtime.secrets import BadKey, Undecryptable, Vault, hash_token, new_key, new_token

OLD, NEW = new_key("2025"), new_key("2026")


def test_a_secret_comes_back_for_its_purpose() -> None:
    vault = Vault([NEW])
    stored = vault.encrypt("shpss_ä secret", purpose="app 7")
    assert stored.startswith("2026:")
    assert "secret" not in stored
    assert vault.decrypt(stored, purpose="app 7") == "shpss_ä secret"
    assert stored != vault.encrypt("shpss_ä secret", purpose="app 7")


def test_a_secret_of_one_app_cannot_be_passed_off_as_that_of_another() -> None:
    vault = Vault([NEW])
    with pytest.raises(Undecryptable):
        vault.decrypt(vault.encrypt("secret", purpose="app 7"), purpose="app 8")


def test_after_a_change_of_keys_old_secrets_are_read_and_new_ones_use_the_new_key() -> None:
    stored = Vault([OLD]).encrypt("secret", purpose="app 7")
    vault = Vault([NEW, OLD])
    assert vault.decrypt(stored, purpose="app 7") == "secret"
    assert vault.encrypt("secret", purpose="app 7").startswith(f"{vault.key_ids[0]}:")
    assert not stored.startswith(f"{vault.key_ids[0]}:")


@pytest.mark.parametrize("damage", [lambda s: s[:-4] + "AAA=", lambda s: "2025:", lambda s: "2025:%", lambda s: s[4:]])
def test_a_damaged_secret_is_an_error_and_never_another_secret(damage) -> None:  # type: ignore[no-untyped-def]
    vault = Vault([OLD])
    with pytest.raises(Undecryptable):
        vault.decrypt(damage(vault.encrypt("secret", purpose="app 7")), purpose="app 7")


@pytest.mark.parametrize("keys", [[], ["2026:"], ["2026:QUFB"], ["2026:no base64"], [":" + NEW.split(":")[1]]])
def test_keys_that_cannot_protect_anything_are_refused(keys: list[str]) -> None:
    with pytest.raises(BadKey) as refused:
        Vault(keys)
    assert "QUFB" not in str(refused.value)


def test_tokens_are_long_random_and_stored_as_a_hash() -> None:
    token = new_token("shpat_")
    assert re.fullmatch(r"shpat_[0-9a-f]{64}", token)
    assert token != new_token("shpat_")
    assert hash_token(token) == hash_token(token) != hash_token(token + "0")
    assert len(hash_token(token)) == 32
