"""The city: facilities, calendar, and everything a map folder holds."""
