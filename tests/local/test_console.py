"""What the start says of downloads."""

import pytest

from tertulia.local.console import Lines


@pytest.mark.parametrize(
    ("have", "size", "told"),
    [
        (0, 300, "0 of 1 kB"),
        (232_000, 466_200, "232 of 467 kB"),
        (9_000_000, 9_999_000, "9000 of 9999 kB"),
        (41_000_000, 396_000_000, "41 of 396 MB"),
    ],
)
def test_a_download_is_told_in_a_unit_that_suits_it(
    have: int, size: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small file too has a size: never "0 of 0 MB"."""
    Lines().fetching("names", have, size)
    assert capsys.readouterr().out.strip() == f"names            {told}"
