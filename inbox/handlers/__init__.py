"""What each verb does here, one file a verb.

A handler gets the activity, its actor, and the batch. The actor is proved: it signed the activity,
or the activity was wrapped in what another signed and the handler of `Announce` found it credible.
A handler answers with an outcome, and raises ``FederationError`` for what is not its actor's to say.
"""
