"""Reporting, objecting, and what moderators and administrators see of reports, servers, links and deliveries."""

from web.pages.moderation import delivery, links, objecting, queue, report, reporting, server_lists, servers

__all__ = ["delivery", "links", "objecting", "queue", "report", "reporting", "server_lists", "servers"]
