"""What we say: the use-cases that publish, and the durable queue that delivers."""
