"""What this Pi has said and nobody has stored yet: numbered, kept, and sent again until it is."""
