"""Other instances and servers: links with them, our policy towards them, and their health."""
