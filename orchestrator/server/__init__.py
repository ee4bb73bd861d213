"""The processes of ``govorun serve`` and ``govorun worker``: started, watched, ended."""
