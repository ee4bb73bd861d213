"""A request becomes an MP4 in a folder: the steps, what they leave, and one process that runs them all."""
