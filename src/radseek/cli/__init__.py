"""The `radseek` command: one module a command, each calling one library function."""
