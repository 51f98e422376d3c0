"""The use-cases that publish: each changes the domain, builds the activity and queues it, in one transaction."""
