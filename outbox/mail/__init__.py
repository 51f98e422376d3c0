"""Mail to people: kept in a durable queue, as deliveries are, and sent through the operator's SMTP server."""
