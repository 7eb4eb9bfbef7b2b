"""Tables of a map folder as Parquet, below what the columns mean."""
