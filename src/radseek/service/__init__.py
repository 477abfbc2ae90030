"""What a person may do with an archive: the one door for commands, viewer and Python."""
