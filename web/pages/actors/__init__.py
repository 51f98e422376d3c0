"""Actors: the page of a person, organisation or network, ours or of another server; and following one."""

from web.pages.actors.following import follow_actor
from web.pages.actors.page import by_handle, elsewhere, network, organisation, person

__all__ = ["by_handle", "elsewhere", "follow_actor", "network", "organisation", "person"]
