"""A reader of slides that never ends."""

import time

time.sleep(600)
