"""Service levels: calendars of working hours, and the stopwatches that run by them."""
