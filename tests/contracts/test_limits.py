"""The names of buckets: who shares one and who does not."""

from uuid import UUID

import pytest

from tertulia.contracts.limits import (
    credential_account_bucket,
    credential_address_bucket,
    credential_device_bucket,
    limits_of,
    request_bucket,
    token_bucket,
)

WORKSPACE = UUID(int=1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:DB8:1:2::1", "2001:db8:1:2:0::1"),
        ("nonsense", ""),
    ],
)
def test_addresses_of_one_household_share_their_tries(one: str, other: str) -> None:
    """A /64 of IPv6 is one, IPv4 is itself however it is written, and what is no address is one stranger."""
    assert credential_address_bucket(one) == credential_address_bucket(other)


def test_tries_are_twenty_in_a_quarter_of_an_hour_each() -> None:
    """Per address, account and device, which never share a bucket."""
    buckets = [credential_address_bucket("198.51.100.7"), credential_account_bucket("a"), credential_device_bucket("a")]
    assert {(b.capacity, b.per.total_seconds()) for b in buckets} == {(20, 900)}
    assert len({b.key for b in buckets}) == 3


def test_a_plan_that_is_not_known_gets_the_smallest_limits() -> None:
    """A gateway that is older than a plan goes on working, and gives nothing away."""
    assert limits_of("platinum") == limits_of("free")
    assert request_bucket(WORKSPACE, "platinum").capacity == 20


def test_a_workspaces_keys_live_in_one_slot() -> None:
    """The tag in braces is the workspace."""
    keys = [request_bucket(WORKSPACE, "free").key, token_bucket(WORKSPACE, "free").key]
    assert all(f"{{{WORKSPACE}}}" in key for key in keys)
