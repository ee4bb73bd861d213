"""Jobs from submission to removal: their tables, their files, the queue that calls for workers."""
