"""The pages of the administration, under ``/beheer``: each for those whose role it takes."""

from web.pages.admin import deciding, invitations, people

__all__ = ["deciding", "invitations", "people"]
