"""ActivityPub over HTTP: the inboxes, and the documents of everything that has an id here."""
