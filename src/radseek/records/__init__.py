"""Frozen records that every floor shares. No torch, no I/O besides reading YAML in `records.config`."""
