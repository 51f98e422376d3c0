"""How servers speak: ActivityPub, its signatures, and the one way out to other servers.

Nothing here knows of rows, of ``aiohttp.web`` or of the environment. What comes from outside
becomes a frozen value here or is refused here.
"""
