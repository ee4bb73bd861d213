"""A voice to hear and a backdrop to look at: small jobs of one step, remembered by what was asked."""
