"""Networks (netwerken): groups of people with a space of their own."""
