"""A change tells on which version it is based."""

import pytest

from actors.versions import EditedMeanwhile, check_basis, version_of


@pytest.mark.parametrize("other", [("a", "b", []), ("ab", []), ("b", ["a"]), ("a", None), (), ("a", ["b\ud800"])])
def test_other_parts_are_another_version(other: tuple[object, ...]) -> None:
    assert version_of("a", ["b"]) == version_of("a", ["b"])
    assert version_of(*other) != version_of("a", ["b"])


def test_only_a_change_of_what_stands_there_now_is_taken() -> None:
    check_basis(version_of("a"), version_of("a"))
    for based_on in (version_of("b"), "", "x" * 100_000):
        with pytest.raises(EditedMeanwhile):
            check_basis(version_of("a"), based_on)
