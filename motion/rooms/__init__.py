"""Rooms: rendered places whose light groups are mixed anew for every hour, weather and colour."""
