"""Every table of an instance, so that migrations and tests see them all."""

import outbox.tables  # noqa: F401 - imported for their tables
from actors.database import Base

METADATA = Base.metadata
