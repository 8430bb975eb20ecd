"""Envelopes: what is sealed opens for its own tenant and place, under a master key that is known, and no other way."""

import pytest

from tertulia.platform.envelopes import MasterKeys, SealBroken

OLD, NEW = "an old master key of thirty-two characters", "a new master key of thirty-two characters"


def test_what_is_sealed_opens_at_its_own_place_only() -> None:
    """A value moved to another row does not open, nor one that was changed."""
    master = MasterKeys([NEW])
    key = master.unwrap(*master.new_key("tenant a"), "tenant a")
    sealed = key.seal(b"a secret", "vault/1")
    assert key.open(sealed, "vault/1") == b"a secret"
    assert b"a secret" not in sealed
    for changed, place in ((sealed, "vault/2"), (sealed[:-1] + b"\x00", "vault/1"), (sealed[:20], "vault/1")):
        with pytest.raises(SealBroken):
            key.open(changed, place)


def test_a_key_is_its_tenants_alone() -> None:
    """A wrapped key moved to another tenant's row does not unwrap; two tenants' keys open nothing of each other."""
    master = MasterKeys([NEW])
    wrapped = master.new_key("tenant a")
    with pytest.raises(SealBroken):
        master.unwrap(*wrapped, "tenant b")
    one, other = (master.unwrap(*master.new_key(tenant), tenant) for tenant in ("tenant a", "tenant b"))
    with pytest.raises(SealBroken):
        other.open(one.seal(b"a secret", "here"), "here")
    assert one.digest("a value") != other.digest("a value")


def test_a_master_key_follows_another_without_a_stop() -> None:
    """The new one wraps; what the old one wrapped is read while it is listed, and afterwards when it was rewrapped."""
    old, both, new = MasterKeys([OLD]), MasterKeys([NEW, OLD]), MasterKeys([NEW])
    wrapped = old.new_key("tenant a")
    sealed = old.unwrap(*wrapped, "tenant a").seal(b"a secret", "here")
    assert both.unwrap(*wrapped, "tenant a").open(sealed, "here") == b"a secret"
    with pytest.raises(SealBroken):
        new.unwrap(*wrapped, "tenant a")
    rewrapped = both.rewrap(*wrapped, "tenant a")
    assert rewrapped[0] == both.current
    assert new.unwrap(*rewrapped, "tenant a").open(sealed, "here") == b"a secret"
