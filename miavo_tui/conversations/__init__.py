"""Conversations: what was asked and answered, kept in `app.db` in the app's home.

Knows nothing of any widget. `ConversationStore` is the file, `Exchange` one reply on its way from
the gateway into it.
"""
