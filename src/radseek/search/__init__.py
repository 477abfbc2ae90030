"""A parsed query in, fused hits out: channels, fusion, grouping."""
