"""One module a group of routes of the REST API."""
