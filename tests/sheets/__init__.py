"""Contact sheets of people, to be looked at: what numbers do not say."""
