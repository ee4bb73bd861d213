"""The command line: what a user types becomes requests to the rooms below."""
