"""``govorun mcp``: videos for any assistant that speaks the Model Context Protocol, on this machine alone."""
