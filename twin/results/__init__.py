"""What a run leaves behind: declared tables, measures, provenance, storage."""
