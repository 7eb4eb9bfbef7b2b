"""The report: one offline page from run folders and the map folder."""
