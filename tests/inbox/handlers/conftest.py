"""Fixtures that several of these share."""

from tests.inbox.agreement_scene import scene
from tests.inbox.role_giving import theirs, utrecht

__all__ = ["scene", "theirs", "utrecht"]
