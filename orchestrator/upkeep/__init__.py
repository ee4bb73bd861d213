"""What is done from time to time and looked at from outside: expiry, webhooks, metrics, readiness."""
