"""Results for other systems: messages from the outbox, signed, and posted until they are taken."""
