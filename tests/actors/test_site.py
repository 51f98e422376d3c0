import pytest

from actors.kinds import ActorKind, PostKind
from actors.site import Site


def test_a_site_knows_its_address_in_one_form() -> None:
    site = Site("HTTPS://Tilburg.Example:8443/")
    assert (site.base_url, site.domain) == ("https://tilburg.example:8443", "tilburg.example:8443")


@pytest.mark.parametrize(
    "base_url",
    [
        "", "tilburg.example", "ftp://tilburg.example", "https://", "https:///x", "https://tilburg.example/pad",
        "https://tilburg.example?x=1", "https://tilburg.example#x", "https://user:pw@tilburg.example",
        "https://tilburg.example:99999", "https://tilburg.example:x", "https://til burg.example", "https://[::1",
        "https://tilburg.example\n", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_server_is_refused(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"base URL|URL|port|IPv6"):
        Site(base_url)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:9101", "http://tilburg.localhost:9101", "http://[::1]:8080"])
def test_an_address_of_this_machine_will_do(base_url: str) -> None:
    assert Site(base_url).base_url == base_url


def test_only_what_begins_with_its_address_is_its_own() -> None:
    site = Site("https://tilburg.example")
    own = ["https://tilburg.example", "https://tilburg.example/", "https://tilburg.example/personen/fatima"]
    others = [
        "https://tilburg.example.evil.example/x", "https://tilburg.example:8443/x", "http://tilburg.example/x",
        "https://evil.example/https://tilburg.example/x", "https://tilburg.example@evil.example/",
    ]  # fmt: skip
    assert all(site.is_local(uri) for uri in own)
    assert not any(site.is_local(uri) for uri in others)
    assert site.path_of("https://tilburg.example") == "/"
    assert site.path_of("https://tilburg.example/personen/fatima") == "/personen/fatima"
    assert site.path_of("https://utrecht.example/x") is None


def test_every_kind_has_an_address_of_its_own() -> None:
    site = Site("https://tilburg.example")
    actors = {site.actor_uri(kind, "x") for kind in ActorKind if kind is not ActorKind.GROUP}
    posts = {site.post_uri(kind, 1) for kind in PostKind}
    assert len(actors) == len(ActorKind) - 1
    assert len(posts) == len(PostKind)
    assert all(site.is_local(uri) for uri in actors | posts)
