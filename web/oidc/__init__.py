"""Signing in by way of another organisation: OpenID Connect, see docs/decisions/0014.

`settings` says which providers there are; `provider` speaks with one; `tokens` believes nothing that is not signed;
`claims` reads what is told of a person.
"""
