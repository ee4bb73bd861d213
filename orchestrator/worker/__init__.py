"""What a Celery worker does with one step of a job: claim it, hold its lease, do it, tell the end."""
