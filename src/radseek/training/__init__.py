"""Pairs, sampler and loop that make an encoder checkpoint."""
