"""Every table of an instance, so that migrations and tests see them all."""

import actors.actor
import actors.agreements.tables
import actors.audit
import actors.forms
import actors.instances.choices
import actors.instances.tables
import actors.issues.tables
import actors.knowledge.outcome_tables
import actors.knowledge.tables
import actors.media.tables
import actors.moderation.tables
import actors.networks.tables
import actors.notifications
import actors.people.acting
import actors.people.identity_tables
import actors.people.tables
import actors.posts.tables
import actors.relations
import actors.roles.tables
import actors.signals.tables
import inbox.tables
import outbox.mail.tables
import outbox.tables
from actors.database import Base

METADATA = Base.metadata
